using Grpc.Core;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Functional.InstanceAgent;

/// <summary>
/// The agent's program against a Collector's end over mutual TLS. Its instances' tors are not there, which is a report
/// too: descriptors are for the integration tests, with a network.
/// </summary>
public sealed class AgentProcessTests : IAsyncLifetime, IDisposable
{
    private const string NoTor = "127.0.0.1:1";

    private readonly string _folder = Directory.CreateTempSubdirectory("onionbalance-agent-").FullName;
    private readonly string _web = Fresh.Address().ToFullString();
    private readonly string _mail = Fresh.Address().ToFullString();
    private readonly AgentPki _pki;
    private readonly RecordingCollector _collector;
    private readonly AgentUnderTest _agent;

    public AgentProcessTests()
    {
        _pki = new AgentPki(Path.Combine(_folder, "pki"));
        _collector = new RecordingCollector(_pki, "collector-1");
        _agent = new AgentUnderTest(_pki, "web-1");
        _agent.Configure([(_collector.Endpoint, "collector-1")], [(_web, NoTor)]);
    }

    public Task InitializeAsync() => _collector.StartAsync();

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _collector.DisposeAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_says_hello_under_its_name_and_then_what_it_knows()
    {
        _agent.Start();

        var lost = await _collector.WaitForAsync(IsLost(_web));

        var hello = _collector.All[0];
        Assert.Equal([_web], hello.Message.Hello.InstanceAddresses);
        Assert.StartsWith("onionbalance-agent 0.", hello.Message.Hello.Software, StringComparison.Ordinal);
        Assert.Equal("web-1", hello.Agent);
        Assert.Equal(LossReason.TorGone, lost.Message.Lost.Reason);
        Assert.Equal(1ul, lost.Message.Lost.Sequence);
        Assert.DoesNotContain(_web, _agent.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_comes_back_to_a_Collector_that_was_away_and_tells_everything_anew()
    {
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));
        await _collector.StopAsync();
        await _agent.WaitForLogAsync("trying again: connection refused");
        await Task.Delay(TimeSpan.FromSeconds(3));
        var before = _collector.All.Length;

        await _collector.StartAsync();
        var back = TimeProvider.System.GetUtcNow();
        var again = await _collector.WaitForAsync(IsLost(_web), before);

        Assert.Equal(2, again.Stream);
        Assert.True(again.At - back < TimeSpan.FromSeconds(2), $"{again.At - back}");
        Assert.InRange(_agent.CountInLog("Not connected to collector"), 1, 3);
    }

    /// <summary>As it is when two agents hold one certificate.</summary>
    [Fact]
    public async Task To_a_Collector_that_ends_stream_after_stream_it_goes_ever_more_slowly_and_says_so_once()
    {
        _collector.End = new Status(StatusCode.Aborted, "a newer connection of this agent has taken its place");
        _agent.Start();

        await _agent.WaitForLogAsync("ends one stream after the other");
        await Task.Delay(TimeSpan.FromSeconds(6));

        Assert.InRange(_collector.EndedStreams, 2, 20);
        Assert.Equal(2, _agent.CountInLog("has taken its place"));
        Assert.Equal(2, _agent.CountInLog("takes reports of"));
    }

    [Fact]
    public async Task A_certificate_that_the_Collector_refuses_is_told_in_one_text()
    {
        _collector.Takes = PeerRole.Signer;
        _agent.Start();

        await _agent.WaitForLogAsync("ends one stream after the other");
        await Task.Delay(TimeSpan.FromSeconds(6));

        Assert.True(_agent.CountInLog("it may refuse this certificate, see its log") == 2, _agent.Log);
        Assert.True(_agent.CountInLog(_collector.Endpoint) == 2, _agent.Log);
    }

    [Fact]
    public async Task What_the_Collector_could_not_store_is_sent_until_it_is_accepted()
    {
        var refusals = 0;
        _collector.Answer = (_, sequence) => refusals++ < 2
            ? RecordingCollector.Refuse(sequence, ReportRefusal.NotStored, "disk full")
            : RecordingCollector.Accept(sequence);
        _agent.Start();

        await _collector.WaitForAsync(m => m.Lost?.Sequence == 3);
        await Task.Delay(TimeSpan.FromSeconds(3));

        Assert.Equal([1ul, 2, 3], _collector.All.Skip(1).Select(r => r.Message.Lost.Sequence));
        Assert.Equal(1, _agent.CountInLog("disk full"));
    }

    [Fact]
    public async Task What_is_refused_is_told_once_and_not_sent_again()
    {
        _collector.Answer = (_, sequence) => RecordingCollector.Refuse(sequence, ReportRefusal.WrongAgent, "enrolled for web-2");
        _agent.Start();

        await _agent.WaitForLogAsync("enrolled for web-2");
        await Task.Delay(TimeSpan.FromSeconds(3));

        Assert.Equal(2, _collector.All.Length);
        Assert.Equal(1, _agent.CountInLog("enrolled for web-2"));
        Assert.Equal(0, _collector.EndedStreams);
    }

    [Fact]
    public async Task Nothing_is_sent_of_an_instance_that_the_Collector_does_not_take()
    {
        _agent.Configure([(_collector.Endpoint, null)], [(_web, NoTor), (_mail, NoTor)]);
        _collector.IsEnrolled = address => address == _mail;
        _agent.Start();

        await _collector.WaitForAsync(IsLost(_mail));

        Assert.Equal(2, _collector.All.Length);
        Assert.Equal(1, _agent.CountInLog("takes no reports of"));
    }

