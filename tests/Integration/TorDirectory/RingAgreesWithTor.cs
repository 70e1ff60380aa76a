using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using Xunit.Abstractions;

namespace OnionBalance.Split.Tests.Integration.TorDirectory;

/// <summary>
/// Where a real tor uploads and fetches, and which revision counters it writes, against what we compute from its
/// consensus and its keys. Spreads are small, so that the ring has a choice to get wrong.
/// </summary>
public sealed class RingAgreesWithTor(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(Measured.Long ? 25 : 4));
    private PrivateNetwork _network = null!;
    private Backend _service = null!;
    private OnionAddress _address = null!;

    public async Task InitializeAsync()
    {
        var parameters = ImmutableDictionary.CreateRange<string, int>(
            [new("hsdir_spread_store", 2), new("hsdir_spread_fetch", 1), new("hsdir_n_replicas", 2)]);
        _network = await PrivateNetwork.StartAsync(new PrivateNetworkOptions { Relays = 10, ConsensusParameters = parameters }, ct: _timeout.Token);
        _service = await _network.AddOnionServiceAsync("service", _timeout.Token);
        Assert.True(OnionAddress.TryParse(_service.Address, out _address!));
        // Once more from the start, to see every event from the first on.
        await _service.Tor.StopAsync();
        await _service.Tor.StartAsync(_timeout.Token);
    }

    public async Task DisposeAsync() => await _network.DisposeAsync();

    public void Dispose() => _timeout.Dispose();

    [Fact]
    public async Task From_the_first_descriptor_on_and_through_rotations()
    {
        var ct = _timeout.Token;
        await using var service = await WatchedTor.ConnectAsync(_service.Tor, ct);
        var client = await _network.AddClientAsync("client", ct: ct);
        await using var watchedClient = await WatchedTor.ConnectAsync(client, ct);
        var firsts = new HashSet<TimePeriod>();
        var fetched = new List<WhichDescriptor>();
        var uploads = 0;
        var counters = 0;
        var rotationsWanted = Measured.Long ? 2 : 0;
        while (firsts.Count <= rotationsWanted || uploads < 2 || counters == 0 || fetched.Distinct().Count() < (Measured.Long ? 2 : 1))
        {
            foreach (var batch in await NextUploadsAsync(service, ct))
            {
                var schedule = await CheckUploadsAsync(service, batch, ct);
                uploads++;
                if (firsts.Add(schedule.First.Period))
                    output.WriteLine($"{schedule.Clock.ValidAfter:HH:mm:ss}: first {schedule.First.Period}, clients use {schedule.ForClients.Which}");
            }

            counters += await CheckRevisionCounterAsync(service, ct) ? 1 : 0;
            fetched.AddRange(await CheckFetchesAsync(watchedClient, ct));
        }

        output.WriteLine($"{uploads} uploads of a descriptor, {counters} revision counters and {fetched.Count} fetches agreed");
    }

    /// <summary>Uploads until tor has been quiet for two seconds, by descriptor; none when it is quiet for ten.</summary>
    private async Task<ILookup<string, HsDescEvent>> NextUploadsAsync(WatchedTor tor, CancellationToken ct)
    {
        var uploads = new List<HsDescEvent>();
        while (await NextAsync(tor, TimeSpan.FromSeconds(uploads.Count == 0 ? 10 : 2), ct) is { } happened)
        {
            if (happened.Action == HsDescAction.Upload && happened.Label == _address.Label)
                uploads.Add(happened);
        }

        return uploads.ToLookup(upload => upload.DescriptorId!);
    }

    private async Task<ServiceSchedule> CheckUploadsAsync(WatchedTor tor, IGrouping<string, HsDescEvent> uploads, CancellationToken ct)
    {
        var consensuses = await tor.RecentConsensusesAsync(ct);
        foreach (var consensus in consensuses)
        {
            var schedule = ServiceSchedule.From(consensus);
            foreach (var descriptor in new[] { schedule.First, schedule.Second })
            {
                var blinded = _address.PublicKey.Blind(descriptor.Period);
                var hsDirs = HsDirRing.Create(consensus, descriptor.Period, descriptor.SharedRandom).ForStoring(blinded);
                if (DescriptorId(blinded) != uploads.Key || !Places(uploads).SetEquals(Places(hsDirs, descriptor)))
                    continue;
                Assert.Equal(consensus.Parameters.HsDirReplicas * consensus.Parameters.HsDirSpreadStore, hsDirs.Length);
                Assert.True(hsDirs.Length < consensus.HsDirs.Length);
                return schedule;
            }
        }

        Assert.Fail($"tor uploaded {uploads.Key} to {string.Join(", ", Places(uploads))}; we would have by {string.Join(" or ", consensuses.Select(Describe))}.");
        throw new InvalidOperationException();
    }

    /// <summary>The counter in tor's own first descriptor must be that of some second. False before its first upload.</summary>
    private async Task<bool> CheckRevisionCounterAsync(WatchedTor tor, CancellationToken ct)
    {
        var text = await new OwnDescriptorReader(tor.Connection).ReadAsync(_address, ct);
        var line = text is null ? null : Encoding.ASCII.GetString(text.Value.Span).Split('\n').Single(line => line.StartsWith("revision-counter ", StringComparison.Ordinal));
        if (line is null or "revision-counter 0")
            return false;
        var counter = ulong.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        var file = await File.ReadAllBytesAsync(Path.Combine(_service.Tor.DataDirectory, "service0", "hs_ed25519_secret_key"), ct);
        Assert.True(TorKeyFile.TryReadSecret(file, out var identity));
        using var _ = identity;
        foreach (var consensus in await tor.RecentConsensusesAsync(ct))
        {
            var first = ServiceSchedule.From(consensus).First;
            using var blinded = identity.Blind(first.Period);
            // tor may have uploaded at any second of the two runs that the first descriptor lives through; counters rise.
            var (low, high) = (0, (int)(TimeProvider.System.GetUtcNow() - first.StartOfSrvRun).TotalSeconds);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = RevisionCounter.Compute(blinded, TimeSpan.FromSeconds(middle)) < counter ? (middle + 1, high) : (low, middle);
            }

            if (RevisionCounter.Compute(blinded, TimeSpan.FromSeconds(low)) == counter)
                return true;
        }

        Assert.Fail($"tor's revision counter {counter} is none of ours.");
        return false;
    }

    /// <summary>Which of the two descriptors the client asked for, request by request.</summary>
    private async Task<List<WhichDescriptor>> CheckFetchesAsync(WatchedTor client, CancellationToken ct)
    {
        await client.Connection.SendAsync(ControlCommand.Parse("HSFETCH").Argument(_address.Label), ct);
        var asked = new List<HsDescEvent>();
        while (await NextAsync(client, TimeSpan.FromSeconds(1), ct) is { } happened)
        {
            if (happened.Action == HsDescAction.Requested)
                asked.Add(happened);
        }

        var which = new List<WhichDescriptor>();
        foreach (var request in asked)
        {
            var consensus = (await client.RecentConsensusesAsync(ct)).FirstOrDefault(consensus => Explains(consensus, request));
            Assert.True(consensus is not null, $"the client asked {request.HsDir} for {request.DescriptorId}, we would not have");
            which.Add(ServiceSchedule.From(consensus).ForClients.Which);
        }

        return which;
    }

    private bool Explains(Consensus consensus, HsDescEvent request)
    {
        var descriptor = ServiceSchedule.From(consensus).ForClients;
        var blinded = _address.PublicKey.Blind(descriptor.Period);
        var hsDirs = HsDirRing.Create(consensus, descriptor.Period, descriptor.SharedRandom).ForFetching(blinded);
        return DescriptorId(blinded) == request.DescriptorId && Places(hsDirs, descriptor).IsSupersetOf(Places([request]));
    }

    private static async Task<HsDescEvent?> NextAsync(WatchedTor tor, TimeSpan patience, CancellationToken ct)
    {
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(ct);
        quiet.CancelAfter(patience);
        try
        {
            var happened = await tor.Events.ReadAsync(quiet.Token);
            Assert.True(HsDescEvent.TryParse(happened, out var parsed));
            return parsed;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private static HashSet<string> Places(IEnumerable<HsDescEvent> events) =>
        [.. events.Select(happened => $"{happened.HsDir} at {happened.HsDirIndex?.ToLowerInvariant()}")];

    private static HashSet<string> Places(IEnumerable<HsDir> hsDirs, ScheduledDescriptor descriptor) =>
        [.. hsDirs.Select(hsDir => $"{hsDir.Fingerprint} at {HashRingIndex.OfRelay(hsDir.Ed25519Identity, descriptor.SharedRandom, descriptor.Period)}")];

    private static string DescriptorId(BlindedPublicKey blinded) => Convert.ToBase64String(blinded.Bytes.Span).TrimEnd('=');

    private static string Describe(Consensus consensus)
    {
        var schedule = ServiceSchedule.From(consensus);
        return $"{consensus.ValidAfter:HH:mm:ss} ({schedule.First}, {schedule.Second}, {consensus.HsDirs.Length} HSDirs, {consensus.UnknownHsDirs.Length} unknown)";
    }
}
