using System.Collections.Immutable;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// "pow-params v1" of the inner layer (proposal 327). Read and written, but of no use in a master descriptor: an instance
/// checks a proof against its own blinded key, so a copied puzzle locks clients out.
/// </summary>
/// <param name="Seed">32 bytes.</param>
public sealed record PowParameters(ImmutableArray<byte> Seed, uint SuggestedEffort, DateTimeOffset Expires)
{
    public bool Equals(PowParameters? other) =>
        other is not null
        && SuggestedEffort == other.SuggestedEffort
        && Expires == other.Expires
        && Seed.AsSpan().SequenceEqual(other.Seed.AsSpan());

    public override int GetHashCode() => HashCode.Combine(SuggestedEffort, Expires);
}
