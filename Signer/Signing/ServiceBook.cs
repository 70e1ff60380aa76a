using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>Keeps the desk's services as the configuration has them. A service that stays keeps its counters and its keys of the period.</summary>
internal sealed partial class ServiceBook(
    SigningDesk desk, EvidenceGate evidence, AuditLog audit, TokenModules tokens, TimeProvider time, ILogger<ServiceBook> logger) : IDisposable
{
    private Dictionary<OnionAddress, (KeyLocation Location, IIdentityKeyStore Store)> _stores = [];

    /// <summary>Takes up a configuration, whole or not at all; each returned line says what is in the way.</summary>
    /// <param name="configuration">To take up.</param>
    /// <param name="keysFit">What is to be done between the look at the keys and that at the states.</param>
    public ImmutableArray<string> Apply(SignerConfiguration configuration, Action? keysFit = null)
    {
        // A store that stays is not opened anew: its passphrase may have been read from where it can be read once only.
        var stores = configuration.Services.ToDictionary(
            service => service.Address,
            service => _stores.TryGetValue(service.Address, out var open) && open.Location == service.Key ? open : (Location: service.Key, Store: KeyStores.Open(service.Key, tokens)));
        var away = new Dictionary<OnionAddress, string>();
        var problems = configuration.Services.Select(service => KeyFault(stores[service.Address].Store, service.Address, away)).OfType<string>().ToImmutableArray();
        if (!problems.IsEmpty)
        {
            Close(stores.Values.Except(_stores.Values));
            return problems;
        }

        keysFit?.Invoke();
        var before = desk.Services;
        var signers = new List<ServiceSigner>();
        foreach (var service in configuration.Services)
        {
            var settings = new ServiceSettings(stores[service.Address].Store, new ServicePolicy(service.Instances), configuration.Network, service.Policy);
            if (before.TryGetValue(service.Address, out var signer))
                signer.Change(settings);
            else
                signer = new ServiceSigner(service.Address, settings, new SigningStateStore(configuration.StateDirectory, service.Address, audit), evidence, time);
            signers.Add(signer);
            var enrolled = Counted.Of(service.Instances.Length, "instance");
            if ((service.Policy.SignsNone ?? signer.CheckState() ?? away.GetValueOrDefault(service.Address)) is { } fault)
                LogNotSigning(logger, service.Address, fault);
            else
                LogSigningFor(logger, service.Address, enrolled, settings.Keys.Description);
        }

        desk.Replace(signers);
        foreach (var gone in before.Values.Except(signers))
            gone.Dispose();
        Close(_stores.Values.Except(stores.Values));
        _stores = stores;
        return [];
    }

    public void Dispose()
    {
        foreach (var service in desk.Services.Values)
            service.Dispose();
        Close(_stores.Values);
    }

    /// <summary>What keeps the configuration from being taken up; a token that is away does not, and is noted.</summary>
    private static string? KeyFault(IIdentityKeyStore store, OnionAddress service, Dictionary<OnionAddress, string> away)
    {
        var fault = KeyCheck.Fault(store, service, out var isAway);
        if (fault is null || !isAway)
            return fault;
        away.Add(service, fault);
        return null;
    }

    private static void Close(IEnumerable<(KeyLocation Location, IIdentityKeyStore Store)> stores)
    {
        foreach (var (_, store) in stores)
            store.Dispose();
    }
}
