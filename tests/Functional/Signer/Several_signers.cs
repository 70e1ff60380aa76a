using System.Globalization;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>Real Signers that share a key, or a Signer that two Collectors share: their revision counters are computed, so they need not know of each other.</summary>
public sealed class Several_signers : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly SignerUnderTest _one = new();

    public void Dispose() => _one.Dispose();

    [Fact]
    public async Task With_one_key_give_the_counters_of_the_clock_and_the_other_goes_on_above_the_first()
    {
        using var other = new SignerUnderTest(twin: _one);
        await using var oneLink = await LinkServer.StartAsync(_one.Tls("collector1"));
        await using var otherLink = await LinkServer.StartAsync(other.Tls("collector1"));
        var one = await StartAsync(_one, oneLink);
        var two = await StartAsync(other, otherLink);
        var request = _one.Honest();
        var highest = 0UL;
        for (var round = 0; round < 5; round++)
        {
            var before = Computed(request, TimeSpan.Zero);
            var counters = await Task.WhenAll(CounterAsync(one, request), CounterAsync(two, request));
            var after = Computed(request, TimeSpan.FromSeconds(2));
            Assert.All(counters, counter => Assert.InRange(counter, before, after));
            highest = Math.Max(highest, counters[0]);
        }

        _one.Kill();
        var lost = TimeProvider.System.GetTimestamp();
        while (await CounterAsync(two, request) <= highest)
            await Task.Delay(50);
        // The next second's counter is above all of this one's.
        Assert.True(TimeProvider.System.GetElapsedTime(lost) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task One_attached_to_two_collectors_serves_both_and_its_counters_rise_over_both()
    {
        await using var first = await LinkServer.StartAsync(_one.Tls("collector1"));
        await using var second = await LinkServer.StartAsync(_one.Tls("collector2"));
        _one.Configure(first.Endpoint, extra: string.Create(CultureInfo.InvariantCulture, $"  - {{endpoint: '{second.Endpoint}', name: collector2}}"));
        _one.Start();
        AttachedSigner[] attached = [await first.NextAsync(Soon), await second.NextAsync(Soon)];
        var request = _one.Honest();
        var highest = 0UL;
        for (var round = 0; round < 10; round++)
        {
            var counter = await CounterAsync(attached[round % 2], request);
            Assert.True(counter > highest, $"{counter} after {highest}");
            highest = counter;
        }

        // Both at once: no counter twice.
        var counters = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => CounterAsync(attached[i % 2], request)));
        Assert.Equal(20, counters.Append(highest).Where(counter => counter > highest).Distinct().Count());

        // The loss of one is nothing to the other.
        await second.DisposeAsync();
        Assert.True(await CounterAsync(attached[0], request) > counters.Max());
    }

    private static async Task<AttachedSigner> StartAsync(SignerUnderTest signer, LinkServer link)
    {
        signer.Configure(link.Endpoint);
        signer.Start();
        return await link.NextAsync(Soon);
    }

    private static async Task<ulong> CounterAsync(AttachedSigner attached, SignRequest request)
    {
        var result = await attached.AskAsync(request).WaitAsync(Soon);
        Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result?.Refusal?.Detail);
        return result!.Signed.RevisionCounter;
    }

    /// <summary>By rend-spec-v3 F.2, so long from now.</summary>
    private ulong Computed(SignRequest request, TimeSpan later)
    {
        Assert.True(PeriodClock.TryAt(DateTimeOffset.FromUnixTimeSeconds(request.ConsensusValidAfter), NetworkTiming.Public, out var clock));
        var start = request.Role == DescriptorRole.First ? clock.StartOfPreviousRun : clock.StartOfCurrentRun;
        using var key = IdentitySecretKey.FromSeed(_one.Seed);
        using var blinded = key.Blind(new TimePeriod(request.TimePeriod.Number, request.TimePeriod.LengthMinutes));
        return RevisionCounter.Compute(blinded, TimeProvider.System.GetUtcNow() + later - start);
    }
}
