using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>More than one Signer: who is asked when, and whose word counts.</summary>
public sealed partial class A_signer_pool
{
    [Fact]
    public async Task Gives_up_a_signer_that_does_not_answer_and_asks_the_next()
    {
        using var mute = _pool.Attach("mute", "test", [Service]);
        using var other = _pool.Attach("other", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        await mute.Requests.ReadAsync();
        _time.Advance(SignerPool.Patience);
        other.TryAnswer(Signed(await other.Requests.ReadAsync(), 2));
        Assert.Equal("other", Assert.IsType<SigningOutcome.Signed>(await signing).Signer);
        _time.Advance(SignerPool.AnswerWait);
        await Until(() => mute.LastProblem.Contains("did not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Asks_a_signer_that_was_late_last_until_it_answers_again()
    {
        using var first = _pool.Attach("first", "test", [Service]);
        using var second = _pool.Attach("second", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var late = await first.Requests.ReadAsync();
        _time.Advance(SignerPool.Patience);
        second.TryAnswer(Signed(await second.Requests.ReadAsync(), 2));
        await signing;

        Assert.Equal("second", await SignedByAsync(second));
        first.TryAnswer(Signed(late, 2));
        Assert.Equal("first", await SignedByAsync(first));
    }

    [Fact]
    public async Task Takes_the_answer_of_a_slow_signer_when_it_comes_before_that_of_the_next()
    {
        using var slow = _pool.Attach("slow", "test", [Service]);
        using var other = _pool.Attach("other", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var request = await slow.Requests.ReadAsync();
        _time.Advance(SignerPool.Patience);
        await other.Requests.ReadAsync();
        slow.TryAnswer(Signed(request, 2));
        Assert.Equal("slow", Assert.IsType<SigningOutcome.Signed>(await signing).Signer);
    }

    [Fact]
    public async Task Goes_on_when_a_signer_leaves_before_it_is_asked()
    {
        using var slow = _pool.Attach("slow", "test", [Service]);
        var leaving = _pool.Attach("leaving", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        var request = await slow.Requests.ReadAsync();
        _pool.Detach(leaving);
        leaving.Dispose();
        slow.TryAnswer(Refused(request, 14));
        Assert.IsType<SigningOutcome.Refused>(await signing);
    }

    [Fact]
    public async Task Goes_by_the_instance_at_fault_though_another_signer_is_away()
    {
        using var strict = _pool.Attach("strict", "test", [Service]);
        using var full = _pool.Attach("full", "test", [Service]);
        using var away = _pool.Attach("away", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        strict.TryAnswer(Refused(await strict.Requests.ReadAsync(), 7, Instance));
        full.TryAnswer(Refused(await full.Requests.ReadAsync(), 14));
        await away.Requests.ReadAsync();
        _pool.Detach(away);
        Assert.Equal(Instance, Assert.IsType<SigningOutcome.Refused>(await signing).Instance);
    }

    [Fact]
    public async Task Asks_the_next_signer_whatever_the_first_one_has_against_it()
    {
        using var strict = _pool.Attach("strict", "test", [Service]);
        using var other = _pool.Attach("other", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        strict.TryAnswer(Refused(await strict.Requests.ReadAsync(), 3));
        other.TryAnswer(Signed(await other.Requests.ReadAsync(), 2));
        Assert.Equal("other", Assert.IsType<SigningOutcome.Signed>(await signing).Signer);
    }

    [Fact]
    public async Task Has_no_use_for_a_counter_that_is_not_above_the_published_one_and_asks_the_next()
    {
        using var behind = _pool.Attach("behind", "test", [Service]);
        using var other = _pool.Attach("other", "test", [Service]);
        foreach (var ahead in (ulong[])[42, 43])
        {
            var signing = _pool.SignAsync(Job() with { LastRevisionCounter = 42 }, CancellationToken.None);
            behind.TryAnswer(Signed(await behind.Requests.ReadAsync(), 2));
            other.TryAnswer(Signed(await other.Requests.ReadAsync(), 2, ahead));
            var outcome = await signing;
            Assert.Equal(ahead > 42, outcome is SigningOutcome.Signed { Signer: "other", RevisionCounter: 43 });
            Assert.Equal(ahead == 42, outcome is SigningOutcome.Behind);
            Assert.Contains("not above the published one", behind.LastProblem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Asks_the_next_signer_when_one_answers_without_having_the_key()
    {
        using var liar = _pool.Attach("liar", "test", [Service]);
        using var honest = _pool.Attach("honest", "test", [Service]);
        var signing = _pool.SignAsync(Job(), CancellationToken.None);
        using var otherKey = IdentitySecretKey.Generate();
        liar.TryAnswer(SignersAnswer.To(await liar.Requests.ReadAsync(), otherKey, 2, ulong.MaxValue));
        honest.TryAnswer(Signed(await honest.Requests.ReadAsync(), 2));
        Assert.Equal("honest", Assert.IsType<SigningOutcome.Signed>(await signing).Signer);
        Assert.Contains("something else than was asked", liar.LastProblem, StringComparison.Ordinal);
    }
}
