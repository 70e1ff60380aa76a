using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

public sealed class A_delegation_bundle : IDisposable
{
    private readonly DelegationBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Is_taken_for_keys_that_are_held() => Assert.Equal(DelegationFault.None, FaultOf(_bench.Grant(_bench.Request(3))));

    [Fact]
    public void Is_refused_for_another_service()
    {
        using var other = IdentitySecretKey.Generate();
        var asked = _bench.Request(3) with { Service = OnionAddress.From(other.PublicKey) };
        Assert.Equal(DelegationFault.WrongService, FaultOf(DelegationBundle.Grant(other, asked, NetworkTiming.Public.StartOf)));
    }

    [Fact]
    public void Is_refused_for_another_collectors_keys()
    {
        using var other = new DelegationBench();
        _bench.Request(3);
        Assert.Equal(DelegationFault.ForeignKey, FaultOf(_bench.Grant(other.Request(3))));
    }

    [Fact]
    public void Is_refused_when_it_is_over()
    {
        var bundle = _bench.Grant(_bench.Request(3));
        Assert.Equal(DelegationFault.Expired, FaultOf(bundle, Some.Now.AddDays(10)));
        Assert.Equal(DelegationFault.Expired, FaultOf(bundle, bundle.End.AddSeconds(1), timing: null));
    }

    [Fact]
    public void Is_taken_though_its_first_periods_were_over_before_it_came()
    {
        var bundle = _bench.Grant(_bench.Request(10));
        _bench.GoTo(Some.Now.AddDays(5));
        Assert.True(_bench.Folder.Keys().Length < bundle.Periods.Length);
        Assert.Equal(DelegationFault.None, FaultOf(bundle, Some.Now.AddDays(5)));
        _bench.Folder.AddBundle(bundle.ToText());
        _bench.Book.Look();
        Assert.Equal(_bench.Folder.Keys().Length, _bench.Book.Of(_bench.Service).Granted.Count);
        _bench.Sign(_bench.First);
    }

    [Fact]
    public void That_came_first_counts_where_two_cover_a_period()
    {
        var first = _bench.Delegate(3);
        var second = _bench.Delegate(6);
        var granted = _bench.Book.Of(_bench.Service).Granted;
        Assert.All(first.Periods, delegated => Assert.Equal(HeldDelegations.KeyOf(delegated), HeldDelegations.KeyOf(granted[delegated.Period])));
        Assert.All(
            second.Periods.Skip(first.Periods.Length), delegated => Assert.Equal(HeldDelegations.KeyOf(delegated), HeldDelegations.KeyOf(granted[delegated.Period])));
        Assert.Equal(second.Periods.Length, granted.Count);
        Assert.Empty(_bench.Book.Of(_bench.Service).Awaiting);
        Assert.Equal(2, _bench.Folder.Bundles().Length);
    }

    [Fact]
    public void Of_another_service_or_damaged_on_disk_is_not_used_and_told()
    {
        var bundle = _bench.Delegate(3);
        var file = Assert.Single(_bench.Folder.Bundles());
        var text = bundle.ToText();
        text[text.Length / 2] ^= 1;
        File.WriteAllBytes(file, text);
        _bench.Book.Look();
        Assert.Empty(_bench.Book.Of(_bench.Service).Granted);
        Assert.Contains(_bench.Log.Lines, line => line.Contains("is not used: 000001.bundle", StringComparison.Ordinal));
    }

    [Fact]
    public void Lasts_until_the_first_period_that_it_does_not_cover_is_due()
    {
        var bundle = _bench.Delegate(3);
        var until = _bench.Book.UntilOf(_bench.Service);
        Assert.Equal(NetworkTiming.Public.PublicationOf(bundle.Periods[^1].Period.Next).From, until);
        Assert.InRange(until!.Value, Some.Now.AddDays(3), Some.Now.AddDays(4));

        var gap = _bench.Folder.Keys().Single(key => key.Period == bundle.Periods[2].Period);
        _bench.Folder.Delete(gap);
        _bench.Book.Look();
        Assert.Equal(NetworkTiming.Public.PublicationOf(gap.Period).From, _bench.Book.UntilOf(_bench.Service));
    }

    [Fact]
    public void Is_not_lost_to_a_clock_that_is_set_wrong()
    {
        _bench.Delegate(3);
        var keys = _bench.Folder.Keys().Length;
        _bench.Time.SetUtcNow(Some.Now.AddDays(100));
        _bench.Book.Look();
        Assert.Equal(keys, _bench.Folder.Keys().Length);
    }

    /// <summary>Nobody can bring them back. A day more is what a consensus may be off and still be published by.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Is_not_lost_to_a_tor_that_lies_about_the_time(int days)
    {
        _bench.Delegate(3);
        var keys = _bench.Folder.Keys().Length;
        _bench.Network.Newest = Some.View(Some.Now.AddMinutes(-30).AddDays(days));
        _bench.Book.Look();
        Assert.Equal(keys, _bench.Folder.Keys().Length);
        Assert.Single(_bench.Folder.Bundles());
    }

    [Fact]
    public void Goes_with_its_keys_when_the_consensus_says_that_they_are_over()
    {
        _bench.Delegate(3);
        var keys = _bench.Folder.Keys().Length;
        _bench.GoTo(new DateTimeOffset(2026, 11, 25, 0, 10, 0, TimeSpan.Zero));
        Assert.All(_bench.Folder.Keys(), key => Assert.True(key.Period.Number >= _bench.First.Period.Number));
        Assert.InRange(_bench.Folder.Keys().Length, 1, keys - 1);
        Assert.Single(_bench.Folder.Bundles());

        _bench.GoTo(Some.Now.AddDays(10));
        Assert.Empty(_bench.Folder.Keys());
        Assert.Empty(_bench.Folder.Bundles());
        Assert.True(_bench.Book.Of(_bench.Service).IsNothing);
    }

    private DelegationFault FaultOf(DelegationBundle bundle) => FaultOf(bundle, Some.Now);

    private DelegationFault FaultOf(DelegationBundle bundle, DateTimeOffset now) => FaultOf(bundle, now, NetworkTiming.Public);

    private DelegationFault FaultOf(DelegationBundle bundle, DateTimeOffset now, NetworkTiming? timing) =>
        BundleCheck.FaultOf(bundle, _bench.Service, _bench.Folder.Keys(), timing, now);
}
