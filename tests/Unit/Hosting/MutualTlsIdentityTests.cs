using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class MutualTlsIdentityTests : IDisposable
{
    private readonly TestPki _pki = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public void New_files_are_taken_up_and_bad_ones_are_not()
    {
        var log = new CollectedLog();
        var files = _pki.Issue(PeerRole.Agent, "web-1");
        using var identity = MutualTlsIdentity.Load(files, _time, log);
        Assert.Equal("onionbalance-split://agent/web-1", identity.Own.ToUri());
        var before = identity.NotAfter;

        var next = _pki.Issue(PeerRole.Agent, "web-2", new CertificateWish { NotAfter = DateTimeOffset.UtcNow.AddDays(20) });
        Replace(next.Certificate, files.Certificate);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("web-1", identity.Own.Name);
        Assert.Contains(log.Lines, line => line.Contains("is not the PEM private key of", StringComparison.Ordinal));

        Replace(next.Key, files.Key);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("web-2", identity.Own.Name);
        Assert.True(identity.NotAfter > before);

        File.Delete(files.Ca);
        _time.Advance(TimeSpan.FromSeconds(4));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("web-2", identity.Own.Name);
        Assert.Single(log.Lines, line => line.Contains("ca.crt: No such file", StringComparison.Ordinal));
    }

    [Fact]
    public void A_certificate_that_is_about_to_expire_is_told_once()
    {
        var log = new CollectedLog();
        using var identity = MutualTlsIdentity.Load(
            _pki.Issue(PeerRole.Agent, "web-1", new CertificateWish { NotAfter = DateTimeOffset.UtcNow.AddDays(15) }), _time, log);
        Assert.Empty(log.Lines);
        _time.Advance(TimeSpan.FromDays(2));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(log.Lines, line => line.Contains("issue a new certificate before that", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_that_peers_would_refuse_are_refused_by_name()
    {
        var files = _pki.Issue(PeerRole.Agent, "web-1");
        var expired = _pki.Issue(PeerRole.Agent, "old", CertificateWish.Expired);
        Assert.Contains($"{expired.Certificate}: expired on", Problem(expired), StringComparison.Ordinal);
        var early = _pki.Issue(PeerRole.Agent, "new", new CertificateWish { NotBefore = DateTimeOffset.UtcNow.AddHours(1) });
        Assert.Contains("is the clock right?", Problem(early), StringComparison.Ordinal);
        var other = _pki.Issue(PeerRole.Agent, "web-2");
        Assert.Equal($"{other.Key}: is not the PEM private key of {files.Certificate}", Problem(files with { Key = other.Key }));
        Assert.Equal($"{files.Certificate}: holds a certificate that is not an authority's", Problem(files with { Ca = files.Certificate }));
        Assert.Contains("holds no PEM certificate", Problem(files with { Certificate = files.Key }), StringComparison.Ordinal);
        Assert.Contains("No such file", Problem(files with { Key = "/nowhere/key" }), StringComparison.Ordinal);
        var nameless = _pki.Issue(PeerRole.Agent, "nameless", new CertificateWish { Uris = ["https://example.org/"] });
        Assert.Contains("names 0 ", Problem(nameless), StringComparison.Ordinal);
        File.SetUnixFileMode(files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains("others can read this secret", Problem(files), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_peers_would_not_take_from_this_program_is_refused_before_any_is_met()
    {
        var files = _pki.Issue(PeerRole.Agent, "web-1") with { Bearer = PeerRole.Agent };
        using (var identity = MutualTlsIdentity.Load(files, _time, NullLogger.Instance))
            Assert.Equal(PeerRole.Agent, identity.Own.Role);
        Assert.Null(MutualTlsIdentity.FaultOf(files, _time));
        Assert.Equal(
            $"{files.Certificate}: its certificate is for onionbalance-split://agent/web-1, and collector is wanted here (its CA is to be {files.Ca}); 'onionbalance-config pki issue --role collector' makes one that fits",
            Problem(files with { Bearer = PeerRole.Collector }));
        using var stranger = new TestPki();
        var other = stranger.Issue(PeerRole.Agent, "web-1");
        Assert.Contains($"its certificate is not of the operator's CA (its CA is to be {other.Ca})", Problem(files with { Ca = other.Ca }), StringComparison.Ordinal);
        var server = _pki.Issue(PeerRole.Agent, "web-2", new CertificateWish { AsServer = true });
        Assert.Contains("is not made for TLS clients", Problem(server with { Bearer = PeerRole.Agent }), StringComparison.Ordinal);
        Assert.Equal("/nowhere: No such file or directory", Problem(new TlsFiles("/nowhere/a.crt", "/nowhere/a.key", "/nowhere/ca.crt")));
        File.Delete(files.Certificate);
        File.Delete(files.Key);
        Assert.Equal($"{files.Key}: No such file or directory; {files.Certificate}: No such file or directory", Problem(files));
    }

    private string Problem(TlsFiles files)
    {
        Assert.False(MutualTlsIdentity.TryLoad(files, _time, NullLogger.Instance, out _, out var problem));
        return problem;
    }

    /// <summary>As a renewal does it, with a time of change that differs however fast the test is.</summary>
    private static void Replace(string from, string to)
    {
        AtomicFile.Write(to, File.ReadAllBytes(from));
        File.SetLastWriteTimeUtc(to, File.GetLastWriteTimeUtc(to).AddSeconds(1));
    }
}
