using System.Collections.Immutable;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class InstanceJudgeTests
{
    private static readonly OnionAddress Instance = Address(1);
    private readonly InstanceJudge _judge = new(Instance, Now);
    private DateTimeOffset _now = Now;

    [Fact]
    public void A_descriptor_whose_points_stand_is_reported_once()
    {
        Open(1, relay: 1);
        var descriptor = Descriptor(7, 100, Point(1), Point(2));
        _judge.ObserveFirst(descriptor);

        Assert.True(Decide());
        Assert.Equal<ObservedDescriptor>([descriptor], Reported());
        Assert.False(Decide());
    }

    [Fact]
    public void The_same_descriptor_encrypted_anew_is_no_news()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1), Point(2)));

        _judge.ObserveFirst(Descriptor(7, 100, Point(2), Point(1)));

        Assert.False(Decide());
    }

    [Theory]
    [InlineData(7ul, 101ul, 1)]
    [InlineData(7ul, 100ul, 2)]
    [InlineData(8ul, 100ul, 1)]
    [InlineData(7ul, 0ul, 1)]
    public void Another_period_revision_or_point_is_news(ulong period, ulong revision, byte key)
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        var news = Descriptor(period, revision, Point(1, key));
        _judge.ObserveFirst(news);

        Assert.True(Decide());
        Assert.Equal<ObservedDescriptor>([news], Reported());
    }

    [Fact]
    public void A_descriptor_without_points_is_no_report_and_forgets_nothing()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        _judge.ObserveFirst(Descriptor(7, 0));

        Assert.False(Decide());
        Assert.Single(Reported());
    }

    [Fact]
    public void A_descriptor_is_not_reported_before_one_of_its_circuits_stands()
    {
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));
        Assert.False(Decide());

        Open(1, relay: 2);
        Assert.False(Decide());

        Open(2, relay: 1);
        Assert.True(Decide());
    }

    [Fact]
    public void The_descriptors_of_both_periods_are_reported_in_order()
    {
        Open(1, relay: 1);
        Open(2, relay: 2);
        _judge.ObservePublished(Descriptor(8, 5, Point(2)));
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));

        Assert.True(Decide());
        Assert.Equal([7ul, 8ul], Reported().Select(d => d.Period.Number));
    }

    [Fact]
    public void An_HSDir_is_not_believed_against_a_newer_descriptor()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        _judge.ObservePublished(Descriptor(7, 99, Point(1, key: 2)));

        Assert.False(Decide());
    }

    [Fact]
    public void At_rotation_the_second_descriptor_takes_over_without_a_loss()
    {
        Open(1, relay: 1);
        Open(2, relay: 2);
        _judge.ObservePublished(Descriptor(8, 5, Point(2)));
        See(Descriptor(7, 100, Point(1)));

        Close(1);
        Decide();
        Assert.Equal([8ul], Reported().Select(d => d.Period.Number));

        _judge.ObserveFirst(Descriptor(8, 5, Point(2)));
        Assert.False(Decide());
    }

    [Fact]
    public void At_rotation_an_unpublished_second_descriptor_is_waited_for()
    {
        Open(1, relay: 1);
        Open(2, relay: 2);
        See(Descriptor(7, 100, Point(1)));

        Close(1);
        After(3);
        Assert.False(Decide());

        var successor = Descriptor(8, 5, Point(2));
        _judge.ObserveFirst(successor);
        Assert.True(Decide());
        Assert.Equal<ObservedDescriptor>([successor], Reported());
    }

    [Fact]
    public void Without_any_circuit_it_is_lost_after_a_moment()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        Close(1);
        Assert.False(Decide());
        After(0.9);
        Assert.False(Decide());
        After(0.2);

        Assert.True(Decide());
        Assert.Equal(LossReason.NoIntroductionPoints, Loss());
    }

    [Fact]
    public void A_successor_that_comes_in_time_prevents_the_loss()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));
        Close(1);
        Decide();

        After(0.5);
        Open(2, relay: 3);
        After(1.5);

        Assert.False(Decide());
    }

    [Fact]
    public void Successors_without_a_descriptor_are_not_waited_for_forever()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));
        Close(1);
        Open(2, relay: 3);
        Decide();

        After(6);

        Assert.True(Decide());
        Assert.Equal(LossReason.NoIntroductionPoints, Loss());
    }

    [Fact]
    public void The_same_points_standing_again_are_reported_again()
    {
        Open(1, relay: 1);
        var descriptor = Descriptor(7, 100, Point(1));
        See(descriptor);
        Close(1);
        Decide();
        After(2);
        Decide();

        Open(2, relay: 1);

        Assert.True(Decide());
        Assert.Equal<ObservedDescriptor>([descriptor], Reported());
    }

    [Fact]
    public void A_dead_descriptor_that_tor_still_shows_does_not_end_a_loss()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));
        Close(1);
        Decide();
        After(2);
        Decide();

        Open(2, relay: 3);
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));

        Assert.False(Decide());
        Assert.Equal(LossReason.NoIntroductionPoints, Loss());
    }

    [Fact]
    public void A_tor_that_is_gone_takes_everything_with_it()
    {
        Open(1, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        _judge.TorGone();

        Assert.Equal(LossReason.TorGone, Loss());
        Assert.False(Decide());

        Open(1, relay: 1);
        Assert.False(Decide());
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));
        Assert.True(Decide());
    }

    [Fact]
    public void An_instance_that_never_comes_up_is_lost_in_the_end()
    {
        After(9);
        Assert.False(Decide());
        After(2);
        Assert.True(Decide());
        Assert.Equal(LossReason.NoIntroductionPoints, Loss());
    }

    [Fact]
    public void Circuits_of_other_services_say_nothing()
    {
        _judge.Circuits.Apply(Established(Address(2), 1, relay: 1));
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));

        Assert.False(Decide());
    }

    [Fact]
    public void A_circuit_still_being_built_does_not_stand()
    {
        _judge.Circuits.Apply(Circuit($"4 BUILT ${Relay(1)}~a PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_CONNECTING REND_QUERY={Instance.Label}"));
        _judge.ObserveFirst(Descriptor(7, 100, Point(1)));

        Assert.False(Decide());
    }

    [Fact]
    public void A_circuit_that_takes_another_purpose_no_longer_stands()
    {
        Open(4, relay: 1);
        See(Descriptor(7, 100, Point(1)));

        _judge.Circuits.Apply(Circuit("4 PURPOSE_CHANGED PURPOSE=GENERAL OLD_PURPOSE=HS_SERVICE_INTRO"));

        Assert.False(_judge.Circuits.Any);
    }

    private void Open(int id, byte relay) => _judge.Circuits.Apply(Established(Instance, id, relay));

    private void Close(int id) => _judge.Circuits.Apply(Closed(Instance, id));

    private void After(double seconds) => _now += TimeSpan.FromSeconds(seconds);

    private bool Decide() => _judge.Decide(_now);

    private void See(ObservedDescriptor descriptor)
    {
        _judge.ObserveFirst(descriptor);
        Assert.True(Decide());
    }

    private ImmutableArray<ObservedDescriptor> Reported() => Assert.IsType<InstanceReport.Present>(_judge.Report).Descriptors;

    private LossReason Loss() => Assert.IsType<InstanceReport.Lost>(_judge.Report).Reason;
}
