using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>[DESC-OUTER] rend-spec-v3 2.4: what an HSDir sees of a descriptor. Its certificate and signature hold.</summary>
public sealed record OuterLayer
{
    internal OuterLayer(uint lifetimeMinutes, Ed25519Certificate signingKeyCertificate, ulong revisionCounter, byte[] superencrypted)
    {
        LifetimeMinutes = lifetimeMinutes;
        SigningKeyCertificate = signingKeyCertificate;
        RevisionCounter = revisionCounter;
        Superencrypted = superencrypted;
        SigningKey = new Ed25519PublicKey(signingKeyCertificate.CertifiedKey);
        BlindedKey = new BlindedPublicKey(signingKeyCertificate.SigningKey?.Bytes ?? default);
    }

    /// <summary>"descriptor-lifetime": tor writes 180.</summary>
    public uint LifetimeMinutes { get; }

    /// <summary>"descriptor-signing-key-cert", type 08.</summary>
    public Ed25519Certificate SigningKeyCertificate { get; }

    /// <summary>KP_hs_desc_sign, which the certificate certifies.</summary>
    public Ed25519PublicKey SigningKey { get; }

    /// <summary>KP_hs_blind_id, which signed the certificate.</summary>
    public BlindedPublicKey BlindedKey { get; }

    /// <summary>"revision-counter".</summary>
    public ulong RevisionCounter { get; }

    /// <summary>"superencrypted": the encrypted middle layer.</summary>
    internal byte[] Superencrypted { get; }
}
