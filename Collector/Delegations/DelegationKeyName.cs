using System.Globalization;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>
/// What a descriptor signing key's file is called: NUMBER-LENGTH-KEY.key, its period and its KP_hs_desc_sign in hex. What is
/// held can so be told without opening a secret.
/// </summary>
internal readonly record struct DelegationKeyName(TimePeriod Period, Ed25519PublicKey PublicKey)
{
    internal const string Extension = ".key";

    internal static bool TryParse(string fileName, out DelegationKeyName name)
    {
        name = default;
        Span<byte> key = stackalloc byte[Bytes32.Length];
        if (!fileName.EndsWith(Extension, StringComparison.Ordinal)
            || fileName[..^Extension.Length].Split('-') is not [var number, var length, var hex]
            || !ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var periodNumber)
            || !uint.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var periodLength)
            || hex.Length != 2 * Bytes32.Length
            || Convert.FromHexString(hex, key, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        name = new DelegationKeyName(new TimePeriod(periodNumber, periodLength), new Ed25519PublicKey(Bytes32.Create(key)));
        return name.ToString() == fileName;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Period.Number}-{Period.LengthMinutes}-{PublicKey.Bytes.ToHex()}{Extension}");
}
