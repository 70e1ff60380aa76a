using System.Collections.Immutable;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>An instance's descriptor of one time period, verified, as its tor wrote it.</summary>
/// <param name="Digest">SHA3-256 of the text: its name towards the Signer.</param>
/// <param name="Expires">When its signing-key certificate ends.</param>
internal sealed record InstanceReport(
    OnionAddress Instance,
    TimePeriod Period,
    BlindedPublicKey BlindedKey,
    ulong RevisionCounter,
    InnerLayer Inner,
    ImmutableArray<byte> Text,
    Bytes32 Digest,
    DateTimeOffset Expires,
    DateTimeOffset Received)
{
    internal ImmutableArray<IntroductionPoint> Points => Inner.IntroductionPoints;

    internal static InstanceReport Of(OnionAddress instance, HsDescriptor descriptor, ReadOnlySpan<byte> text, DateTimeOffset received)
    {
        Span<byte> digest = stackalloc byte[Bytes32.Length];
        SHA3_256.HashData(text, digest);
        return new InstanceReport(
            instance,
            descriptor.Period,
            descriptor.BlindedKey,
            descriptor.RevisionCounter,
            descriptor.Inner,
            [.. text],
            Bytes32.Create(digest),
            descriptor.SigningKeyCertificate.Expiration,
            received);
    }
}
