using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>Values that differ by a number and are the same in every run.</summary>
internal static class Some
{
    public static Bytes32 Bytes(byte number) => Bytes32.Create([.. Enumerable.Repeat(number, 32)]);

    public static IdentitySecretKey Key(byte number) => IdentitySecretKey.FromSeed(Bytes(number).Span);

    public static OnionAddress Address(byte number)
    {
        using var key = Key(number);
        return OnionAddress.From(key.PublicKey);
    }
}
