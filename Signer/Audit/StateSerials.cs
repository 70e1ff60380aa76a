using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>
/// Which write of each service's state the log last told of: a state file of an earlier one was put back from a copy.
/// Each file of the log begins with them, so that the last file is enough. Immutable.
/// </summary>
internal sealed class StateSerials
{
    /// <summary>As many as a Signer has services and a line has room for; who has not signed for the longest time leaves.</summary>
    private const int Most = 64;

    private readonly ImmutableArray<(string State, ulong Serial)> _known;

    private StateSerials(ImmutableArray<(string State, ulong Serial)> known) => _known = known;

    public static StateSerials None { get; } = new([]);

    /// <summary>0 where the log knows of none.</summary>
    public ulong Of(OnionAddress service) => Of(TagOf(service));

    public StateSerials With(string state, ulong serial) =>
        new([.. _known.Where(known => known.State != state).TakeLast(Most - 1), (state, Math.Max(serial, Of(state)))]);

    /// <summary>Null for none, as a line has it.</summary>
    public string[]? ToTexts() =>
        _known.IsEmpty ? null : [.. _known.Select(known => string.Create(CultureInfo.InvariantCulture, $"{known.State} {known.Serial}"))];

    /// <summary>Of a sound line: what has another form was not written here, and is left out.</summary>
    public static StateSerials From(IEnumerable<string> texts) => texts.Aggregate(None, (serials, text) =>
        text?.Split(' ') is [var state, var digits] && ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
            ? serials.With(state, serial)
            : serials);

    /// <summary>What stands for a service's state in the log: who knows the address can recognise it, nobody else.</summary>
    public static string TagOf(OnionAddress service)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA3_256.HashData([.. "OnionBalance.Split state"u8, .. service.PublicKey.Bytes.Span], digest);
        return Convert.ToHexStringLower(digest[..8]);
    }

    private ulong Of(string state) => _known.FirstOrDefault(known => known.State == state).Serial;
}
