using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.InstanceAgent;

namespace OnionBalance.Split.Tests.Functional.Collector;

public sealed class A_running_collector : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("obs-collector").FullName;
    private readonly string _master = Fresh.Address().ToFullString();
    private readonly string _first = Fresh.Address().ToFullString();
    private readonly string _second = Fresh.Address().ToFullString();
    private AgentPki _pki = null!;
    private CollectorUnderTest _collector = null!;

    public async Task InitializeAsync()
    {
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _collector.Configure(_master, [(_first, "backend1"), (_second, "backend2")]);
        await _collector.StartAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Tells_an_agent_which_of_its_instances_are_enrolled_for_it()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using var stream = peer.Report(_first, _second, Fresh.Address().ToFullString());
        Assert.Equal([_first], (await stream.NextAsync()).Welcome.EnrolledAddresses);
    }

    [Fact]
    public async Task Refuses_reports_for_strangers_and_for_the_instances_of_others()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", "unix:" + _collector.PeerSocket);
        using var stream = peer.Report(_first);
        await stream.NextAsync();
        Assert.Equal(ReportRefusal.WrongAgent, await Refusal(stream, _second, 1));
        Assert.Equal(ReportRefusal.NotEnrolled, await Refusal(stream, Fresh.Address().ToFullString(), 2));
        Assert.Equal(ReportRefusal.Malformed, await Refusal(stream, "no address", 3));
        stream.Send(new AgentMessage { Lost = new InstanceLost { Sequence = 4, InstanceAddress = _second } });
        Assert.Equal(ReportRefusal.WrongAgent, (await stream.NextAsync()).Refused.Reason);
        await _collector.WaitForLogAsync("Refused a report of agent 'backend1'");
    }

    [Fact]
    public async Task Ends_a_stream_that_does_not_begin_with_a_fair_hello()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        AgentMessage[] openings =
        [
            new() { Goodbye = new Goodbye() },
            new() { Hello = new Hello { Software = new string('x', 65) } },
            new() { Hello = new Hello { Software = "two\nlines" } },
            new() { Hello = new Hello { InstanceAddresses = { Enumerable.Repeat(_first, 65) } } },
            new() { Hello = new Hello { InstanceAddresses = { "short.onion" } } },
        ];
        foreach (var opening in openings)
        {
            using var stream = new AgentStream(new MetadataChannel.MetadataChannelClient(peer.Channel).Report());
            stream.Send(opening);
            Assert.Equal(StatusCode.InvalidArgument, (await stream.EndAsync()).StatusCode);
        }
    }

    [Fact]
    public async Task Ends_a_stream_that_says_hello_twice_or_sends_too_much_at_once()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using (var twice = peer.Report(_first))
        {
            twice.Send(new AgentMessage { Hello = new Hello() });
            Assert.Equal(StatusCode.InvalidArgument, (await twice.EndAsync()).StatusCode);
        }

        using var large = peer.Report(_first);
        large.Send(new AgentMessage { Descriptor_ = new InstanceDescriptor { InstanceAddress = _first, Text = Google.Protobuf.ByteString.CopyFrom(new byte[61_000]) } });
        Assert.Equal(StatusCode.ResourceExhausted, (await large.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task Lets_a_newer_stream_of_an_agent_take_the_place_of_the_older()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using var older = peer.Report(_first);
        await older.NextAsync();
        using var newer = peer.Report(_first);
        await newer.NextAsync();
        var status = await older.EndAsync();
        Assert.Equal((StatusCode.Aborted, true), (status.StatusCode, status.Detail.Contains("newer connection", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(PeerRole.Agent)]
    [InlineData(PeerRole.Signer)]
    public async Task Lets_each_role_call_its_own_methods_and_no_other(PeerRole role)
    {
        using var peer = new Peer(_pki, role, "backend1", _collector.Endpoint);
        using (var report = peer.Report(_first))
        {
            if (role == PeerRole.Agent)
                Assert.NotNull((await report.NextAsync()).Welcome);
            else
                Assert.Equal(StatusCode.PermissionDenied, (await report.EndAsync()).StatusCode);
        }

        using (var attach = peer.Attach())
        {
            await attach.RequestStream.WriteAsync(new SignerMessage { Hello = new SignerHello { ServiceAddresses = { _master } } });
            if (role == PeerRole.Signer)
                await _collector.WaitForLogAsync("Signer 'backend1'");
            else
                Assert.Equal(StatusCode.PermissionDenied, (await Fails(() => attach.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);
        }

        Assert.Equal(StatusCode.PermissionDenied, (await Fails(() => new Operator.OperatorClient(peer.Channel).StatusAsync(new StatusRequest()).ResponseAsync)).StatusCode);
        var health = await new Grpc.Health.V1.Health.HealthClient(peer.Channel).CheckAsync(new HealthCheckRequest { Service = "live" });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        var ready = await new Grpc.Health.V1.Health.HealthClient(peer.Channel).CheckAsync(new HealthCheckRequest { Service = "ready" });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, ready.Status);
    }

    [Fact]
    public async Task Refuses_a_certificate_of_a_role_that_has_no_business_here_and_says_why()
    {
        using var collector = new Peer(_pki, PeerRole.Collector, "collector2", _collector.Endpoint);
        using var stream = collector.Report(_first);
        Assert.NotEqual(StatusCode.OK, (await stream.EndAsync()).StatusCode);
        await _collector.WaitForLogAsync("is not made for TLS clients");
    }

    [Fact]
    public async Task Refuses_a_certificate_of_another_ca_and_says_why()
    {
        var elsewhere = Directory.CreateTempSubdirectory("obs-other-ca").FullName;
        try
        {
            var otherPki = new AgentPki(elsewhere);
            // It trusts this collector, but comes with a certificate that its own CA has issued.
            File.Copy(Path.Combine(_folder, "ca.crt"), Path.Combine(elsewhere, "trusted.crt"));
            var files = otherPki.Issue(PeerRole.Agent, "backend1") with { Ca = Path.Combine(elsewhere, "trusted.crt") };
            using var identity = MutualTlsIdentity.Load(files, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
            using var channel = GrpcChannelFactory.Create(_collector.Endpoint, identity, PeerExpectation.Server(PeerRole.Collector));
            using var stream = new AgentStream(new MetadataChannel.MetadataChannelClient(channel).Report());
            Assert.NotEqual(StatusCode.OK, (await stream.EndAsync()).StatusCode);
            await _collector.WaitForLogAsync("is not of the operator's CA");
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Fact]
    public async Task Shows_its_status_as_a_table_and_as_json()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using var stream = peer.Report(_first);
        await stream.NextAsync();
        var table = await _collector.VerbAsync("status");
        Assert.Equal((0, ""), (table.ExitCode, table.Error));
        Assert.Contains(_master, table.Output, StringComparison.Ordinal);
        Assert.Contains("BROKEN", table.Output, StringComparison.Ordinal);
        Assert.Contains("awaited", table.Output, StringComparison.Ordinal);
        var json = await _collector.VerbAsync("status", "--json");
        using var status = JsonDocument.Parse(json.Output);
        Assert.False(status.RootElement.GetProperty("tor").GetProperty("connected").GetBoolean());
        Assert.Equal("backend1", status.RootElement.GetProperty("agents")[0].GetProperty("name").GetString());
        Assert.Equal(2, status.RootElement.GetProperty("services")[0].GetProperty("instances").GetArrayLength());
        var bySocket = await _collector.VerbAsync("status", "--socket", _collector.OperatorSocket, "--json");
        Assert.Equal((0, ""), (bySocket.ExitCode, bySocket.Error));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(_collector.OperatorSocket));
    }

    [Fact]
    public async Task Takes_up_new_instances_on_sighup_and_keeps_the_old_configuration_when_the_new_is_bad()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using var before = peer.Report(_first, _second);
        Assert.Equal([_first], (await before.NextAsync()).Welcome.EnrolledAddresses);

        _collector.Configure(_master, [(_first, "backend1"), (_second, "backend1")], "nonsense: 1");
        _collector.Signal("HUP");
        await _collector.WaitForLogAsync("nonsense: is not known here");

        _collector.Configure(_master, [(_first, "backend1"), (_second, "backend1")]);
        _collector.Signal("HUP");
        Assert.Equal(StatusCode.Aborted, (await before.EndAsync()).StatusCode);
        using var after = peer.Report(_first, _second);
        Assert.Equal([_first, _second], (await after.NextAsync()).Welcome.EnrolledAddresses);
    }

    [Fact]
    public async Task Starts_again_after_sigkill_over_its_stale_sockets_but_never_beside_another()
    {
        var (exitCode, _, error) = await _collector.VerbAsync("run");
        Assert.Equal(1, exitCode);
        Assert.Contains("is a collector running?", error, StringComparison.Ordinal);

        _collector.Signal("KILL");
        await _collector.WaitForExitAsync();
        Assert.True(File.Exists(_collector.OperatorSocket));
        _collector.ForgetLog();
        await _collector.StartAsync();
        Assert.Equal(0, (await _collector.VerbAsync("status")).ExitCode);
    }

    [Fact]
    public async Task Does_not_start_without_the_folder_of_a_socket_and_says_how_to_make_it()
    {
        var folder = Path.Combine(_collector.Folder, "run");
        var configuration = (await File.ReadAllTextAsync(_collector.ConfigFile)).Replace(_collector.OperatorSocket, $"{folder}/operator.sock", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_collector.ConfigFile, configuration);
        var (exitCode, _, error) = await _collector.VerbAsync("run");
        Assert.Equal(1, exitCode);
        Assert.Contains($"operator_socket: the folder {folder} of the socket", error, StringComparison.Ordinal);
        Assert.Contains($"'install -d -o {Environment.UserName} -m 755 {folder}'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stops_on_sigterm_within_seconds_though_agents_are_connected()
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        using var stream = peer.Report(_first);
        await stream.NextAsync();
        var started = TimeProvider.System.GetTimestamp();
        _collector.Signal("TERM");
        Assert.Equal(StatusCode.Unavailable, (await stream.EndAsync()).StatusCode);
        Assert.Equal(0, await _collector.WaitForExitAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.DoesNotContain("fail:", _collector.Log, StringComparison.Ordinal);
    }

    private static async Task<ReportRefusal> Refusal(AgentStream stream, string address, ulong sequence)
    {
        stream.Send(new AgentMessage { Descriptor_ = new InstanceDescriptor { Sequence = sequence, InstanceAddress = address } });
        var refused = (await stream.NextAsync()).Refused;
        Assert.Equal(sequence, refused.Sequence);
        Assert.NotEqual("", refused.Detail);
        return refused.Reason;
    }

    private static async Task<RpcException> Fails(Func<Task> call) => await Assert.ThrowsAsync<RpcException>(call);
}
