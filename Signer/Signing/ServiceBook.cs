using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>Keeps the desk's services as the configuration has them. A service that stays keeps its counters and its keys of the period.</summary>
internal sealed partial class ServiceBook(SigningDesk desk, EvidenceGate evidence, TimeProvider time, ILogger<ServiceBook> logger) : IDisposable
{
    /// <summary>Takes up a configuration, whole or not at all; each returned line says what is in the way.</summary>
    public ImmutableArray<string> Apply(SignerConfiguration configuration)
    {
        var stores = configuration.Services.ToDictionary(service => service.Address, service => KeyStores.Open(service.Key));
        var problems = configuration.Services.Select(service => KeyCheck.Fault(stores[service.Address], service.Address)).OfType<string>().ToImmutableArray();
        if (!problems.IsEmpty)
            return problems;

        var before = desk.Services;
        var signers = new List<ServiceSigner>();
        foreach (var service in configuration.Services)
        {
            var settings = new ServiceSettings(stores[service.Address], new ServicePolicy(service.Instances), configuration.Network, service.Policy);
            if (before.TryGetValue(service.Address, out var signer))
                signer.Change(settings);
            else
                signer = new ServiceSigner(service.Address, settings, new SigningStateStore(configuration.StateDirectory, service.Address), evidence, time);
            signers.Add(signer);
            if (signer.CheckState() is { } fault)
                LogNotSigning(logger, service.Address, fault);
            else
                LogSigningFor(logger, service.Address, service.Instances.Length, settings.Keys.Description);
        }

        desk.Replace(signers);
        foreach (var gone in before.Values.Except(signers))
            gone.Dispose();
        return [];
    }

    public void Dispose()
    {
        foreach (var service in desk.Services.Values)
            service.Dispose();
    }
}
