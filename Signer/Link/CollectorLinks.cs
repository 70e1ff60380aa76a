using System.Reflection;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Signing;

namespace OnionBalance.Split.Signer.Link;

/// <summary>One link for each configured Collector. A change of the configuration leaves the links alone that it does not concern.</summary>
internal sealed class CollectorLinks(MutualTlsIdentity identity, SigningDesk desk, TimeProvider time, ILogger<CollectorLink> logger) : IDisposable
{
    private static readonly string Software =
        $"onionbalance-signer {typeof(CollectorLinks).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    private readonly Dictionary<LinkKey, RunningLink> _running = [];
    private readonly SemaphoreSlim _changing = new(1, 1);
    private string _offered = "";

    /// <summary>Dials what is new, leaves what is gone, and has the others say hello again when other services are offered.</summary>
    public async Task SetAsync(SignerConfiguration configuration)
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            await ChangeAsync(configuration).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async Task StopAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_running.Values.Select(running => running.DisposeAsync().AsTask())).ConfigureAwait(false);
            _running.Clear();
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task ChangeAsync(SignerConfiguration configuration)
    {
        var wanted = configuration.Collectors.Select(collector => new LinkKey(collector, configuration.Proxy)).ToHashSet();
        foreach (var key in _running.Keys.Except(wanted).ToArray())
        {
            _running.Remove(key, out var gone);
            await gone!.DisposeAsync().ConfigureAwait(false);
        }

        var offered = string.Join(' ', configuration.Services.Select(service => service.Address.Label).Order(StringComparer.Ordinal));
        if (offered != _offered)
        {
            foreach (var running in _running.Values)
                running.Link.SayHelloAgain();
        }

        _offered = offered;
        foreach (var key in wanted.Except(_running.Keys).ToArray())
            _running.Add(key, RunningLink.Start(Link(key), Hello));
    }

    private CollectorLink Link(LinkKey key)
    {
        var channel = GrpcChannelFactory.Create(
            key.Collector.Endpoint,
            identity,
            PeerExpectation.Server(PeerRole.Collector, key.Collector.Name),
            new GrpcChannelSettings { Proxy = key.Proxy });
        var collector = key.Collector.Name ?? key.Collector.Endpoint;
        return new CollectorLink(key.Collector, channel, Pace(key.Proxy), Answer, time, logger);

        SignResult Answer(SignRequest request) => desk.Answer(request, collector);
    }

    /// <summary>A Collector that comes back has its Signer within half a second; through tor every attempt costs circuits.</summary>
    private Redial Pace(Socks5Proxy? proxy) => proxy is null
        ? new Redial(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), time, Random.Shared)
        : new Redial(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15), time, Random.Shared);

    private SignerHello Hello() => new()
    {
        Software = Software,
        ServiceAddresses = { desk.Services.Keys.Select(address => address.ToFullString()) },
    };

    private readonly record struct LinkKey(CollectorAddress Collector, Socks5Proxy? Proxy);

    private sealed class RunningLink : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;

        private RunningLink(CollectorLink link, Func<SignerHello> hello)
        {
            Link = link;
            _task = Task.Run(() => link.RunAsync(hello, _stop.Token));
        }

        public CollectorLink Link { get; }

        public static RunningLink Start(CollectorLink link, Func<SignerHello> hello) => new(link, hello);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _task.ConfigureAwait(false);
            Link.Dispose();
            _stop.Dispose();
        }
    }
}
