using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Files;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>Answers one request with the state directory in hand, which no Signer may be running on meanwhile.</summary>
internal static class DelegationGrant
{
    /// <summary>The request's text, not yet looked into, out of its file or the texts of its QR codes; "-" is standard input.</summary>
    /// <exception cref="DaemonException">It cannot be put together.</exception>
    public static byte[] Gather(params string[] paths) =>
        DelegationInput.TryGather(InputFiles.Read(paths, DelegationInput.MostBytes), out var text, out var problems)
            ? text
            : throw new DaemonException($"the request cannot be put together: {string.Join("; ", problems)}");

    /// <param name="configuration">With the service that is asked for.</param>
    /// <param name="tokens">The process's.</param>
    /// <param name="text">The request's file.</param>
    /// <param name="confirm">Asks the operator; null when he agrees.</param>
    /// <exception cref="DaemonException">Nothing was granted; with the reasons.</exception>
    public static (DelegationOffer Offer, DelegationBundle Bundle) Answer(
        SignerConfiguration configuration, TokenModules tokens, byte[] text, Func<DelegationOffer, DelegationObjection?> confirm)
    {
        var addresses = configuration.Services.Select(service => service.Address).ToImmutableArray();
        if (!StateFolder.TryOpen(configuration.StateDirectory, addresses, TimeProvider.System.GetUtcNow(), out var folder, out var fault))
            throw new DaemonException(fault);
        using (folder)
        using (var audit = StateFolder.AuditLogIn(folder.Path, addresses, TimeProvider.System))
        {
            var desk = new DelegationDesk(configuration, audit, tokens, TimeProvider.System);
            return desk.TryAnswer(text, confirm, out var offer, out var bundle, out var objections)
                ? (offer, bundle)
                : throw new DaemonException($"nothing was granted: {string.Join("; ", objections.Select(objection => objection.Detail))}");
        }
    }
}
