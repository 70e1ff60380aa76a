using Grpc.Core;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>What a caller may be. A collector's own certificate opens nothing here.</summary>
internal enum CallerRole
{
    Collector,
    Agent,
    Signer,

    /// <summary>Whoever may open the operator's socket: the file's mode decides.</summary>
    Operator,
}

/// <summary>Who is at the other end of a connection: set on it once, before the first call.</summary>
/// <param name="Name">The name in the certificate, or "operator".</param>
internal sealed record Caller(CallerRole Role, string Name)
{
    internal static readonly Caller LocalOperator = new(CallerRole.Operator, "operator");

    internal static Caller From(PeerIdentity peer) => new(
        peer.Role switch
        {
            PeerRole.Agent => CallerRole.Agent,
            PeerRole.Signer => CallerRole.Signer,
            _ => CallerRole.Collector,
        },
        peer.Name);

    /// <summary>Null when the connection has none, which then may call nothing.</summary>
    internal static Caller? Of(ServerCallContext context) => context.GetHttpContext().Features.Get<Caller>();
}
