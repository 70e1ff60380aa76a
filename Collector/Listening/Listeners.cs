using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>
/// The sockets: mutual TLS for agents and signers, over TCP or unix sockets, and the operator's own unix socket, which the
/// file's mode protects. Every connection gets its <see cref="Caller"/> before its first call.
/// </summary>
internal sealed class Listeners(CurrentConfiguration configuration, MutualTlsIdentity identity, ConnectionGuard guard)
{
    /// <summary>A peer that is gone is noticed after one of each.</summary>
    private static readonly TimeSpan KeepAlivePingDelay = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan KeepAlivePingTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>On each endpoint; <see cref="ConnectionGuard"/> sees to it that no one has them all.</summary>
    private const int MostConnections = 4096;

    internal void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        // Streams that stay open for days, and say nothing for hours.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = KeepAlivePingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = KeepAlivePingTimeout;
        foreach (var endpoint in configuration.Value.Listen)
        {
            if (endpoint.UnixPath is { } path)
                kestrel.ListenUnixSocket(path, UseMutualTls);
            else
                kestrel.Listen(endpoint.Tcp!, UseMutualTls);
        }

        kestrel.ListenUnixSocket(configuration.Value.OperatorSocket, UseOperator);
    }

    private static void UseOperator(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use((connection, next) =>
        {
            connection.Features.Set(Caller.LocalOperator);
            return next(connection);
        });
    }

    private void UseMutualTls(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http2;
        listen.Use(next => connection => guard.BeforeTlsAsync(connection, next));
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = handshake => ValueTask.FromResult(OptionsFor(handshake.Connection)),
        });
        listen.Use(next => connection => guard.AfterTlsAsync(connection, next));
    }

    /// <summary>Asked for each connection, so that renewed certificates hold from the next one on.</summary>
    private SslServerAuthenticationOptions OptionsFor(ConnectionContext connection)
    {
        var remote = connection.RemoteEndPoint is IPEndPoint address ? address.Address.ToString() : "on a unix socket";
        var options = identity.CreateServerOptions(PeerExpectation.Client(PeerRole.Agent, PeerRole.Signer), remote);
        var verify = options.RemoteCertificateValidationCallback!;
        options.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            if (!verify(sender, certificate, chain, errors)
                || certificate is not X509Certificate2 verified
                || !PeerIdentity.TryFromCertificate(verified, out var peer, out _))
            {
                return false;
            }

            connection.Features.Set(Caller.From(peer));
            return true;
        };
        return options;
    }
}
