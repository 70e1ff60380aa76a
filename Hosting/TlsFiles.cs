using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Hosting;

/// <summary>The PEM files of a daemon's place in the operator's PKI.</summary>
/// <param name="Certificate">Its own certificate, then any intermediate ones.</param>
/// <param name="Key">Its private key, unencrypted and readable by its user alone.</param>
/// <param name="Ca">The operator's CA: several during a change from one to the next.</param>
public sealed record TlsFiles(string Certificate, string Key, string Ca)
{
    /// <summary>What the certificate must be made for, so that peers take it; null leaves that to them.</summary>
    public PeerRole? Bearer { get; init; }

    /// <summary>Reads the keys certificate, key and ca of a configuration's section "tls".</summary>
    public static TlsFiles Read(ConfigurationSection section, PeerRole bearer)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new TlsFiles(section.FilePath("certificate"), section.FilePath("key"), section.FilePath("ca")) { Bearer = bearer };
    }
}
