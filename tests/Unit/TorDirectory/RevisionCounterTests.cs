using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class RevisionCounterTests
{
    [Fact]
    public void Agrees_with_C_tor_on_the_order_preserving_cipher()
    {
        foreach (var row in Vectors.Load("ope-tor"))
            Assert.Equal(row.GetProperty("image").GetUInt64(), OrderPreservingCipher.Encrypt(row.Hex("key"), row.GetProperty("number").GetInt32()));
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(0)]
    [InlineData((1 << 18) + 1)]
    public void Encrypts_numbers_from_one_to_three_days_only(int number) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OrderPreservingCipher.Encrypt(new byte[32], number));

    [Fact]
    public void Keeps_the_order_of_10_000_random_pairs()
    {
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var key = ConsensusText.Bytes(random, 32);
            // Short numbers mostly: they cost least and cross every kind of block boundary all the same.
            var most = i % 100 == 0 ? OrderPreservingCipher.MaxInput : 5000;
            var lower = random.Next(1, most);
            var higher = random.Next(lower + 1, most + 1);
            var low = OrderPreservingCipher.Encrypt(key, lower);
            var high = OrderPreservingCipher.Encrypt(key, higher);
            Assert.InRange(high - low, (ulong)(higher - lower), 65536ul * (ulong)(higher - lower));
        }
    }

    [Fact]
    public void Every_number_next_to_a_block_boundary_is_one_word_further()
    {
        var key = ConsensusText.Bytes(new Random(8), 32);
        ulong last = 0;
        for (var number = 1; number < 4200; number++)
        {
            var image = OrderPreservingCipher.Encrypt(key, number);
            Assert.InRange(image - last, 1ul, 65536ul);
            last = image;
        }
    }

    [Fact]
    public void Differs_from_period_to_period_and_from_key_to_key()
    {
        using var one = IdentitySecretKey.Generate();
        using var other = IdentitySecretKey.Generate();
        using var today = one.Blind(new TimePeriod(20_000, 1440));
        using var tomorrow = one.Blind(new TimePeriod(20_001, 1440));
        using var others = other.Blind(new TimePeriod(20_000, 1440));
        var counters = new[] { today, tomorrow, others }.Select(key => RevisionCounter.Compute(key, TimeSpan.FromHours(30)));
        Assert.Equal(3, counters.Distinct().Count());
        Assert.Equal(RevisionCounter.Compute(today, TimeSpan.FromDays(4)), RevisionCounter.Compute(today, TimeSpan.FromDays(40)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RevisionCounter.Compute(today, TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void Is_the_same_from_the_key_alone_as_from_the_blinded_secret()
    {
        var random = new Random(9);
        for (var i = 0; i < 50; i++)
        {
            using var identity = IdentitySecretKey.FromSeed(ConsensusText.Bytes(random, 32));
            using var blinded = identity.Blind(new TimePeriod((ulong)random.Next(1, 100_000), 1440));
            var key = RevisionCounterKey.Of(blinded);
            foreach (var elapsed in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromSeconds(random.Next(1, 200_000)), TimeSpan.FromDays(4)])
                Assert.Equal(RevisionCounter.Compute(blinded, elapsed), RevisionCounter.Compute(key, elapsed));
        }
    }

    [Theory]
    [InlineData(5UL, null, 5UL)]
    [InlineData(0UL, null, 0UL)]
    [InlineData(5UL, 4UL, 5UL)]
    [InlineData(5UL, 5UL, 6UL)]
    [InlineData(5UL, 9UL, 10UL)]
    public void The_next_one_is_computed_but_never_one_that_was_had(ulong computed, ulong? last, ulong next)
    {
        Assert.True(RevisionCounter.TryNext(computed, last, out var counter));
        Assert.Equal(next, counter);
    }

    [Fact]
    public void There_is_no_next_one_above_the_highest() => Assert.False(RevisionCounter.TryNext(5, ulong.MaxValue, out _));
}
