using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using Xunit.Abstractions;

namespace OnionBalance.Split.Tests.Integration.InstanceAgent;

/// <summary>The agent's program beside real tors: how soon what tor has is with the Collector.</summary>
public sealed class AgentWithTorTests : IClassFixture<TurnoverNetwork>, IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly PrivateNetwork _network;
    private readonly ITestOutputHelper _output;
    private readonly string _folder = Directory.CreateTempSubdirectory("onionbalance-agent-").FullName;
    private readonly AgentPki _pki;
    private readonly RecordingCollector _collector;
    private readonly AgentUnderTest _agent;
    private readonly NetworkTiming _timing;
    private Backend _backend = null!;
    private OnionAddress _address = null!;

    public AgentWithTorTests(TurnoverNetwork network, ITestOutputHelper output)
    {
        _network = network.Network;
        _output = output;
        _pki = new AgentPki(Path.Combine(_folder, "pki"));
        _collector = new RecordingCollector(_pki, "collector-1");
        _agent = new AgentUnderTest(_pki, "web-1");
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(10), 4, out var timing));
        _timing = timing;
    }

    public Task InitializeAsync() => _collector.StartAsync();

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _collector.DisposeAsync();
        await _backend.Tor.StopAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Everything_that_happens_to_an_instance_is_with_the_Collector_in_a_second()
    {
        await AddBackendAsync("published", publish: true);
        _agent.Start();
        await _collector.WaitForAsync(m => m.Descriptor_ is not null);

        await FollowDescriptorsAsync(Measured.Long ? TimeSpan.FromMinutes(9) : TimeSpan.FromSeconds(30));
        await KillAndRestartAsync();
        await LoseTheNetworkAsync();
        Assert.DoesNotContain("does not verify", _agent.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("HiddenServiceOnionBalanceInstance", _agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_that_does_not_publish_is_reported_all_the_same()
    {
        await AddBackendAsync("unpublished", publish: false);
        _agent.Start();
        await _collector.WaitForAsync(m => m.Descriptor_ is not null);

        await FollowDescriptorsAsync(Measured.Long ? TimeSpan.FromMinutes(9) : TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(_collector.All, r => r.Message.Lost is not null);
    }

    [Fact]
    public async Task Reports_reach_a_Collector_that_is_an_onion_service()
    {
        var service = Path.Combine(_folder, "collector-service");
        Directory.CreateDirectory(service, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await _network.AddFrontAsync("collector", [$"HiddenServiceDir {service}", $"HiddenServicePort 7101 127.0.0.1:{_collector.Port}"]);
        var client = await _network.AddClientAsync("client");
        await AddBackendAsync("through-tor", publish: true);
        var onion = (await File.ReadAllTextAsync(Path.Combine(service, "hostname"))).Trim();
        _agent.Configure([($"{onion}:7101", "collector-1")], [(_backend.Address, Control)], $"proxy: {client.SocksEndpoint}");

        _agent.Start();

        await _collector.WaitForAsync(m => m.Descriptor_ is not null, patience: TimeSpan.FromMinutes(2));
        await _backend.Tor.KillAsync();
        var killed = TimeProvider.System.GetUtcNow();
        var lost = await _collector.WaitForAsync(m => m.Lost is not null);
        _output.WriteLine($"through tor: loss told {(lost.At - killed).TotalSeconds:0.00} s after the kill");
        _agent.Signal("TERM");
        Assert.Equal(0, await _agent.WaitForExitAsync());
        await _collector.WaitForAsync(m => m.Goodbye is not null);
    }

    private string Control => _backend.Tor.ControlEndpoint.ToString();

    private async Task AddBackendAsync(string name, bool publish)
    {
        using var master = IdentitySecretKey.Generate();
        _backend = await _network.AddBackendAsync(name, new BackendOptions
        {
            MasterAddresses = [OnionAddress.From(master.PublicKey).ToFullString()],
            PublishDescriptors = publish,
        });
        Assert.True(OnionAddress.TryParse(_backend.Address, out var address));
        _address = address;
        _agent.Configure([(_collector.Endpoint, "collector-1")], [(_backend.Address, Control)]);
    }

    /// <summary>Compares what tor has with what comes, for a while: turnover always, rotations in the long run.</summary>
    private async Task FollowDescriptorsAsync(TimeSpan duration)
    {
        await using var log = new DescriptorLog(_backend.Tor, _address, _timing);
        var from = TimeProvider.System.GetUtcNow();
        log.Start();
        await Task.Delay(duration);
        var until = TimeProvider.System.GetUtcNow() - 2 * _second;
        var arrived = Arrivals();
        var delays = new List<double>();
        foreach (var (content, seen) in log.FirstSeen.Where(d => d.Value > from + _second && d.Value < until).OrderBy(d => d.Value))
        {
            var there = arrived.TryGetValue(content, out var at);
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{seen:HH:mm:ss.fff} tor has {content.Period} revision {content.Revision} points {content.Points}; at the Collector {(there ? (at - seen).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture) : "never")}"));
            Assert.True(there, $"the Collector never got {content}\n{_agent.Log}");
            delays.Add((at - seen).TotalSeconds);
        }

        foreach (var (content, at) in arrived.Where(a => a.Value > from && !log.FirstSeen.ContainsKey(a.Key)))
            _output.WriteLine($"{at:HH:mm:ss.fff} fetched second descriptor: {content.Period} revision {content.Revision} points {content.Points}");
        foreach (var lost in _collector.All.Where(r => r.At > from && r.Message.Lost is not null))
            _output.WriteLine($"{lost.At:HH:mm:ss.fff} lost: {lost.Message.Lost.Reason}");
        _output.WriteLine($"{delays.Count} descriptors; delays: median {Median(delays):0.000} s, worst {delays.DefaultIfEmpty().Max():0.000} s");
        Assert.Equal(0, _collector.EndedStreams);
        Assert.All(delays, delay => Assert.True(delay <= 1, $"{delay} s"));
    }

    private async Task KillAndRestartAsync()
    {
        for (var round = 0; round < (Measured.Long ? 10 : 2); round++)
        {
            var before = _collector.All.Length;
            var killed = TimeProvider.System.GetUtcNow();
            await _backend.Tor.KillAsync();
            var lost = await _collector.WaitForAsync(m => m.Lost?.Reason == LossReason.TorGone, before);
            _output.WriteLine($"loss told {(lost.At - killed).TotalSeconds:0.000} s after the kill");
            Assert.True(lost.At - killed < _second);

            before = _collector.All.Length;
            await using var log = new DescriptorLog(_backend.Tor, _address, _timing);
            var started = TimeProvider.System.GetUtcNow();
            await _backend.Tor.StartAsync();
            log.Start();
            var back = await _collector.WaitForAsync(m => m.Descriptor_ is not null, before);
            // The agent may be the first to see it.
            for (var wait = 0; log.FirstSeen.Count == 0 && wait < 50; wait++)
                await Task.Delay(100);
            var has = log.FirstSeen.Values.Min();
            _output.WriteLine($"back {(back.At - started).TotalSeconds:0.000} s after the start, {(back.At - has).TotalSeconds:0.000} s after tor had it");
            Assert.True(back.At - has < _second);
        }
    }

    private async Task LoseTheNetworkAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(10));
        await using var control = await _backend.Tor.ConnectAsync();
        var before = _collector.All.Length;
        var cut = TimeProvider.System.GetUtcNow();
        Assert.True((await control.SendAsync("SETCONF DisableNetwork=1", CancellationToken.None)).IsOk);
        var lost = await _collector.WaitForAsync(m => m.Lost?.Reason == LossReason.NoIntroductionPoints, before);
        _output.WriteLine($"loss told {(lost.At - cut).TotalSeconds:0.000} s after the network was cut");
        Assert.True(lost.At - cut < 3 * _second);

        before = _collector.All.Length;
        Assert.True((await control.SendAsync("SETCONF DisableNetwork=0", CancellationToken.None)).IsOk);
        var back = await _collector.WaitForAsync(m => m.Descriptor_ is not null, before, TimeSpan.FromMinutes(2));
        _output.WriteLine($"back {(back.At - lost.At).TotalSeconds:0.000} s later");
    }

    private Dictionary<DescriptorContent, DateTimeOffset> Arrivals()
    {
        var arrivals = new Dictionary<DescriptorContent, DateTimeOffset>();
        foreach (var received in _collector.All.Where(r => r.Message.Descriptor_ is not null))
        {
            if (DescriptorContent.Read(received.Message.Descriptor_.Text.Span, _address, _timing) is { } content)
                arrivals.TryAdd(content, received.At);
        }

        return arrivals;
    }

    private static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}
