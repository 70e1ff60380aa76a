using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Collector;
using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tests.Functional.Signer;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>
/// Row of the threat table: a backend. It can serve as that one instance until it is removed; it cannot sign anything of the
/// master, nor speak for another instance. The attacker has the backend's certificate, its instance's keys, and all that
/// the master descriptor tells: the introduction points of the others.
/// </summary>
public sealed class A_compromised_backend : IAsyncLifetime, IAsyncDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly string _folder = Directory.CreateTempSubdirectory("obs-backend").FullName;
    private readonly IdentitySecretKey _master = IdentitySecretKey.Generate();
    private readonly Instance _honest = new();
    private readonly Instance _quiet = new();
    private readonly Instance _hostile = new();
    private readonly AgentPki _pki;
    private readonly CollectorUnderTest _collector;
    private readonly ScriptedTor _tor;
    private ulong _sequence;

    public A_compromised_backend()
    {
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _tor = new ScriptedTor(_collector.TorSocket, Now);
        _collector.Configure(
            OnionAddress.From(_master.PublicKey).ToFullString(),
            [(Name(_honest), "honest"), (Name(_quiet), "quiet"), (Name(_hostile), "hostile")]);
    }

    public async Task InitializeAsync()
    {
        await _collector.StartAsync();
        await _collector.WaitForLogAsync("Going by the consensus");
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _tor.DisposeAsync();
        _master.Dispose();
        _honest.Dispose();
        _quiet.Dispose();
        _hostile.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Cannot_take_the_introduction_points_of_another_not_even_over_a_crash_of_the_collector()
    {
        using (var honest = Backend("honest"))
        using (var hostile = Backend("hostile"))
        {
            using var mine = await HelloAsync(honest, _honest);
            using var theirs = await HelloAsync(hostile, _hostile);
            Assert.Null(await ReportAsync(mine, _honest));
            Assert.Null(await ReportAsync(theirs, _hostile));
            Assert.Equal(ReportRefusal.PointOfAnotherInstance, await ReportAsync(theirs, _hostile, stolen: _honest.Points[0]));

            // Control: every signature of such a report holds. A point that nobody has shown yet passes.
            Assert.Null(await ReportAsync(theirs, _hostile, stolen: _quiet.Points[0]));
        }

        _collector.Signal("KILL");
        await _collector.WaitForExitAsync();
        _collector.ForgetLog();
        await InitializeAsync();

        using var again = Backend("hostile");
        using var stream = await HelloAsync(again, _hostile);
        Assert.Equal(ReportRefusal.PointOfAnotherInstance, await ReportAsync(stream, _hostile, stolen: _honest.Points[0]));
        await _collector.WaitForLogAsync($"Instance {_hostile.Address} names an introduction point that instance {_honest.Address} showed first");
        using var back = Backend("honest");
        using var own = await HelloAsync(back, _honest);
        Assert.Null(await ReportAsync(own, _honest));

        var (_, json, _) = await _collector.VerbAsync("status", "--json");
        using var status = JsonDocument.Parse(json);
        var instances = status.RootElement.GetProperty("services")[0].GetProperty("instances").EnumerateArray().ToDictionary(instance => instance.GetProperty("address").GetString()!);
        Assert.Contains("showed first", instances[Name(_hostile)].GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, instances[Name(_honest)].GetProperty("introductionPoints").GetInt32());
        var (_, table, _) = await _collector.VerbAsync("status");
        Assert.Matches(@"showed\s+first", table);
    }

    [Fact]
    public async Task Cannot_speak_for_another_instance()
    {
        using var hostile = Backend("hostile");
        using var stream = hostile.Report(Name(_honest), Name(_hostile));
        Assert.Equal([Name(_hostile)], (await stream.NextAsync()).Welcome.EnrolledAddresses);
        using (var honest = Backend("honest"))
        {
            using var own = await HelloAsync(honest, _honest);
            Assert.Null(await ReportAsync(own, _honest));

            // The other's genuine descriptor, as the other's and as its own; and word that the other is gone.
            Assert.Equal(ReportRefusal.WrongAgent, await ReportAsync(stream, _honest));
            Assert.Equal(ReportRefusal.NotAuthentic, await SendAsync(stream, Name(_hostile), Describe(_honest, _honest.Inner)));
            var loss = new InstanceLost { Sequence = ++_sequence, InstanceAddress = Name(_honest), Reason = LossReason.Withdrawn };
            stream.Send(new AgentMessage { Lost = loss });
            Assert.Equal(ReportRefusal.WrongAgent, (await stream.NextAsync()).Refused.Reason);

            // Control: the same words of the instance's own agent are heard.
            Assert.Null(await SendAsync(own, Name(_honest), Describe(_honest, _honest.Inner)));
            own.Send(new AgentMessage { Lost = loss });
            Assert.NotNull((await own.NextAsync()).Accepted);
        }
    }

    [Fact]
    public async Task Cannot_pass_for_a_signer_or_an_operator()
    {
        using var hostile = Backend("hostile");
        using var attach = hostile.Attach();
        await attach.RequestStream.WriteAsync(new SignerMessage { Hello = new SignerHello { ServiceAddresses = { OnionAddress.From(_master.PublicKey).ToFullString() } } });
        var refused = await Assert.ThrowsAsync<RpcException>(() => attach.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        refused = await Assert.ThrowsAsync<RpcException>(() => new Operator.OperatorClient(hostile.Channel).StatusAsync(new StatusRequest()).ResponseAsync);
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);

        // Control: the same call with a Signer's certificate.
        using var signer = new Peer(_pki, PeerRole.Signer, "signer1", _collector.Endpoint);
        using var welcome = signer.Attach();
        await welcome.RequestStream.WriteAsync(new SignerMessage { Hello = new SignerHello { ServiceAddresses = { OnionAddress.From(_master.PublicKey).ToFullString() } } });
        await _collector.WaitForLogAsync("Signer 'signer1'");
    }

    [Fact]
    public async Task Gets_no_signature_from_a_signer_that_it_lures_to_itself()
    {
        using var signer = new SignerUnderTest();
        await using var impostor = await LinkServer.StartAsync(signer.Tls("agent1"));
        signer.Configure(impostor.Endpoint);
        signer.Start();
        await signer.WaitForLogAsync("Not attached to the Collector");
        Assert.False(await impostor.IsDialedAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Cannot_sign_for_the_master_with_the_keys_it_has()
    {
        var period = NetworkTiming.Public.PeriodAt(Now);
        var text = Describe(_hostile, _hostile.Inner);
        Assert.False(DescriptorReader.TryRead(text, _master.PublicKey, [period], Now, null, out _, out var fault));
        Assert.Equal(DescriptorFault.WrongKey, fault);
        Assert.True(DescriptorReader.TryRead(text, _hostile.Address.PublicKey, [period], Now, null, out _, out _));
    }

    private Peer Backend(string agent) => new(_pki, PeerRole.Agent, agent, _collector.Endpoint);

    private static string Name(Instance instance) => instance.Address.ToFullString();

    private static async Task<AgentStream> HelloAsync(Peer peer, Instance instance)
    {
        var stream = peer.Report(Name(instance));
        Assert.Equal([Name(instance)], (await stream.NextAsync()).Welcome.EnrolledAddresses);
        return stream;
    }

    /// <summary>With another's KP_hs_ipt_sid in it, where one is given, and the rest of that point the instance's own.</summary>
    private Task<ReportRefusal?> ReportAsync(AgentStream stream, Instance instance, IntroductionPoint? stolen = null) =>
        SendAsync(stream, Name(instance), Describe(instance, stolen is null ? instance.Inner : instance.Robbing(stolen)));

    private async Task<ReportRefusal?> SendAsync(AgentStream stream, string address, byte[] text)
    {
        stream.Send(new AgentMessage { Descriptor_ = new InstanceDescriptor { Sequence = ++_sequence, InstanceAddress = address, Text = ByteString.CopyFrom(text) } });
        var reply = await stream.NextAsync();
        return reply.KindCase == AgentReply.KindOneofCase.Refused ? reply.Refused.Reason : null;
    }

    private static byte[] Describe(Instance instance, InnerLayer inner) => instance.Describe(NetworkTiming.Public.PeriodAt(Now), Now, 1000, inner);
}
