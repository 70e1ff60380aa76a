using Google.Protobuf;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Collector;
using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>A Signer in an attacker's hands that refuses with more words than the operator's status may hold.</summary>
public sealed class A_signer_that_talks_much : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly string Detail = "no\u001b[2J\r\nand " + new string('y', 3 << 20);

    private readonly string _folder = Directory.CreateTempSubdirectory("obs-words").FullName;
    private readonly Instance _instance = new();
    private readonly string _master;
    private readonly AgentPki _pki;
    private readonly CollectorUnderTest _collector;
    private readonly ScriptedTor _tor;

    public A_signer_that_talks_much()
    {
        using var master = IdentitySecretKey.Generate();
        _master = OnionAddress.From(master.PublicKey).ToFullString();
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _tor = new ScriptedTor(_collector.TorSocket, Now);
        _collector.Configure(_master, [(Name, "backend")]);
    }

    private string Name => _instance.Address.ToFullString();

    public async Task InitializeAsync()
    {
        await _collector.StartAsync();
        await _collector.WaitForLogAsync("Going by the consensus");
    }

    public async Task DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _tor.DisposeAsync();
        _instance.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Hides_nothing_from_the_operator()
    {
        using var hostile = new Peer(_pki, PeerRole.Signer, "hostile", _collector.Endpoint);
        using var attached = hostile.Attach();
        await attached.RequestStream.WriteAsync(new SignerMessage { Hello = new SignerHello { ServiceAddresses = { _master } } });
        await _collector.WaitForLogAsync("Signer 'hostile'");
        using var backend = new Peer(_pki, PeerRole.Agent, "backend", _collector.Endpoint);
        using var stream = backend.Report(Name);
        var text = ByteString.CopyFrom(_instance.Describe(NetworkTiming.Public.PeriodAt(Now), Now, 1000, _instance.Inner));
        stream.Send(new AgentMessage { Descriptor_ = new InstanceDescriptor { Sequence = 1, InstanceAddress = Name, Text = text } });

        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        Assert.True(await attached.ResponseStream.MoveNext(soon.Token));
        var refusal = new Refusal { Reason = SignRefusal.ServiceStopped, Status = 9, Detail = Detail };
        await attached.RequestStream.WriteAsync(new SignerMessage { Result = new SignResult { Id = attached.ResponseStream.Current.Id, Refusal = refusal } });

        // Control: the refusal has arrived.
        await _collector.WaitForLogAsync("refuses to sign: ServiceStopped: no");
        var (code, output, error) = await _collector.VerbAsync("status");
        Assert.True(code == 0, error);
        Assert.Contains("ServiceStopped", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", output, StringComparison.Ordinal);
        Assert.All(_collector.Log.Split('\n'), line => Assert.True(line.Length < 2000 && !line.Contains('\u001b', StringComparison.Ordinal)));
    }
}
