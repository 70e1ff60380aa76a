using Google.Protobuf;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Tests.Unit.Collector.Delegations;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>A Signer in an attacker's hands, with a good certificate and the key of another service at most.</summary>
public sealed class A_signers_answer : IDisposable
{
    private readonly DelegationBench _bench = new();
    private readonly IdentitySecretKey _ownKey = IdentitySecretKey.Generate();

    public void Dispose()
    {
        _ownKey.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public void Of_the_service_for_the_period_under_its_counter_is_taken()
    {
        var descriptor = SignersAnswer.Descriptor(_bench.Identity, _bench.First.Period, 42);
        Assert.True(IsTaken(descriptor, descriptor));
    }

    [Theory]
    [InlineData("another service's")]
    [InlineData("of another period")]
    [InlineData("with another counter")]
    [InlineData("damaged")]
    [InlineData("no descriptor")]
    [InlineData("")]
    public void That_has_a_single_copy_of_something_else_is_not(string copy)
    {
        var good = SignersAnswer.Descriptor(_bench.Identity, _bench.First.Period, 42);
        var damaged = good.ToArray();
        damaged[^10] ^= 1;
        var bad = copy switch
        {
            "another service's" => SignersAnswer.Descriptor(_ownKey, _bench.First.Period, 42),
            "of another period" => SignersAnswer.Descriptor(_bench.Identity, _bench.Second.Period, 42),
            "with another counter" => SignersAnswer.Descriptor(_bench.Identity, _bench.First.Period, 41),
            "damaged" => damaged,
            _ => System.Text.Encoding.ASCII.GetBytes(copy),
        };
        Assert.False(IsTaken(good, bad));
        Assert.False(IsTaken(bad, bad));
    }

    /// <summary>Nothing is above it: taken for the published one, it would end publishing until the period is over.</summary>
    [Fact]
    public void That_only_says_that_its_counter_is_the_highest_there_is_is_not()
    {
        var descriptor = SignersAnswer.Descriptor(_bench.Identity, _bench.First.Period, 42);
        Assert.False(IsTaken(ulong.MaxValue, descriptor, descriptor));
    }

    private bool IsTaken(params byte[][] copies) => IsTaken(42, copies);

    private bool IsTaken(ulong counter, params byte[][] copies) =>
        AnswerCheck.IsWhatWasAskedFor(SignersAnswer.Of(new(), counter, copies.Select(copy => ByteString.CopyFrom(copy))).Signed, _bench.Job(_bench.First));
}
