using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>The keys of a service's descriptor in one time period. The blinded secret is not among them.</summary>
/// <param name="BlindedKey">KP_hs_blind_id.</param>
/// <param name="Subcredential">N_hs_subcred.</param>
/// <param name="SigningKey">KS_hs_desc_sign: one for each descriptor, kept for its whole period as C tor does.</param>
/// <param name="SigningKeyCertificate">The type-08 certificate of <paramref name="SigningKey"/> by the blinded key, encoded.</param>
public sealed record DescriptorKeys(
    BlindedPublicKey BlindedKey, Subcredential Subcredential, DescriptorSigningKey SigningKey, ImmutableArray<byte> SigningKeyCertificate);
