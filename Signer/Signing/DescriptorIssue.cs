using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// All that the permanent key is needed for in one request: the revision counter and the certificate of the descriptor
/// signing key. What follows is done with that key alone.
/// </summary>
internal sealed record DescriptorIssue(
    TimePeriod Period, BlindedPublicKey BlindedKey, ulong RevisionCounter, PeriodKeys Keys, byte[] SigningKeyCertificate, uint ExpirationHours)
{
    /// <summary>
    /// Opens the permanent key, blinds it for the period, takes counter and certificate, and wipes both before it
    /// returns.
    /// </summary>
    public static bool TryMake(
        IIdentityKeyStore store,
        OnionAddress service,
        TimePeriod period,
        SigningState state,
        DateTimeOffset now,
        DateTimeOffset runStart,
        uint certificateHours,
        PeriodKeyRing ring,
        [NotNullWhen(true)] out DescriptorIssue? issue,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        issue = null;
        if (!store.TryOpen(out var identity, out var fault))
        {
            refused = new NotSigned(SignRefusal.KeyUnavailable, fault);
            return false;
        }

        using (identity)
        {
            if (identity.PublicKey != service.PublicKey)
            {
                refused = new NotSigned(SignRefusal.KeyOfAnotherService, $"{store.Description} holds the key of another service");
                return false;
            }

            using var blinded = identity.Blind(period);
            var elapsed = now > runStart ? now - runStart : TimeSpan.Zero;
            if (!state.TryNextCounter(blinded.PublicKey.Bytes, Tor.Protocol.Directory.RevisionCounter.Compute(blinded, elapsed), out var counter))
            {
                refused = new NotSigned(SignRefusal.RevisionCounter, $"there is no revision counter left above the last one of period {period}");
                return false;
            }

            var keys = ring.Find(period) ?? ring.Put(period, DescriptorSigningKey.Generate());
            var expiration = CertificateLifetime.OfDescriptorSigning(now, certificateHours);
            var certificate = Ed25519Certificate.Create(
                CertificateType.DescriptorSigning,
                expiration,
                keys.SigningKey.PublicKey.Bytes,
                blinded.PublicKey.Bytes,
                blinded.Sign);
            issue = new DescriptorIssue(period, blinded.PublicKey, counter, keys, certificate, expiration);
            refused = null;
            return true;
        }
    }

    /// <summary>The descriptor to build with it at the moment it was made.</summary>
    public MasterDescriptor DescriptorOf(IdentityPublicKey identity, DateTimeOffset now) => new(
        identity,
        Period,
        new DescriptorKeys(BlindedKey, Subcredential.Compute(identity, BlindedKey), Keys.SigningKey, [.. SigningKeyCertificate]),
        Keys.Middle,
        RevisionCounter,
        ExpirationHours)
    {
        CertifiedTogether = ExpirationHours == CertificateLifetime.OfDescriptorSigning(now),
    };
}
