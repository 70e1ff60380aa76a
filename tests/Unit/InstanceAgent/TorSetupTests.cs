using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Tor.Control;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class TorSetupTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("onionbalance-agent-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Options_belong_to_the_service_directory_before_them()
    {
        var services = TorServices.Parse(
        [
            "HiddenServiceDir=/var/lib/tor/one",
            "HiddenServicePort=80 127.0.0.1:8080",
            "HiddenServiceDir=/var/lib/tor/two",
            "HiddenServiceOnionBalanceInstance=1",
            "HiddenServiceDir=/var/lib/tor/three",
            "HiddenServiceOnionBalanceInstance=0",
        ]);

        Assert.Equal<TorService>(
            [
                new TorService("/var/lib/tor/one", false),
                new TorService("/var/lib/tor/two", true),
                new TorService("/var/lib/tor/three", false),
            ],
            services);
    }

    [Fact]
    public void A_tor_without_services_has_none() => Assert.Empty(TorServices.Parse(["HiddenServiceOptions"]));

    [Fact]
    public void A_complete_instance_is_without_fault()
    {
        var service = Service(1, isInstance: true, namesMaster: true);

        Assert.Equal(InstanceFault.None, InstanceSetup.Check(Instance(1), [service]));
        Assert.Equal(InstanceFault.None, InstanceSetup.Check(Instance(1, service.Directory + "/"), [service]));
    }

    [Fact]
    public void An_address_that_none_of_the_services_has_is_found_out() =>
        Assert.Equal(InstanceFault.NotServed, InstanceSetup.Check(Instance(2), [Service(1, isInstance: true, namesMaster: true)]));

    [Fact]
    public void An_ordinary_service_is_found_out() =>
        Assert.Equal(InstanceFault.NotAnInstance, InstanceSetup.Check(Instance(1), [Service(1, isInstance: false, namesMaster: false)]));

    [Fact]
    public void An_instance_that_does_not_know_its_master_is_found_out() =>
        Assert.Equal(InstanceFault.NoMasterNamed, InstanceSetup.Check(Instance(1), [Service(1, isInstance: true, namesMaster: false)]));

    [Fact]
    public void What_cannot_be_seen_is_taken_to_be_right()
    {
        var hidden = new TorService(Path.Combine(_directory, "not-there"), true);

        Assert.Equal(InstanceFault.None, InstanceSetup.Check(Instance(1), [hidden]));
        Assert.Equal(InstanceFault.None, InstanceSetup.Check(Instance(1, hidden.Directory), [hidden]));
        Assert.Equal(InstanceFault.None, InstanceSetup.Check(Instance(1), []));
    }

    [Theory]
    [InlineData("2026-11-23 12:00:00", "2026-11-23 13:00:00", 1440u)]
    [InlineData("2026-11-23 12:00:00", "2026-11-23 12:00:10", 4u)]
    [InlineData("2026-11-23 12:00:00", "2026-11-23 12:00:20", 8u)]
    public void The_period_follows_from_the_voting_interval(string validAfter, string freshUntil, uint minutes)
    {
        Assert.True(ConsensusClock.TryParse(validAfter, freshUntil, out var clock));
        Assert.Equal(minutes, clock!.First.LengthMinutes);
        Assert.Equal(Now, clock.ValidAfter);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("2026-11-23 12:00:00", "2026-11-23 12:00:00")]
    [InlineData("2026-11-23 12:00:00", "1970-01-01 00:00:00")]
    [InlineData("9999-12-31 23:00:00", "9999-12-31 23:59:59")]
    [InlineData("yesterday", "2026-11-23 12:00:00")]
    public void What_is_no_consensus_time_is_refused(string validAfter, string freshUntil) =>
        Assert.False(ConsensusClock.TryParse(validAfter, freshUntil, out _));

    private static InstanceConfiguration Instance(byte number, string? directory = null)
    {
        Assert.True(ControlEndpoint.TryParse("127.0.0.1:9051", out var control));
        return new InstanceConfiguration(Address(number), directory, new TorConfiguration(control, null));
    }

    private TorService Service(byte number, bool isInstance, bool namesMaster)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_directory, $"service{number}")).FullName;
        File.WriteAllText(Path.Combine(directory, "hostname"), Address(number).ToFullString() + "\n");
        if (namesMaster)
            File.WriteAllText(Path.Combine(directory, "ob_config"), "MasterOnionAddress " + Address(99).ToFullString());
        return new TorService(directory, isInstance);
    }
}
