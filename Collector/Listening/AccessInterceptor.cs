using Grpc.Core;
using Grpc.Core.Interceptors;
using OnionBalance.Split.Hosting.Tls;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>Holds every call to the <see cref="AccessTable"/>, before its handler sees it.</summary>
internal sealed class AccessInterceptor(TimeProvider time, ILogger<AccessInterceptor> logger) : Interceptor
{
    private readonly RefusalReport _refusals = new(time, logger);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(requestStream, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(requestStream, responseStream, context);
    }

    private void Check(ServerCallContext context)
    {
        var caller = Caller.Of(context);
        if (caller is not null && AccessTable.Allows(context.Method, caller.Role))
            return;
        _refusals.Tell($"A call of {caller?.Role.ToString() ?? "nobody"} '{caller?.Name ?? "unknown"}'", $"its role may not call {context.Method}");
        throw new RpcException(new Status(StatusCode.PermissionDenied, "the certificate's role may not call this method"));
    }
}
