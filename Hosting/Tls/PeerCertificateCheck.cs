using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OnionBalance.Split.Hosting.Tls;

/// <summary>Whether a peer's certificate makes it who it is expected to be. Goes by the operator's CA alone and fetches nothing.</summary>
internal static class PeerCertificateCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>The peer's own, two intermediate ones and the CA's.</summary>
    private const int LongestChain = 4;

    private const int MostReceived = 8;

    /// <summary>On false the reason is a clause with the peer as its subject: "its certificate ...".</summary>
    public static bool TryVerify(
        X509Certificate2? certificate,
        X509Certificate2Collection received,
        X509Certificate2Collection authorities,
        DateTimeOffset now,
        PeerExpectation expected,
        [NotNullWhen(true)] out PeerIdentity? peer,
        [NotNullWhen(false)] out string? reason)
    {
        peer = null;
        reason = certificate is null ? "it presented no certificate"
            : received.Count > MostReceived ? $"it sent more than {MostReceived} certificates"
            : FaultOfTime(certificate, now) ?? FaultOfChain(certificate, received, authorities, now, expected) ?? FaultOfPurpose(certificate, expected);
        if (reason is not null || !PeerIdentity.TryFromCertificate(certificate!, out peer, out reason))
            return false;
        reason = expected.FaultOf(peer);
        return reason is null;
    }

    /// <summary>Also what TLS builds its own chain with, before it asks us.</summary>
    public static X509ChainPolicy Policy(X509Certificate2Collection authorities, DateTimeOffset now, PeerExpectation expected)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Else an issuer that is not at hand is looked for at whatever address the certificate names.
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new(PurposeOf(expected)));
        return policy;
    }

    private static string? FaultOfTime(X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now > certificate.NotAfter)
            return string.Create(CultureInfo.InvariantCulture, $"its certificate expired on {certificate.NotAfter.ToUniversalTime():u}");
        return now < certificate.NotBefore
            ? string.Create(CultureInfo.InvariantCulture, $"its certificate is not valid before {certificate.NotBefore.ToUniversalTime():u}")
            : null;
    }

    private static string? FaultOfChain(
        X509Certificate2 certificate,
        X509Certificate2Collection received,
        X509Certificate2Collection authorities,
        DateTimeOffset now,
        PeerExpectation expected)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = Policy(authorities, now, expected);
        chain.ChainPolicy.ExtraStore.AddRange(received);
        try
        {
            var isGood = chain.Build(certificate);
            var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
            // A foreign CA of the same name shows by the signature alone.
            if ((faults & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)) != 0)
                return "its certificate is not of the operator's CA";
            if ((faults & X509ChainStatusFlags.NotTimeValid) != 0)
                return "a certificate between its own and the CA's, or the CA's, has expired or is not valid yet";
            if ((faults & X509ChainStatusFlags.NotValidForUsage) != 0)
                return WrongPurpose(expected);
            if (!isGood || faults != X509ChainStatusFlags.NoError)
                return $"its certificate chain is not valid ({faults})";
            return chain.ChainElements.Count > LongestChain ? $"its certificate chain has more than {LongestChain} certificates" : null;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
                element.Certificate.Dispose();
        }
    }

    /// <summary>A certificate that states no purpose would be taken for every purpose by the chain.</summary>
    private static string? FaultOfPurpose(X509Certificate2 certificate, PeerExpectation expected) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == PurposeOf(expected)))
            ? null
            : WrongPurpose(expected);

    private static string WrongPurpose(PeerExpectation expected) =>
        $"its certificate is not made for TLS {(expected.IsServer ? "servers (serverAuth)" : "clients (clientAuth)")}";

    private static string PurposeOf(PeerExpectation expected) => expected.IsServer ? ServerAuthentication : ClientAuthentication;
}
