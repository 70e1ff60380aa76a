using OnionBalance.Split.Hosting;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.PrivateTorNetwork.Probing;
using OnionBalance.Split.Tests.Integration.MainJob;

namespace OnionBalance.Split.Tests.Integration.Custody;

/// <summary>One network, one Signer that is never restarted: its key moves from store to store, and then its token is pulled.</summary>
public sealed class Every_key_store : IAsyncLifetime
{
    private static readonly TimeSpan _fetchTimeout = TimeSpan.FromSeconds(30);

    private readonly StoredKeys _keys = new();
    private DeployedNetwork _deployed = null!;
    private TorProcess[] _clients = [];
    private string _configuration = null!;
    private RisingCounters _counters = null!;

    public async Task InitializeAsync()
    {
        _deployed = await DeployedNetwork.PrepareAsync(
            new PrivateNetworkOptions { Relays = 8 }, new SplitDeploymentOptions { Backends = 2, MasterSeed = StoredKeys.Seed });
        _counters = new RisingCounters(_deployed);
        _clients = [_deployed.Client, await _deployed.Network.AddClientAsync("client2")];
        _configuration = await File.ReadAllTextAsync(Signer.ConfigFile);
        _keys.Keep(_deployed.Split.Folder);
        foreach (var (name, value) in _keys.Environment)
            Signer.Environment[name] = value;
        await _deployed.Split.StartAsync();
        await _deployed.WaitUntilWholeAsync();
    }

    public async Task DisposeAsync()
    {
        await _deployed.DisposeAsync();
        _keys.Dispose();
    }

    private DaemonProcess Signer => _deployed.Split.Signer;

    [Fact]
    public async Task Signs_in_turn_and_a_token_that_is_pulled_stops_publications_until_it_is_back()
    {
        var turn = 0;
        foreach (var (place, key) in _keys.Places)
        {
            await TakeKeyFromAsync(place, key);
            // A client that has forgotten the last descriptor takes the new one. tor lets it forget once in 10 s: two in turn.
            var client = _clients[turn++ % _clients.Length];
            await Task.WhenAll(PublishesAnewAsync(), ClientMemory.ForgetAsync(client));
            var answer = await new FreshFetch(client, TimeProvider.System).GetAsync(_deployed.Master.ToFullString(), _fetchTimeout);
            Assert.True(answer.Succeeded, $"{place}: {answer.Error}");
        }

        var back = new List<TimeSpan>();
        foreach (var (place, key) in _keys.Places.Where(store => store.Place.Contains("token", StringComparison.Ordinal)))
        {
            await TakeKeyFromAsync(place, key);
            back.Add(await IsPulledAndPutBackAsync());
        }

        Measured.Say("token put back, to new descriptors on all HSDirs", back);

        _deployed.Split.CheckRunning();
    }

    /// <summary>As an operator does: a new file, and SIGHUP.</summary>
    private async Task TakeKeyFromAsync(string place, string key)
    {
        var before = Signer.LogText().Length;
        var text = _configuration.Replace($"key:\n      file: {_deployed.Split.KeyFile}", $"key: {key}", StringComparison.Ordinal);
        Assert.NotEqual(_configuration, text);
        AtomicFile.Write(Signer.ConfigFile, System.Text.Encoding.UTF8.GetBytes(text));
        Signer.Signal(PrivateTorNetwork.Processes.Signal.Hangup);
        await UntilAsync(() => Signer.LogText()[before..].Contains("is in force", StringComparison.Ordinal), () => Signer.LogText()[before..]);
        Assert.Contains($"key in {place}", Signer.LogText()[before..], StringComparison.Ordinal);
    }

    /// <summary>A Collector that has forgotten everything asks for both descriptors at once.</summary>
    private async Task RestartCollectorAsync()
    {
        await _deployed.Split.Collector.StopAsync();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_deployed.Split.Folder, "collector1-state"), "*", SearchOption.AllDirectories))
            File.Delete(file);
        await _deployed.Split.Collector.StartAsync();
    }

    private async Task PublishesAnewAsync()
    {
        await _counters.CheckAsync();
        await RestartCollectorAsync();
        await RisesAsync();
    }

    /// <summary>How long it took from putting it back to new descriptors everywhere.</summary>
    private async Task<TimeSpan> IsPulledAndPutBackAsync()
    {
        await _counters.CheckAsync();
        var before = _counters.Highest;
        _keys.Hsm.Pull();
        using var over = new CancellationTokenSource();
        var fetching = FetchUntilAsync(over.Token);
        await RestartCollectorAsync();
        await UntilAsync(
            async () => await StatusAsync() is var status && status.Contains("KeyUnavailable", StringComparison.Ordinal) && status.Contains("the token is not present", StringComparison.Ordinal),
            () => _deployed.Split.Collector.LogTail(20));
        await _counters.CheckAsync();
        // A period that began meanwhile has no descriptor yet; no other may have changed.
        Assert.All(_counters.Highest, held => Assert.Equal(before.GetValueOrDefault(held.Key), held.Value));
        _keys.Hsm.PutBack();
        var back = TimeProvider.System.GetTimestamp();
        await RisesAsync();
        var took = TimeProvider.System.GetElapsedTime(back);
        await over.CancelAsync();
        Assert.All(await fetching, answer => Assert.True(answer.Succeeded, answer.Error));
        return took;
    }

    /// <summary>A client that goes on meanwhile.</summary>
    private async Task<List<WebFetch>> FetchUntilAsync(CancellationToken over)
    {
        var answers = new List<WebFetch>();
        while (!over.IsCancellationRequested)
            answers.Add(await _deployed.Fetch.GetAsync(_deployed.Master.ToFullString(), _fetchTimeout, CancellationToken.None));
        return answers;
    }

    private async Task<string> StatusAsync()
    {
        try
        {
            return await _deployed.Split.StatusAsync(json: true);
        }
        catch (PrivateNetworkException)
        {
            // It is just starting.
            return "";
        }
    }

    /// <summary>Until every HSDir holds a descriptor above the one it held at the last look.</summary>
    private async Task RisesAsync()
    {
        var before = _counters.Highest;
        await UntilAsync(() => _counters.CheckAsync(before), () => $"{_deployed.Split.Collector.LogTail(20)}\n{Signer.LogTail(10)}");
    }

    private static Task UntilAsync(Func<bool> done, Func<string> problem) => UntilAsync(() => Task.FromResult(done()), problem);

    private static async Task UntilAsync(Func<Task<bool>> done, Func<string> problem)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await done())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < DeployedNetwork.Patience, problem());
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }
}
