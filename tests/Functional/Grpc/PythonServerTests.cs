using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels.Protos;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Our channel against Python's gRPC server: everything that works, and every server that must not.</summary>
public sealed class PythonServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestPki _pki = new();
    private readonly TestPki _stranger = new();
    private readonly TestPki _forger;
    private readonly List<IDisposable> _open = [];
    private readonly Dictionary<string, int> _ports = [];
    private Tool _python = null!;

    /// <summary>The forger's CA bears the name of ours.</summary>
    public PythonServerTests() => _forger = new TestPki(_pki.Root.GetNameInfo(X509NameType.SimpleName, forIssuer: false));

    public async Task InitializeAsync()
    {
        var servers = new Dictionary<string, TlsFiles>
        {
            ["good"] = _pki.Issue(PeerRole.Collector, "collector-1"),
            ["stranger"] = _stranger.Issue(PeerRole.Collector, "collector-1"),
            ["forger"] = _forger.Issue(PeerRole.Collector, "collector-1"),
            ["expired"] = _pki.Issue(PeerRole.Collector, "collector-1", CertificateWish.Expired),
            ["early"] = _pki.Issue(PeerRole.Collector, "collector-1", new CertificateWish { NotBefore = DateTimeOffset.UtcNow.AddHours(1) }),
            ["agent"] = _pki.Issue(PeerRole.Agent, "collector-1", new CertificateWish { AsServer = true }),
            ["client"] = _pki.Issue(PeerRole.Collector, "collector-1", new CertificateWish { AsServer = false }),
            ["nameless"] = _pki.Issue(PeerRole.Collector, "collector-1", new CertificateWish { Uris = ["https://example.org/"] }),
        };
        var script = Path.Combine(AppContext.BaseDirectory, "Grpc", "grpcio_server.py");
        _python = Tool.Start("/usr/bin/python3", [script, _pki.CaFile, .. servers.Values.SelectMany(files => (string[])[files.Certificate, files.Key])]);
        foreach (var name in servers.Keys)
            _ports[name] = int.Parse(await _python.LineAsync(Patience), CultureInfo.InvariantCulture);
    }

    public async Task DisposeAsync()
    {
        foreach (var open in _open)
            open.Dispose();
        await _python.DisposeAsync();
        _pki.Dispose();
        _stranger.Dispose();
        _forger.Dispose();
    }

    [Fact]
    public async Task Our_channel_and_python_understand_each_other()
    {
        var client = Dial("good", settings: new GrpcChannelSettings { LargestReceivedMessage = 5 << 20, LargestSentMessage = 64 << 20 });
        var deadline = DateTime.UtcNow.AddSeconds(60);

        Assert.Equal("hello", Text(await client.UnaryAsync(EchoService.Text("hello"), deadline: deadline)));

        using (var collect = client.Collect(deadline: deadline))
        {
            for (var part = 0; part < 40; part++)
                await collect.RequestStream.WriteAsync(new BytesValue { Value = ByteString.CopyFrom(new byte[1 << 20]) });
            await collect.RequestStream.CompleteAsync();
            Assert.Equal("40 41943040", Text(await collect));
        }

        using (var expand = client.Expand(EchoService.Text("5"), deadline: deadline))
        {
            var parts = new List<string>();
            await foreach (var part in expand.ResponseStream.ReadAllAsync())
                parts.Add(Text(part));
            Assert.Equal(["0", "1", "2", "3", "4"], parts);
        }

        using (var chat = client.Chat(deadline: deadline))
        {
            for (var turn = 0; turn < 3; turn++)
            {
                await chat.RequestStream.WriteAsync(EchoService.Text($"turn {turn}"));
                Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
                Assert.Equal($"turn {turn}", Text(chat.ResponseStream.Current));
            }

            await chat.RequestStream.CompleteAsync();
            Assert.False(await chat.ResponseStream.MoveNext(CancellationToken.None));
        }

        using (var call = client.UnaryAsync(EchoService.Text(""), new Metadata { { "x-echo", "kept" } }, deadline))
        {
            Assert.Equal("kept", (await call.ResponseHeadersAsync).GetValue("x-head"));
            await call;
            Assert.Equal("kept", call.GetTrailers().GetValue("x-tail"));
            Assert.Equal([0, 1, 255], call.GetTrailers().GetValueBytes("x-tail-bin")!);
        }

        var big = new BytesValue { Value = ByteString.CopyFrom(new byte[4 << 20]) };
        Assert.Equal(big, await client.UnaryAsync(big, deadline: deadline));
    }

    [Fact]
    public async Task Failures_come_over_with_status_text_and_trailers()
    {
        var client = Dial("good");
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.UnaryAsync(EchoService.Text(""), new Metadata { { "x-do", "fail" }, { "x-echo", "last" } }, DateTime.UtcNow.AddSeconds(60)));
        Assert.Equal((StatusCode.FailedPrecondition, "nicht möglich: 100 %", "last"), (failure.StatusCode, failure.Status.Detail, failure.Trailers.GetValue("x-tail")));

        var tooBig = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new BytesValue { Value = ByteString.CopyFrom(new byte[5 << 20]) }));
        Assert.Equal(StatusCode.ResourceExhausted, tooBig.StatusCode);

        var roomy = Dial("good", settings: new GrpcChannelSettings { LargestSentMessage = 64 << 20 });
        var answerTooBig = await Assert.ThrowsAsync<RpcException>(async () => await roomy.UnaryAsync(new BytesValue { Value = ByteString.CopyFrom(new byte[5 << 20]) }));
        Assert.Equal(StatusCode.ResourceExhausted, answerTooBig.StatusCode);
    }

    [Fact]
    public async Task Deadlines_and_cancellation_reach_the_other_side()
    {
        var client = Dial("good");
        var late = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.UnaryAsync(EchoService.Text(""), new Metadata { { "x-do", "wait" }, { "x-echo", "deadline" } }, DateTime.UtcNow.AddSeconds(1)));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.Equal("deadline cancelled", await _python.LineAsync(Patience));

        using var cancel = new CancellationTokenSource();
        using var call = client.UnaryAsync(EchoService.Text(""), new Metadata { { "x-do", "wait" }, { "x-echo", "cancel" } }, cancellationToken: cancel.Token);
        await call.ResponseHeadersAsync;
        await cancel.CancelAsync();
        var cancelled = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Cancelled, cancelled.StatusCode);
        Assert.Equal("cancel cancelled", await _python.LineAsync(Patience));
    }

    [Theory]
    [InlineData("stranger", "its certificate is not of the operator's CA")]
    [InlineData("forger", "its certificate is not of the operator's CA")]
    [InlineData("expired", "its certificate expired on")]
    [InlineData("early", "its certificate is not valid before")]
    [InlineData("agent", "its certificate is for onionbalance-split://agent/collector-1, and collector is wanted here")]
    [InlineData("client", "its certificate is not made for TLS servers (serverAuth)")]
    [InlineData("nameless", "its certificate names 0 onionbalance-split://ROLE/NAME identities instead of one")]
    public async Task A_server_that_is_not_ours_is_refused_with_the_reason(string server, string reason) => await IsRefusedAsync(Dial(server), reason);

    [Fact]
    public async Task A_server_of_another_name_is_refused() =>
        await IsRefusedAsync(
            Dial("good", PeerExpectation.Server(PeerRole.Collector, "collector-2")),
            "its certificate is for onionbalance-split://collector/collector-1, and the name collector-2 is wanted here");

    [Fact]
    public async Task The_server_refuses_us_with_a_certificate_of_another_CA()
    {
        var foreign = _stranger.Issue(PeerRole.Agent, "web-1") with { Ca = _pki.CaFile };
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await Dial("good", files: foreign).UnaryAsync(EchoService.Text(""), deadline: DateTime.UtcNow.AddSeconds(30)));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    private static async Task IsRefusedAsync(Echo.EchoClient client, string reason)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(EchoService.Text(""), deadline: DateTime.UtcNow.AddSeconds(30)));
        Assert.True(failure.Status.Detail.Contains(reason, StringComparison.Ordinal), failure.Status.Detail);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    private static string Text(BytesValue value) => value.Value.ToStringUtf8();

    private Echo.EchoClient Dial(string server, PeerExpectation? expected = null, TlsFiles? files = null, GrpcChannelSettings? settings = null)
    {
        var identity = MutualTlsIdentity.Load(files ?? _pki.Issue(PeerRole.Agent, "web-1"), TimeProvider.System, NullLogger.Instance);
        var channel = GrpcChannelFactory.Create($"127.0.0.1:{_ports[server]}", identity, expected ?? PeerExpectation.Server(PeerRole.Collector), settings);
        _open.Add(channel);
        _open.Add(identity);
        return new Echo.EchoClient(channel);
    }
}
