using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Config.Pki;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Unit.Config.Pki;

public sealed class PkiDirectoryTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly PeerIdentity Agent = new(PeerRole.Agent, "web-1");
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "onionbalance-pki-" + Path.GetRandomFileName());
    private readonly PkiDirectory _pki;

    public PkiDirectoryTests() => _pki = new PkiDirectory(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Private_keys_are_for_their_owner_alone()
    {
        (_, string keyPath) = Issue(renew: false);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(keyPath));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_pki.CaKeyPath));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));
    }

    [Fact]
    public void A_second_CA_in_the_same_place_is_refused_and_the_first_stays()
    {
        _pki.CreateCa(Now, TimeSpan.FromDays(10)).Dispose();
        string before = File.ReadAllText(_pki.CaKeyPath);

        var refusal = Assert.Throws<PkiException>(() => _pki.CreateCa(Now, TimeSpan.FromDays(10)));

        Assert.Contains(_pki.CaKeyPath, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(_pki.CaKeyPath));
    }

    [Fact]
    public void A_certificate_is_replaced_only_when_asked_to()
    {
        (string path, _) = Issue(renew: false);
        string before = File.ReadAllText(path);

        Assert.Throws<PkiException>(() => Issue(renew: false));
        Assert.Equal(before, File.ReadAllText(path));

        Issue(renew: true);
        Assert.NotEqual(before, File.ReadAllText(path));
    }

    [Fact]
    public void A_CA_that_others_can_exchange_or_read_issues_nothing()
    {
        Issue(renew: false);

        File.SetUnixFileMode(_pki.CaKeyPath, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains(_pki.CaKeyPath, Assert.Throws<PkiException>(() => Issue(renew: true)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(_pki.CaKeyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(_directory, File.GetUnixFileMode(_directory) | UnixFileMode.OtherWrite);
        Assert.Contains(_directory, Assert.Throws<PkiException>(() => Issue(renew: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Renewal_does_not_turn_one_role_into_another()
    {
        (string path, _) = Issue(renew: false);
        string before = File.ReadAllText(path);

        var refusal = Assert.Throws<PkiException>(() => Store(Agent with { Role = PeerRole.Collector }, renew: true));

        Assert.StartsWith($"{path} is the certificate of onionbalance-split://agent/web-1 and stays as it is", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("onionbalance-split://collector/web-1", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(path));
    }

    [Fact]
    public void No_peer_is_called_ca() =>
        Assert.Throws<PkiException>(() => Store(new PeerIdentity(PeerRole.Agent, "ca"), renew: true));

    [Fact]
    public void A_directory_without_a_CA_says_how_to_make_one()
    {
        Directory.CreateDirectory(_directory);

        var refusal = Assert.Throws<PkiException>(() => _pki.LoadCa());

        Assert.Contains("pki init", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_certificates_but_the_CAs_are_listed_even_broken_ones()
    {
        Issue(renew: false);
        File.WriteAllText(Path.Combine(_directory, "broken.crt"), "not a certificate");

        (string FileName, X509Certificate2? Certificate)[] all = [.. _pki.PeerCertificates()];

        Assert.Equal(["broken.crt", "web-1.crt"], all.Select(c => c.FileName));
        Assert.Null(all[0].Certificate);
        Assert.NotNull(all[1].Certificate);
    }

    private (string CertificatePath, string KeyPath) Issue(bool renew) => Store(Agent, renew);

    private (string CertificatePath, string KeyPath) Store(PeerIdentity peer, bool renew)
    {
        if (!File.Exists(_pki.CaKeyPath))
            _pki.CreateCa(Now, TimeSpan.FromDays(10)).Dispose();
        using OperatorCa ca = _pki.LoadCa();
        using PeerCertificate issued = ca.Issue(peer, Now, TimeSpan.FromDays(1));
        return _pki.Store(peer, issued, renew);
    }
}
