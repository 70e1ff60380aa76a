using OnionBalance.Split.InstanceAgent.Reporting;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class OutboxTests
{
    private static readonly OnionAddress Web = Address(1);
    private static readonly OnionAddress Mail = Address(2);
    private readonly ReportBoard _board = new();
    private readonly Outbox _outbox = new([Web, Mail], 0);
    private DateTimeOffset _now = Now;

    public OutboxTests() => _board.Configure([Web, Mail]);

    [Fact]
    public void Of_an_instance_that_nothing_is_known_of_nothing_is_said() => Assert.Null(Next());

    [Fact]
    public void Every_period_of_every_instance_is_sent_under_its_own_ascending_number()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1)), Descriptor(8, 2, Point(2))));
        _board.Post(Mail, Present(Descriptor(7, 3, Point(3))));

        var sent = All();

        Assert.Equal([1ul, 2, 3], sent.Select(m => m.Descriptor_.Sequence));
        Assert.Equal(
            [(Web, 1), (Web, 2), (Mail, 3)],
            sent.Select(m => (AddressOf(m.Descriptor_.InstanceAddress), (int)m.Descriptor_.Text[1])).OrderBy(m => m.Item2));
    }

    [Fact]
    public void What_was_sent_is_not_sent_again()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        _outbox.Accept(1);
        _board.Post(Mail, new InstanceReport.Unknown());

        Assert.Null(Next());
    }

    [Fact]
    public void A_Collector_that_does_not_answer_gets_the_newest_alone_when_it_does()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        for (byte revision = 2; revision < 100; revision++)
        {
            _board.Post(Web, Present(Descriptor(7, revision, Point(1))));
            Assert.Null(Next());
        }

        _outbox.Accept(1);

        Assert.Equal([99], All().Select(m => (int)m.Descriptor_.Text[1]));
    }

    [Fact]
    public void A_loss_does_not_wait_for_answers()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        _board.Post(Web, new InstanceReport.Lost(LossReason.TorGone));

        var message = Assert.Single(All());

        Assert.Equal(LossReason.TorGone, message.Lost.Reason);
        Assert.Equal(2ul, message.Lost.Sequence);
        Assert.Null(_outbox.Accept(1));
        Assert.Equal(Web, _outbox.Accept(2));
    }

    [Fact]
    public void After_a_loss_that_was_told_the_same_descriptor_is_sent_again()
    {
        var report = Present(Descriptor(7, 1, Point(1)));
        _board.Post(Web, report);
        All();
        _outbox.Accept(1);
        _board.Post(Web, new InstanceReport.Lost(LossReason.NoIntroductionPoints));
        All();
        _board.Post(Web, report);

        Assert.Equal(3ul, Assert.Single(All()).Descriptor_.Sequence);
    }

    [Fact]
    public void A_loss_that_was_over_before_it_was_told_is_not_told()
    {
        var report = Present(Descriptor(7, 1, Point(1)));
        _board.Post(Web, report);
        All();
        _outbox.Accept(1);
        _board.Post(Web, new InstanceReport.Lost(LossReason.NoIntroductionPoints));
        _board.Post(Web, report);

        Assert.Null(Next());
    }

    [Fact]
    public void A_second_loss_with_another_reason_is_told_too()
    {
        _board.Post(Web, new InstanceReport.Lost(LossReason.NoIntroductionPoints));
        All();
        _board.Post(Web, new InstanceReport.Lost(LossReason.TorGone));

        Assert.Equal(LossReason.TorGone, Assert.Single(All()).Lost.Reason);
    }

    [Fact]
    public void What_is_refused_is_not_sent_again_until_it_changes()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        Assert.Equal(Web, _outbox.Refuse(1, ReportRefusal.NotAuthentic, _now));
        After(3600);
        Assert.Null(Next());

        _board.Post(Web, Present(Descriptor(7, 2, Point(1))));

        Assert.NotNull(Next());
    }

    [Fact]
    public void What_could_not_be_stored_is_sent_again_after_a_while()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        _outbox.Refuse(1, ReportRefusal.NotStored, _now);
        Assert.Null(Next());
        Assert.Equal(_now + TimeSpan.FromSeconds(2), _outbox.NextRetry());

        After(2);

        Assert.Equal(2ul, Next()!.Descriptor_.Sequence);
        Assert.Null(_outbox.NextRetry());
    }

    [Fact]
    public void An_unanswered_report_is_remembered_with_its_time()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();
        After(5);
        _board.Post(Mail, Present(Descriptor(7, 1, Point(1))));
        All();

        Assert.Equal(Now, _outbox.OldestUnanswered());
        _outbox.Accept(1);
        Assert.Equal(_now, _outbox.OldestUnanswered());
        _outbox.Accept(2);
        Assert.Null(_outbox.OldestUnanswered());
    }

    [Fact]
    public void Instances_that_the_Collector_does_not_take_are_kept_from_it()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));

        Assert.Null(new Outbox([Mail], 0).Next(_board.Current, _now));
    }

    [Fact]
    public void An_instance_taken_out_of_the_configuration_is_withdrawn_and_its_watcher_no_longer_heard()
    {
        _board.Post(Web, Present(Descriptor(7, 1, Point(1))));
        All();

        _board.Configure([Mail]);
        _board.Post(Web, Present(Descriptor(7, 2, Point(1))));

        Assert.Equal(LossReason.Withdrawn, Assert.Single(All()).Lost.Reason);
        Assert.Equal([Mail], _board.Current.Instances);
    }

    [Fact]
    public void A_view_says_when_it_is_out_of_date()
    {
        var view = _board.Current;
        Assert.False(view.Superseded.IsCompleted);

        _board.Post(Web, new InstanceReport.Lost(LossReason.TorGone));

        Assert.True(view.Superseded.IsCompleted);
        Assert.False(_board.Current.Superseded.IsCompleted);
    }

    private static OnionAddress AddressOf(string text)
    {
        Assert.True(OnionAddress.TryParse(text, out var address));
        return address;
    }

    private void After(double seconds) => _now += TimeSpan.FromSeconds(seconds);

    private AgentMessage? Next() => _outbox.Next(_board.Current, _now);

    private List<AgentMessage> All()
    {
        var all = new List<AgentMessage>();
        while (Next() is { } message)
            all.Add(message);
        return all;
    }
}
