using System.Collections.Immutable;
using Grpc.Core;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>The Signers' end of the collector: they dial in, and requests travel to them as replies.</summary>
internal sealed partial class SignerLinkService(
    SignerPool pool, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<SignerLinkService> logger)
    : SignerLink.SignerLinkBase
{
    private const int MostServices = 1024;
    private const int LongestSoftware = 64;

    private static readonly TimeSpan HelloWait = TimeSpan.FromSeconds(10);

    public override async Task Attach(
        IAsyncStreamReader<SignerMessage> requestStream, IServerStreamWriter<SignRequest> responseStream, ServerCallContext context)
    {
        var name = Caller.Of(context)!.Name;
        var hello = await HelloAsync(requestStream, context.CancellationToken);
        var services = ServicesOf(hello);
        await pool.ArrivalsOf(name).PaceAsync(context.CancellationToken);
        // The Signer is to know now that it is taken, and not with its first request.
        await context.WriteResponseHeadersAsync(Metadata.Empty);
        using var signer = pool.Attach(name, hello.Software, services);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(signer.Ending, lifetime.ApplicationStopping, context.CancellationToken);
        var offered = Counted.Of(signer.Services.Count, "service");
        LogAttached(name, hello.Software, offered);
        var reading = ReadAsync(signer, requestStream, ending.Token);
        var writing = WriteAsync(signer, responseStream, ending.Token);
        try
        {
            await await Task.WhenAny(reading, writing);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException || context.CancellationToken.IsCancellationRequested)
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Unavailable, "the collector stops"));
            if (signer.Ending.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
                throw new RpcException(new Status(StatusCode.Aborted, "a newer connection of this Signer has taken its place"));
        }
        finally
        {
            pool.Detach(signer);
            if (signer.Services.All(service => pool.Snapshot.Any(other => other.Services.Contains(service))))
                LogDetached(name);
            else
                LogLastDetached(name);
            // Neither may outlive the call: both end with the token that Detach has cancelled.
            await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(AttachedSigner signer, IAsyncStreamReader<SignerMessage> messages, CancellationToken cancellationToken)
    {
        while (await messages.MoveNext(cancellationToken))
        {
            if (messages.Current.KindCase != SignerMessage.KindOneofCase.Result)
                throw new RpcException(new Status(StatusCode.InvalidArgument, "after the first message only results are expected"));
            if (!signer.TryAnswer(messages.Current.Result))
                LogUnexpectedAnswer(signer.Name, messages.Current.Result.Id);
        }
    }

    private static async Task WriteAsync(AttachedSigner signer, IServerStreamWriter<SignRequest> requests, CancellationToken cancellationToken)
    {
        await foreach (var request in signer.Requests.ReadAllAsync(cancellationToken))
            await requests.WriteAsync(request, cancellationToken);
    }

    private async Task<SignerHello> HelloAsync(IAsyncStreamReader<SignerMessage> messages, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(HelloWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            if (!await messages.MoveNext(either.Token) || messages.Current.KindCase != SignerMessage.KindOneofCase.Hello)
                throw Invalid("the first message must be a SignerHello");
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "no SignerHello came"));
        }

        var hello = messages.Current.Hello;
        if (hello.Software.Length > LongestSoftware || hello.Software.Any(char.IsControl))
            throw Invalid($"SignerHello.software is longer than {LongestSoftware} characters or not plain text");
        if (hello.ServiceAddresses.Count > MostServices)
            throw Invalid($"SignerHello names more than {MostServices} services");
        return hello;
    }

    private static ImmutableHashSet<OnionAddress> ServicesOf(SignerHello hello)
    {
        var services = ImmutableHashSet.CreateBuilder<OnionAddress>();
        foreach (var text in hello.ServiceAddresses)
        {
            if (!OnionAddress.TryParse(text, out var address))
                throw Invalid("SignerHello names a service that is not a v3 onion address");
            services.Add(address);
        }

        return services.ToImmutable();
    }

    private static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));

    [LoggerMessage(Level = LogLevel.Information, Message = "Signer '{Signer}' ({Software}) is attached and offers {Services}")]
    private partial void LogAttached(string signer, string software, string services);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signer '{Signer}' is detached: another one signs for its services")]
    private partial void LogDetached(string signer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signer '{Signer}' is detached: what is published stays until it expires at the HSDirs, and nothing can be published anew until a Signer attaches")]
    private partial void LogLastDetached(string signer);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Signer '{Signer}' answered request {Id}, which nobody waits for")]
    private partial void LogUnexpectedAnswer(string signer, ulong id);
}
