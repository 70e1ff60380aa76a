using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Config.Pki;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Config.Pki;

public sealed class OperatorCaTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);
    private readonly OperatorCa _ca = OperatorCa.Create(Now, 10 * Year);

    public void Dispose() => _ca.Dispose();

    [Theory]
    [InlineData(PeerRole.Agent, "1.3.6.1.5.5.7.3.2")]
    [InlineData(PeerRole.Signer, "1.3.6.1.5.5.7.3.2")]
    [InlineData(PeerRole.Collector, "1.3.6.1.5.5.7.3.1")]
    public void A_certificate_chains_to_the_CA_for_the_purpose_of_its_role(PeerRole role, string purpose)
    {
        using PeerCertificate issued = _ca.Issue(new PeerIdentity(role, "web-1"), Now, Year);

        Assert.True(Chains(issued.Certificate, _ca, purpose));
        string other = purpose.EndsWith('1') ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.1";
        Assert.False(Chains(issued.Certificate, _ca, other));
    }

    [Fact]
    public void A_certificate_does_not_chain_to_the_CA_of_somebody_else()
    {
        using OperatorCa stranger = OperatorCa.Create(Now, Year);
        using PeerCertificate issued = stranger.Issue(new PeerIdentity(PeerRole.Agent, "web-1"), Now, Year);

        Assert.False(Chains(issued.Certificate, _ca, "1.3.6.1.5.5.7.3.2"));
    }

    [Fact]
    public void A_certificate_names_its_bearer()
    {
        var peer = new PeerIdentity(PeerRole.Agent, "web-1.example");
        using PeerCertificate issued = _ca.Issue(peer, Now, Year);

        Assert.True(PeerIdentity.TryFromCertificate(issued.Certificate, out PeerIdentity? read, out _));
        Assert.Equal(peer, read);
    }

    [Fact]
    public void A_certificate_never_outlives_its_CA()
    {
        using PeerCertificate issued = _ca.Issue(new PeerIdentity(PeerRole.Agent, "web-1"), Now, 50 * Year);

        Assert.Equal(_ca.Certificate.NotAfter, issued.Certificate.NotAfter);
    }

    [Fact]
    public void Keys_and_serial_numbers_differ_at_every_issue()
    {
        var peer = new PeerIdentity(PeerRole.Signer, "vault");
        using PeerCertificate one = _ca.Issue(peer, Now, Year);
        using PeerCertificate two = _ca.Issue(peer, Now, Year);

        Assert.NotEqual(one.Certificate.SerialNumber, two.Certificate.SerialNumber);
        Assert.Equal(32, one.Certificate.SerialNumber.Length);
        Assert.NotEqual(one.Certificate.GetPublicKey(), two.Certificate.GetPublicKey());
    }

    [Fact]
    public void The_exported_key_belongs_to_the_certificate()
    {
        using PeerCertificate issued = _ca.Issue(new PeerIdentity(PeerRole.Agent, "web-1"), Now, Year);

        using X509Certificate2 both = X509Certificate2.CreateFromPem(issued.CertificatePem(), issued.ExportKeyPem());
        Assert.True(both.HasPrivateKey);
    }

    [Fact]
    public void A_CA_comes_back_from_what_it_was_written_to()
    {
        Assert.True(OperatorCa.TryLoad(_ca.CertificatePem(), _ca.ExportKeyPem(), out OperatorCa? loaded, out _));
        using (loaded)
        using (PeerCertificate issued = loaded!.Issue(new PeerIdentity(PeerRole.Agent, "web-1"), Now, Year))
            Assert.True(Chains(issued.Certificate, _ca, "1.3.6.1.5.5.7.3.2"));
    }

    [Fact]
    public void The_key_of_another_CA_is_refused()
    {
        using OperatorCa stranger = OperatorCa.Create(Now, Year);

        Assert.False(OperatorCa.TryLoad(_ca.CertificatePem(), stranger.ExportKeyPem(), out _, out string problem));
        Assert.Contains("does not belong", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_certificate_of_a_peer_cannot_issue()
    {
        using PeerCertificate agent = _ca.Issue(new PeerIdentity(PeerRole.Agent, "web-1"), Now, Year);

        Assert.False(OperatorCa.TryLoad(agent.CertificatePem(), agent.ExportKeyPem(), out _, out string problem));
        Assert.Contains("not one of a certificate authority", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void What_is_no_certificate_is_refused(string pem) =>
        Assert.False(OperatorCa.TryLoad(pem, _ca.ExportKeyPem(), out _, out _));

    private static bool Chains(X509Certificate2 certificate, OperatorCa ca, string purpose)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        return chain.Build(certificate);
    }
}
