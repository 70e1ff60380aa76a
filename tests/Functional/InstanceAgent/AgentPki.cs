using OnionBalance.Split.Config.Pki;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Tests.Functional.InstanceAgent;

/// <summary>An operator's CA in a folder, and certificates of it as an operator issues them.</summary>
internal sealed class AgentPki
{
    private readonly PkiDirectory _pki;

    public AgentPki(string folder)
    {
        Folder = folder;
        _pki = new PkiDirectory(folder);
        _pki.CreateCa(TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(30)).Dispose();
    }

    public string Folder { get; }

    public TlsFiles Issue(PeerRole role, string name)
    {
        using var ca = _pki.LoadCa();
        var peer = new PeerIdentity(role, name);
        using var issued = ca.Issue(peer, TimeProvider.System.GetUtcNow(), TimeSpan.FromDays(7));
        var (certificate, key) = _pki.Store(peer, issued, renew: true);
        return new TlsFiles(certificate, key, _pki.CaCertificatePath);
    }
}