    [Fact]
    public async Task On_SIGTERM_it_says_goodbye_and_ends_well()
    {
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));

        _agent.Signal("TERM");

        Assert.Equal(ExitCode.Fine, await _agent.WaitForExitAsync());
        Assert.Equal(AgentMessage.KindOneofCase.Goodbye, _collector.All[^1].Message.KindCase);
    }

    [Fact]
    public async Task On_SIGTERM_it_ends_although_no_Collector_listens()
    {
        await _collector.StopAsync();
        _agent.Start();
        await _agent.WaitForLogAsync("Not connected to collector");

        _agent.Signal("TERM");

        Assert.Equal(ExitCode.Fine, await _agent.WaitForExitAsync());
    }

    [Fact]
    public async Task On_SIGHUP_an_instance_left_out_is_withdrawn_and_a_new_one_announced()
    {
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));

        _agent.Configure([(_collector.Endpoint, "collector-1")], [(_mail, NoTor)]);
        _agent.Signal("HUP");

        var withdrawn = await _collector.WaitForAsync(m => m.Lost?.Reason == LossReason.Withdrawn);
        Assert.Equal(_web, withdrawn.Message.Lost.InstanceAddress);
        var hello = await _collector.WaitForAsync(m => m.Hello?.InstanceAddresses.Contains(_mail) == true);
        Assert.DoesNotContain(_web, hello.Message.Hello.InstanceAddresses);
        await _collector.WaitForAsync(IsLost(_mail));
        Assert.DoesNotContain(_collector.All, r => r.Message.KindCase == AgentMessage.KindOneofCase.Goodbye);
    }

    /// <summary>Cut off with it, the withdrawal would be a loss that the Collector takes for one after its grace alone.</summary>
    [Fact]
    public async Task The_stream_on_which_an_instance_is_withdrawn_lasts_until_the_Collector_has_answered()
    {
        var busy = TimeSpan.FromSeconds(2);
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));
        _collector.Busy = busy;

        _agent.Configure([(_collector.Endpoint, "collector-1")], [(_mail, NoTor)]);
        _agent.Signal("HUP");

        var withdrawn = await _collector.WaitForAsync(m => m.Lost?.Reason == LossReason.Withdrawn);
        var hello = await _collector.WaitForAsync(m => m.Hello?.InstanceAddresses.Contains(_mail) == true);
        Assert.True(hello.At - withdrawn.At >= busy, $"{hello.At - withdrawn.At}");
    }

    [Fact]
    public async Task An_instance_that_is_left_out_before_the_Collectors_welcome_is_withdrawn()
    {
        _collector.Busy = TimeSpan.FromSeconds(3);
        _agent.Start();
        await _collector.WaitForAsync(m => m.Hello is not null);

        _agent.Configure([(_collector.Endpoint, "collector-1")], [(_mail, NoTor)]);
        _agent.Signal("HUP");

        var withdrawn = await _collector.WaitForAsync(m => m.Lost?.Reason == LossReason.Withdrawn);
        Assert.Equal(_web, withdrawn.Message.Lost.InstanceAddress);
    }

    [Fact]
    public async Task On_SIGHUP_with_a_bad_file_all_stays_as_it_is()
    {
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));

        _agent.Configure([(_collector.Endpoint, "collector-1")], [("not-an-address.onion", NoTor)]);
        _agent.Signal("HUP");
        await _agent.WaitForLogAsync("the old one stays in force");

        Assert.Contains("instances[0].address: must be a v3 onion address", _agent.Log, StringComparison.Ordinal);
        Assert.Equal(0, _collector.EndedStreams);
    }

    [Fact]
    public async Task A_second_Collector_is_told_the_same_and_a_removed_one_hears_goodbye()
    {
        await using var second = new RecordingCollector(_pki, "collector-2");
        await second.StartAsync();
        _agent.Configure([(_collector.Endpoint, "collector-1"), (second.Endpoint, "collector-2")], [(_web, NoTor)]);
        _agent.Start();
        await _collector.WaitForAsync(IsLost(_web));
        await second.WaitForAsync(IsLost(_web));

        _agent.Configure([(second.Endpoint, "collector-2")], [(_web, NoTor)]);
        _agent.Signal("HUP");

        await _collector.WaitForAsync(m => m.KindCase == AgentMessage.KindOneofCase.Goodbye);
        Assert.DoesNotContain(second.All, r => r.Message.KindCase == AgentMessage.KindOneofCase.Goodbye);
        Assert.Equal(0, second.EndedStreams);
    }

    [Fact]
    public async Task A_Collector_of_another_name_is_told_nothing()
    {
        _agent.Configure([(_collector.Endpoint, "collector-9")], [(_web, NoTor)]);
        _agent.Start();

        await _agent.WaitForLogAsync("the name collector-9 is wanted here");

        Assert.Empty(_collector.All);
    }

    [Fact]
    public async Task A_certificate_of_another_role_is_refused_at_the_start()
    {
        var certificate = _pki.Issue(PeerRole.Signer, "vault");
        File.Copy(certificate.Certificate, Path.Combine(_pki.Folder, "web-1.crt"), overwrite: true);
        File.Copy(certificate.Key, Path.Combine(_pki.Folder, "web-1.key"), overwrite: true);

        _agent.Start();

        Assert.Equal(ExitCode.Failure, await _agent.WaitForExitAsync());
        Assert.Contains("--role agent", _agent.Log, StringComparison.Ordinal);
    }

    private static Func<AgentMessage, bool> IsLost(string address) => message => message.Lost?.InstanceAddress == address;
}
