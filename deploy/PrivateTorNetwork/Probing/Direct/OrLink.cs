using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace OnionBalance.Split.PrivateTorNetwork.Probing.Direct;

/// <summary>A link to a relay's OR port as an unauthenticated client, tor-spec "channels" with link protocol 4.</summary>
internal sealed class OrLink : IAsyncDisposable
{
    internal const int PayloadLength = 509;

    /// <summary>The initiator's circuit ids have the highest bit; there is one circuit per link here.</summary>
    internal const uint CircuitId = 0x8000_0001;

    private const byte VersionsCommand = 7;
    private const byte NetInfoCommand = 8;
    private const int CellLength = 4 + 1 + PayloadLength;

    private readonly TcpClient _client;
    private readonly SslStream _tls;

    private OrLink(TcpClient client, SslStream tls)
    {
        _client = client;
        _tls = tls;
    }

    internal static async Task<OrLink> OpenAsync(int orPort, CancellationToken ct)
    {
        var client = new TcpClient { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, orPort, ct).ConfigureAwait(false);
            // Who the relay is shows the ntor handshake, not its self-made link certificate.
            tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "www.private-network.invalid" }, ct).ConfigureAwait(false);
            var link = new OrLink(client, tls);
            await link.NegotiateAsync(ct).ConfigureAwait(false);
            return link;
        }
        catch
        {
            tls?.Dispose();
            client.Dispose();
            throw;
        }
    }

    internal async Task SendAsync(byte command, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        var cell = new byte[CellLength];
        BinaryPrimitives.WriteUInt32BigEndian(cell, command == NetInfoCommand ? 0 : CircuitId);
        cell[4] = command;
        payload.Span.CopyTo(cell.AsSpan(5));
        await _tls.WriteAsync(cell, ct).ConfigureAwait(false);
    }

    /// <summary>The next cell: fixed ones with 509 bytes, variable ones with as many as they have.</summary>
    internal async Task<(byte Command, byte[] Payload)> ReceiveAsync(CancellationToken ct)
    {
        var head = new byte[5];
        await _tls.ReadExactlyAsync(head, ct).ConfigureAwait(false);
        var length = head[4] is VersionsCommand or >= 128 ? await ReadLengthAsync(ct).ConfigureAwait(false) : PayloadLength;
        var payload = new byte[length];
        await _tls.ReadExactlyAsync(payload, ct).ConfigureAwait(false);
        return (head[4], payload);
    }

    public async ValueTask DisposeAsync()
    {
        await _tls.DisposeAsync().ConfigureAwait(false);
        _client.Dispose();
    }

    private async Task NegotiateAsync(CancellationToken ct)
    {
        // VERSIONS is the one cell with circuit ids of two bytes: version 4 alone is offered.
        await _tls.WriteAsync(new byte[] { 0, 0, VersionsCommand, 0, 2, 0, 4 }, ct).ConfigureAwait(false);
        var head = new byte[3];
        await _tls.ReadExactlyAsync(head, ct).ConfigureAwait(false);
        await _tls.ReadExactlyAsync(new byte[await ReadLengthAsync(ct).ConfigureAwait(false)], ct).ConfigureAwait(false);
        if (head[2] != VersionsCommand)
            throw new IOException("The relay did not answer with a VERSIONS cell.");
        while ((await ReceiveAsync(ct).ConfigureAwait(false)).Command != NetInfoCommand)
        {
            // CERTS and AUTH_CHALLENGE: for those who check certificates or authenticate.
        }

        // Time 0 and no addresses of our own, as clients do; the other's address is the loopback.
        await SendAsync(NetInfoCommand, new byte[] { 0, 0, 0, 0, 4, 4, 127, 0, 0, 1, 0 }, ct).ConfigureAwait(false);
    }

    private async Task<int> ReadLengthAsync(CancellationToken ct)
    {
        var length = new byte[2];
        await _tls.ReadExactlyAsync(length, ct).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt16BigEndian(length);
    }
}
