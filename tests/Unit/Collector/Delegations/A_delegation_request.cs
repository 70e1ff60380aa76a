using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

public sealed class A_delegation_request : IDisposable
{
    private readonly DelegationBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public void Covers_both_descriptors_of_every_moment_of_its_days(int days)
    {
        // Every half hour of two days: before and after each turn of the period and of the shared random value.
        for (var start = Some.Now; start < Some.Now.AddDays(2); start = start.AddMinutes(30))
        {
            var plan = DelegationPlan.ForDays(NetworkTiming.Public, start, days).ToHashSet();
            for (var moment = start; moment < start.AddDays(days); moment = moment.AddHours(1))
            {
                Assert.True(PeriodClock.TryAt(moment, NetworkTiming.Public, out var clock));
                Assert.True(plan.Contains(clock.First) && plan.Contains(clock.Second), $"{start:u} does not cover {moment:u}");
            }

            Assert.InRange(plan.Count, days + 1, days + 3);
        }
    }

    [Fact]
    public void Of_a_number_of_periods_begins_with_the_first_descriptors()
    {
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(10), 4, out var timing));
        var plan = DelegationPlan.OfPeriods(timing, Some.Now, 5);
        Assert.True(PeriodClock.TryAt(Some.Now, timing, out var clock));
        Assert.Equal([clock.First, clock.Second], plan.Take(2));
        Assert.Equal(5, plan.Length);
        Assert.Equal(DelegationRequest.MostPeriods + 1, DelegationPlan.OfPeriods(timing, Some.Now, 100_000).Length);
        Assert.Equal(DelegationRequest.MostPeriods + 1, DelegationPlan.ForDays(timing, Some.Now, int.MaxValue).Length);
    }

    [Fact]
    public void Leaves_a_private_key_on_disk_for_each_of_its_keys()
    {
        var request = _bench.Request(3);
        Assert.Equal(request.Periods.Select(asked => asked.SigningKey).ToHashSet(), _bench.Folder.Keys().Select(key => key.PublicKey).ToHashSet());
        foreach (var name in _bench.Folder.Keys())
        {
            Assert.True(_bench.Folder.TryOpen(name, out var key, out var fault), fault);
            using (key)
                Assert.Equal(name.PublicKey, key.PublicKey);
            Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(Path.Combine(_bench.Folder.Path, name.ToString())));
        }

        foreach (var folder in (string[])[_bench.Folder.Path, DelegationFolder.RootIn(_bench.State)])
            Assert.Equal(AtomicFile.OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        _bench.Book.Look();
        Assert.Equal(request.Periods.Select(asked => asked.Period), _bench.Book.Of(_bench.Service).Awaiting);
    }

    [Fact]
    public void That_cannot_be_written_leaves_no_key()
    {
        var plan = DelegationPlan.ForDays(NetworkTiming.Public, Some.Now, 1);
        var taken = Path.Combine(_bench.State, "taken");
        File.WriteAllText(taken, "mine");
        foreach (var file in (string[])[taken, Path.Combine(_bench.State, "nowhere", "request")])
            Assert.Throws<DaemonException>(() => DelegationRequestMaker.Make(_bench.State, _bench.Folder, _bench.Service, plan, file));
        Assert.Empty(_bench.Folder.Keys());
        Assert.Equal("mine", File.ReadAllText(taken));
    }

    [Fact]
    public void That_is_never_granted_leaves_no_key_when_its_periods_are_over()
    {
        _bench.Request(3);
        // Made for another network by mistake: of this one's periods they are none.
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromHours(1), 2880, out var other));
        DelegationRequestMaker.Make(_bench.State, _bench.Folder, _bench.Service, DelegationPlan.OfPeriods(other, Some.Now, 2), Path.Combine(_bench.State, "mistaken"));
        for (var keys = _bench.Folder.Keys().Length; keys > 0; keys = _bench.Folder.Keys().Length)
        {
            var now = _bench.Time.GetUtcNow().AddHours(6);
            Assert.True(now < Some.Now.AddDays(7), $"{keys} keys are left");
            _bench.GoTo(now);
            // None goes before its own period is over: a bundle may be days on its way.
            Assert.All(_bench.Folder.Keys(), key => Assert.False(key.Period.IsOverAt(_bench.First.Period)));
            Assert.Equal(_bench.Folder.Keys().Length, _bench.Book.Of(_bench.Service).Awaiting.Length);
        }

        Assert.True(_bench.Book.Of(_bench.Service).IsNothing);
    }

    [Fact]
    public void Waits_for_no_second_verb()
    {
        using var held = DelegationLock.Take(_bench.State, _bench.Folder);
        Assert.Throws<DaemonException>(() => DelegationLock.Take(_bench.State, _bench.Folder));
    }

    [Fact]
    public void Has_keys_that_are_not_taken_from_changed_or_open_files()
    {
        _bench.Request(1);
        var name = _bench.Folder.Keys()[0];
        var file = Path.Combine(_bench.Folder.Path, name.ToString());
        File.SetUnixFileMode(file, AtomicFile.OwnerOnly | UnixFileMode.OtherRead);
        Assert.False(_bench.Folder.TryOpen(name, out _, out var fault));
        Assert.Contains("others can read", fault, StringComparison.Ordinal);
        foreach (var content in (byte[][])[new byte[32], new byte[31], []])
        {
            File.WriteAllBytes(file, content);
            File.SetUnixFileMode(file, AtomicFile.OwnerOnly);
            Assert.False(_bench.Folder.TryOpen(name, out _, out fault));
            Assert.Contains("does not hold the key", fault, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("public", "3600s/1440m")]
    [InlineData("10s/4m", "10s/4m")]
    [InlineData("1h/24h", "3600s/1440m")]
    [InlineData("", null)]
    [InlineData("10s", null)]
    [InlineData("1s/4m", null)]
    [InlineData("10s/30s", null)]
    [InlineData("10s/999999999h", null)]
    [InlineData("10s/4m/4m", null)]
    public void Goes_by_the_networks_timing(string text, string? written)
    {
        Assert.Equal(written is not null, NetworkTimingFile.TryParse(text, out var timing));
        if (timing is null)
            return;
        Assert.Equal(written, NetworkTimingFile.Format(timing));
        var file = new NetworkTimingFile(_bench.State);
        file.Write(timing);
        Assert.True(new NetworkTimingFile(_bench.State).TryRead(out var read));
        Assert.Equal(timing, read);
    }
}
