using CsCheck;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class A_signing_state
{
    private static readonly OnionAddress Service = Some.Address(1);
    private static readonly OnionAddress Instance = Some.Address(2);
    private static readonly Bytes32 BlindedKey = Some.Bytes(3);
    private static readonly TimePeriod Period = new(20_000, 1440);

    [Theory]
    [InlineData(null, 100, 100)] // the first of a period
    [InlineData(50, 100, 100)] // passed by the clock
    [InlineData(99, 100, 100)]
    [InlineData(100, 100, 101)] // twice in one second
    [InlineData(200, 100, 201)] // the clock was set back
    [InlineData(0, 0, 1)]
    public void Gives_a_counter_above_the_last(int? last, int computed, int expected)
    {
        var state = last is { } counter ? Issued((ulong)counter) : SigningState.Empty(Service);
        Assert.True(state.TryNextCounter(BlindedKey, (ulong)computed, out var next));
        Assert.Equal((ulong)expected, next);
    }

    [Fact]
    public void Has_nothing_above_the_highest_number() =>
        Assert.False(Issued(ulong.MaxValue).TryNextCounter(BlindedKey, 5, out _));

    [Fact]
    public void Counts_for_each_blinded_key_by_itself()
    {
        Assert.True(Issued(900).TryNextCounter(Some.Bytes(4), 5, out var next));
        Assert.Equal(5UL, next);
    }

    [Fact]
    public void Never_lets_an_issued_counter_go_back() =>
        Assert.Equal(900UL, Issued(900).WithIssued(BlindedKey, new IssuedCounter(Period, 899, default)).Issued[BlindedKey].Counter);

    [Fact]
    public void Never_lets_an_instance_counter_go_back()
    {
        var key = new InstanceCounterKey(Instance, BlindedKey);
        var state = SigningState.Empty(Service)
            .WithSeen(key, new InstanceCounter(Period, 7))
            .WithSeen(key, new InstanceCounter(Period, 6));
        Assert.True(state.TryHighest(key, out var highest));
        Assert.Equal(7UL, highest.Counter);
    }

    [Theory]
    [InlineData(20_000, true)]
    [InlineData(19_998, true)] // could come back if the clock were set back
    [InlineData(19_997, false)]
    public void Forgets_only_what_no_policy_lets_be_signed_again(ulong number, bool kept)
    {
        var period = new TimePeriod(number, 1440);
        var state = SigningState.Empty(Service)
            .WithIssued(BlindedKey, new IssuedCounter(period, 1, default))
            .WithSeen(new InstanceCounterKey(Instance, BlindedKey), new InstanceCounter(period, 1))
            .WithoutOlderThan(Period);
        Assert.Equal(kept, state.Issued.ContainsKey(BlindedKey));
        Assert.Equal(kept ? 1 : 0, state.Instances.Count);
    }

    [Fact]
    public void Comes_back_from_its_file_as_it_was()
    {
        var state = Filled();
        Assert.True(SigningStateFile.TryRead(SigningStateFile.Write(state), Service, out var read, out _));
        Assert.Equal(state.Issued.OrderBy(pair => pair.Key), read.Issued.OrderBy(pair => pair.Key));
        Assert.Equal(state.Instances.OrderBy(pair => pair.Key.BlindedKey), read.Instances.OrderBy(pair => pair.Key.BlindedKey));
    }

    [Fact]
    public void Is_not_read_for_another_service()
    {
        Assert.False(SigningStateFile.TryRead(SigningStateFile.Write(Filled()), Some.Address(9), out _, out var fault));
        Assert.Contains("another service", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_not_read_from_a_cut_or_changed_file()
    {
        var file = SigningStateFile.Write(Filled());
        for (var length = 0; length < file.Length; length++)
            Assert.False(SigningStateFile.TryRead(file.AsSpan(0, length), Service, out _, out _));
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                var changed = file.ToArray();
                changed[at] = value;
                return value == file[at] || !SigningStateFile.TryRead(changed, Service, out _, out _);
            },
            iter: 2_000);
    }

    private static SigningState Issued(ulong counter) =>
        SigningState.Empty(Service).WithIssued(BlindedKey, new IssuedCounter(Period, counter, Some.Bytes(5)));

    private static SigningState Filled() => Issued(ulong.MaxValue)
        .WithIssued(Some.Bytes(6), new IssuedCounter(Period.Next, 12, Some.Bytes(7)))
        .WithSeen(new InstanceCounterKey(Instance, Some.Bytes(8)), new InstanceCounter(Period, 13))
        .WithSeen(new InstanceCounterKey(Instance, Some.Bytes(9)), new InstanceCounter(Period.Next, 14));
}
