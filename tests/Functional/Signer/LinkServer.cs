using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>The Collector's end of the signer link, over mutual TLS, for the tests to ask what they like.</summary>
internal sealed class LinkServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MutualTlsIdentity _identity;
    private readonly Channel<AttachedSigner> _attached;

    private LinkServer(WebApplication app, MutualTlsIdentity identity, Channel<AttachedSigner> attached)
    {
        _app = app;
        _identity = identity;
        _attached = attached;
    }

    public string Endpoint { get; private set; } = "";

    /// <summary>What every Signer is told instead of being taken; null to take it.</summary>
    public Status? Refusal { get; set; }

    public static async Task<LinkServer> StartAsync(TlsFiles files, string? endpoint = null)
    {
        LinkServer? server = null;
        var attached = Channel.CreateUnbounded<AttachedSigner>();
        var identity = MutualTlsIdentity.Load(files, TimeProvider.System, NullLogger.Instance);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var port = endpoint is null ? 0 : int.Parse(endpoint.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(identity.CreateServerOptions(PeerExpectation.Client(PeerRole.Signer), "test")),
            });
        }));
        builder.Services.AddSingleton(attached);
        builder.Services.AddSingleton(_ => server!);
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 4 * 1024 * 1024);
        var app = builder.Build();
        app.MapGrpcService<LinkService>();
        server = new LinkServer(app, identity, attached);
        await app.StartAsync();
        server.Endpoint = $"127.0.0.1:{new Uri(app.Urls.Single()).Port}";
        return server;
    }

    /// <summary>The next Signer that attaches.</summary>
    public async Task<AttachedSigner> NextAsync(TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        return await _attached.Reader.ReadAsync(late.Token);
    }

    /// <summary>True when somebody attaches within that time.</summary>
    public async Task<bool> IsDialedAsync(TimeSpan within)
    {
        try
        {
            await NextAsync(within);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _identity.Dispose();
    }

    private sealed class LinkService(LinkServer server, Channel<AttachedSigner> attached) : SignerLink.SignerLinkBase
    {
        public override async Task Attach(
            IAsyncStreamReader<SignerMessage> requestStream, IServerStreamWriter<SignRequest> responseStream, ServerCallContext context)
        {
            Assert.True(await requestStream.MoveNext(context.CancellationToken));
            var signer = new AttachedSigner(requestStream.Current.Hello);
            attached.Writer.TryWrite(signer);
            if (server.Refusal is { } refusal)
                throw new RpcException(refusal);
            await context.WriteResponseHeadersAsync(Metadata.Empty);
            var writing = WriteAsync(signer, responseStream, context.CancellationToken);
            try
            {
                while (await requestStream.MoveNext(context.CancellationToken))
                    signer.Take(requestStream.Current.Result);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
            {
                // The Signer went away, which is what some tests do to it.
            }

            signer.End();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private static async Task WriteAsync(AttachedSigner signer, IServerStreamWriter<SignRequest> requests, CancellationToken over)
        {
            await foreach (var request in signer.Requests.ReadAllAsync(over))
                await requests.WriteAsync(request, over);
        }
    }
}

/// <summary>One stream of a Signer.</summary>
internal sealed class AttachedSigner(SignerHello hello)
{
    private readonly Channel<SignRequest> _requests = Channel.CreateUnbounded<SignRequest>();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<SignResult>> _open = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _lastId;

    public SignerHello Hello => hello;

    public Task Ended => _ended.Task;

    internal ChannelReader<SignRequest> Requests => _requests.Reader;

    /// <summary>Null when the Signer goes away before it answers.</summary>
    public async Task<SignResult?> AskAsync(SignRequest request)
    {
        request = request.Clone();
        request.Id = Interlocked.Increment(ref _lastId);
        var answer = _open.GetOrAdd(request.Id, _ => new TaskCompletionSource<SignResult>(TaskCreationOptions.RunContinuationsAsynchronously));
        _requests.Writer.TryWrite(request);
        await Task.WhenAny(answer.Task, Ended);
        return answer.Task.IsCompletedSuccessfully ? await answer.Task : null;
    }

    internal void Take(SignResult result)
    {
        if (_open.TryRemove(result.Id, out var waiting))
            waiting.SetResult(result);
    }

    internal void End()
    {
        _requests.Writer.TryComplete();
        _ended.TrySetResult();
    }
}
