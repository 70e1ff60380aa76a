using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting.Tls;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// Who this process is to its peers, and who they must be: its certificate, key and the operator's CA. The files are looked
/// at every few seconds; new ones hold for new connections, and while they are not good the old ones stay in force.
/// TLS 1.3 alone, both sides with certificates of the operator's CA, no session resumed, nothing ever fetched.
/// </summary>
public sealed partial class MutualTlsIdentity : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarnBefore = TimeSpan.FromDays(14);

    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly RefusalReport _refusals;
    private volatile TlsMaterial _material;
    private FileStamps _stamps;
    private string? _problem;
    private bool _isExpiryTold;

    private MutualTlsIdentity(TlsFiles files, TlsMaterial material, FileStamps stamps, TimeProvider time, ILogger logger)
    {
        _files = files;
        _material = material;
        _stamps = stamps;
        _time = time;
        _logger = logger;
        _refusals = new RefusalReport(time, logger);
        _timer = time.CreateTimer(_ => Poll(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Poll();
    }

    /// <summary>Who the own certificate says we are.</summary>
    public PeerIdentity Own => _material.Own;

    /// <summary>The own certificate, with its key.</summary>
    public X509Certificate2 Current => _material.Certificate;

    /// <summary>When the own certificate expires.</summary>
    public DateTimeOffset NotAfter => _material.NotAfter;

    /// <summary>Reads the files; on false the problem is one line that names the file.</summary>
    public static bool TryLoad(
        TlsFiles files,
        TimeProvider time,
        ILogger logger,
        [NotNullWhen(true)] out MutualTlsIdentity? identity,
        [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(time);
        identity = null;
        var stamps = FileStamps.Of(files);
        if (!TlsMaterialReader.TryRead(files, time.GetUtcNow(), out var material, out problem))
            return false;
        identity = new MutualTlsIdentity(files, material, stamps, time, logger);
        return true;
    }

    /// <summary>Reads the files, for a daemon's start.</summary>
    /// <exception cref="DaemonException">A file is missing, badly kept or wrong.</exception>
    public static MutualTlsIdentity Load(TlsFiles files, TimeProvider time, ILogger logger) =>
        TryLoad(files, time, logger, out var identity, out var problem) ? identity : throw new DaemonException(problem);

    /// <summary>What would keep <see cref="Load"/> from reading the files now, in one line; null for nothing.</summary>
    public static string? FaultOf(TlsFiles files, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(time);
        return TlsMaterialReader.TryRead(files, time.GetUtcNow(), out _, out var problem) ? null : problem;
    }

    /// <summary>
    /// Whether a peer's certificate is the operator's, in date, for the purpose, and names whom we expect. On false the reason
    /// is a clause: "its certificate expired on ...".
    /// </summary>
    /// <param name="certificate">What the peer presented.</param>
    /// <param name="chain">What TLS received with it, or null.</param>
    /// <param name="expected">Who it may be.</param>
    /// <param name="peer">Who it is.</param>
    /// <param name="reason">Why it is refused.</param>
    public bool TryVerifyPeer(
        X509Certificate? certificate,
        X509Chain? chain,
        PeerExpectation expected,
        [NotNullWhen(true)] out PeerIdentity? peer,
        [NotNullWhen(false)] out string? reason) =>
        PeerCertificateCheck.TryVerify(
            certificate as X509Certificate2,
            chain?.ChainPolicy.ExtraStore ?? [],
            _material.Authorities,
            _time.GetUtcNow(),
            expected,
            out peer,
            out reason);

    /// <summary>
    /// For one incoming connection; ask anew for each, as Kestrel's TlsHandshakeCallbackOptions.OnConnection does, so that
    /// new files are taken up. The client's identity is then <see cref="PeerIdentity.TryFromCertificate"/> of the
    /// connection's certificate. A refusal is logged with its reason: the client does not learn it in TLS 1.3.
    /// </summary>
    /// <param name="expected">Made by <see cref="PeerExpectation.Client"/>.</param>
    /// <param name="remote">The client's address, without its port, for the log.</param>
    public SslServerAuthenticationOptions CreateServerOptions(PeerExpectation expected, string remote)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var material = _material;
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowRenegotiation = false,
            // A resumed session would outlive the certificates that it was begun with.
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PeerCertificateCheck.Policy(material.Authorities, _time.GetUtcNow(), expected),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                if (TryVerifyPeer(certificate, chain, expected, out _, out var reason))
                    return true;
                _refusals.Tell($"The client {remote}", reason);
                return false;
            },
        };
    }

    /// <summary>For one outgoing connection.</summary>
    /// <param name="expected">Made by <see cref="PeerExpectation.Server"/>.</param>
    /// <param name="host">Sent as the server's name; what binds the server is its identity, not this.</param>
    /// <param name="refused">Told the reason when the server is refused; else it is logged here.</param>
    public SslClientAuthenticationOptions CreateClientOptions(PeerExpectation expected, string host, Action<string>? refused = null)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var material = _material;
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = material.Context,
            EnabledSslProtocols = SslProtocols.Tls13,
            AllowRenegotiation = false,
            AllowTlsResume = false,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = PeerCertificateCheck.Policy(material.Authorities, _time.GetUtcNow(), expected),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                if (TryVerifyPeer(certificate, chain, expected, out _, out var reason))
                    return true;
                if (refused is not null)
                    refused(reason);
                else
                    _refusals.Tell($"The server {host}", reason);
                return false;
            },
        };
    }

    public void Dispose() => _timer.Dispose();

    private void Poll()
    {
        try
        {
            Reload();
            WarnOfExpiry();
        }
        finally
        {
            // Set each time, so that one look is over before the next begins.
            _timer.Change(Period, Timeout.InfiniteTimeSpan);
        }
    }

    private void Reload()
    {
        var stamps = FileStamps.Of(_files);
        if (stamps == _stamps)
            return;
        if (TlsMaterialReader.TryRead(_files, _time.GetUtcNow(), out var material, out var problem))
        {
            _material = material;
            _stamps = stamps;
            _problem = null;
            _isExpiryTold = false;
            LogReloaded(material.Own, material.NotAfter);
        }
        else if (problem != _problem)
        {
            // Tried again at every look, since a mode or the other file of a pair may be all that is missing; told once.
            _problem = problem;
            LogKeptOld(problem);
        }
    }

    private void WarnOfExpiry()
    {
        if (_isExpiryTold || _time.GetUtcNow() < NotAfter - WarnBefore)
            return;
        _isExpiryTold = true;
        LogExpiresSoon(_files.Certificate, NotAfter);
    }
}
