using System.Diagnostics;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Integration.Control;

/// <summary>What the control-port client does with a network: consensus, own descriptor, fetch, upload.</summary>
public sealed class TorControlTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private PrivateNetwork _network = null!;
    private Backend _backend = null!;
    private TorProcess _front = null!;
    private OnionAddress _address = null!;

    public async Task InitializeAsync()
    {
        _network = await PrivateNetwork.StartAsync(new PrivateNetworkOptions { Relays = 5 });
        var front = _network.AddFrontAsync("front");
        _backend = await _network.AddOnionServiceAsync("plain");
        _front = await front;
        Assert.True(OnionAddress.TryParse(_backend.Address, out var address));
        _address = address;
    }

    public async Task DisposeAsync() => await _network.DisposeAsync();

    [Fact]
    public async Task Consensus_own_descriptor_fetch_and_upload()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var own = await ConnectAsync(_backend.Tor);
        await using var front = await ConnectAsync(_front);
        await FollowsTheConsensusAsync(front, patience.Token);
        await ReadsItsOwnDescriptorAsync(own, patience.Token);

        await using var fetcher = await DescriptorFetcher.CreateAsync(front, patience.Token);
        await using var uploader = await DescriptorUploader.CreateAsync(front, patience.Token);
        await UntilPublishedAsync(fetcher, patience.Token);
        var hsDirs = _network.Relays.Select(relay => relay.Fingerprint).ToArray();
        var copies = await fetcher.FetchAsync(_address, hsDirs, Patience, patience.Token);
        Assert.All(copies, copy => Assert.True(copy.Status is FetchStatus.Found || copy is { Status: FetchStatus.NotFound, Reason: "NOT_FOUND" }, copy.ToString()));
        Assert.Equal(hsDirs, copies.Select(copy => copy.HsDir));

        // Every HSDir takes what it lacks, and refuses the revision it holds: all at once, each with its own outcome.
        var descriptor = copies.First(copy => copy.Status == FetchStatus.Found).Descriptor;
        var twice = hsDirs.Concat(hsDirs).Select(hsDir => uploader.PostAsync(hsDir, _address, descriptor, Patience, patience.Token));
        var outcomes = await Task.WhenAll(twice);
        Assert.All(outcomes, outcome => Assert.True(outcome.Status is UploadStatus.Accepted or UploadStatus.Rejected, outcome.ToString()));
        Assert.All(outcomes[hsDirs.Length..], outcome => Assert.Equal(new UploadOutcome(UploadStatus.Rejected, "UPLOAD_REJECTED"), outcome));
        copies = await fetcher.FetchAsync(_address, hsDirs, Patience, patience.Token);
        Assert.All(copies, copy => Assert.Equal(FetchStatus.Found, copy.Status));

        var malformed = await uploader.PostAsync(hsDirs[0], _address, "hs-descriptor 3\n"u8.ToArray(), Patience, patience.Token);
        Assert.Equal(new UploadOutcome(UploadStatus.Failed, "554 Invalid descriptor"), malformed);
        await TimesOutOnADeadHsDirAsync(uploader, descriptor, patience.Token);
    }

    private async Task FollowsTheConsensusAsync(ControlConnection front, CancellationToken cancellationToken)
    {
        var seen = new List<DateTimeOffset>();
        await foreach (var consensus in new ConsensusReader().FollowAsync(front, cancellationToken))
        {
            if (!consensus.UnknownHsDirs.IsEmpty)
                continue;
            Assert.Subset(
                consensus.HsDirs.Select(hsDir => hsDir.Fingerprint).ToHashSet(),
                _network.Relays.Select(relay => relay.Fingerprint).ToHashSet());
            Assert.Equal(_network.VotingInterval, consensus.VotingInterval);
            seen.Add(consensus.ValidAfter);
            if (seen.Count == 3)
                break;
        }

        Assert.Equal(seen.Order().Distinct(), seen);
    }

    private async Task ReadsItsOwnDescriptorAsync(ControlConnection own, CancellationToken cancellationToken)
    {
        var reader = new OwnDescriptorReader(own);
        ReadOnlyMemory<byte>? descriptor;
        while ((descriptor = await reader.ReadAsync(_address, cancellationToken)) is null)
            await Task.Delay(100, cancellationToken);
        Assert.True(descriptor.Value.Span.StartsWith("hs-descriptor 3\n"u8));
        var circuits = await own.GetInfoAsync("circuit-status", cancellationToken);
        Assert.Contains(circuits.Split('\n'), line => CircuitEvent.TryParse(line, out var circuit) && circuit.IsServiceIntroduction && circuit.RendQuery == _address.Label);
    }

    private async Task UntilPublishedAsync(DescriptorFetcher fetcher, CancellationToken cancellationToken)
    {
        while (true)
        {
            var copies = await fetcher.FetchAsync(_address, _network.Relays.Select(relay => relay.Fingerprint), Patience, cancellationToken);
            if (copies.Any(copy => copy.Status == FetchStatus.Found))
                return;
            await Task.Delay(500, cancellationToken);
        }
    }

    private async Task TimesOutOnADeadHsDirAsync(DescriptorUploader uploader, ReadOnlyMemory<byte> descriptor, CancellationToken cancellationToken)
    {
        var dead = _network.Relays[0];
        await dead.Tor.KillAsync();
        var since = Stopwatch.GetTimestamp();
        var outcome = await uploader.PostAsync(dead.Fingerprint, _address, descriptor, TimeSpan.FromSeconds(3), cancellationToken);
        Assert.True(outcome.Status is UploadStatus.TimedOut or UploadStatus.Failed, outcome.ToString());
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
    }

    private static Task<ControlConnection> ConnectAsync(TorProcess tor) => tor.ConnectAsync();
}
