using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels.Protos;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Answers in each shape; what it is to do beside that stands in the metadata "x-do".</summary>
internal sealed class EchoService(EchoRecord record) : Echo.EchoBase
{
    public override async Task<BytesValue> Unary(BytesValue request, ServerCallContext context)
    {
        Note(context);
        await context.WriteResponseHeadersAsync([new Metadata.Entry("x-head", Echoed(context))]);
        context.ResponseTrailers.Add("x-tail", Echoed(context));
        context.ResponseTrailers.Add("x-tail-bin", [0, 1, 255]);
        switch (context.RequestHeaders.GetValue("x-do"))
        {
            case "fail":
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "nicht möglich: 100 %"));
            case "wait":
                await WaitForCancellationAsync(context);
                break;
        }

        return request;
    }

    public override async Task<BytesValue> Collect(IAsyncStreamReader<BytesValue> requestStream, ServerCallContext context)
    {
        var (count, length) = (0, 0L);
        await foreach (var part in requestStream.ReadAllAsync(context.CancellationToken))
            (count, length) = (count + 1, length + part.Value.Length);
        return Text(string.Create(CultureInfo.InvariantCulture, $"{count} {length}"));
    }

    public override async Task Expand(BytesValue request, IServerStreamWriter<BytesValue> responseStream, ServerCallContext context)
    {
        var count = int.Parse(request.Value.ToStringUtf8(), CultureInfo.InvariantCulture);
        for (var number = 0; number < count; number++)
            await responseStream.WriteAsync(Text(number.ToString(CultureInfo.InvariantCulture)), context.CancellationToken);
    }

    public override async Task Chat(IAsyncStreamReader<BytesValue> requestStream, IServerStreamWriter<BytesValue> responseStream, ServerCallContext context)
    {
        try
        {
            await foreach (var part in requestStream.ReadAllAsync(context.CancellationToken))
                await responseStream.WriteAsync(part, context.CancellationToken);
            record.Ended.TryAdd(Echoed(context), "completed");
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            record.Ended.TryAdd(Echoed(context), exception.GetType().Name);
        }
    }

    internal static BytesValue Text(string text) => new() { Value = ByteString.CopyFromUtf8(text) };

    private static string Echoed(ServerCallContext context) => context.RequestHeaders.GetValue("x-echo") ?? "";

    private async Task WaitForCancellationAsync(ServerCallContext context)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.CancellationToken.Register(cancelled.SetResult))
            await cancelled.Task;
        record.Ended.TryAdd(Echoed(context), "cancelled");
    }

    private void Note(ServerCallContext context)
    {
        if (context.GetHttpContext().Connection.ClientCertificate is { } certificate && PeerIdentity.TryFromCertificate(certificate, out var peer, out _))
            record.Callers.TryAdd(peer.ToUri(), true);
    }
}

/// <summary>What the service saw, for the tests to look at.</summary>
internal sealed class EchoRecord
{
    /// <summary>How calls ended, by their metadata "x-echo".</summary>
    public ConcurrentDictionary<string, string> Ended { get; } = new();

    public ConcurrentDictionary<string, bool> Callers { get; } = new();
}
