using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>A permanent key in a systemd credential, in either of the forms that a file may have.</summary>
internal sealed class CredentialIdentityKeyStore(string name) : IIdentityKeyStore
{
    public string Description => $"credential {name}";

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        return SystemdCredential.TryLocate(name, out var path, out fault)
            && new FileIdentityKeyStore(path).TryOpen(out key, out fault);
    }
}
