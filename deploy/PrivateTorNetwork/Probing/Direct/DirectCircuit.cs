using System.Buffers.Binary;
using System.Text;

namespace OnionBalance.Split.PrivateTorNetwork.Probing.Direct;

/// <summary>A circuit of two hops, built here without a tor, that asks its last relay for a directory document.</summary>
internal sealed class DirectCircuit : IAsyncDisposable
{
    private const byte RelayCell = 3;
    private const byte DestroyCell = 4;
    private const byte RelayEarlyCell = 9;
    private const byte Create2Cell = 10;
    private const byte Created2Cell = 11;

    private const byte RelayData = 2;
    private const byte RelayEnd = 3;
    private const byte RelayConnected = 4;
    private const byte RelayBeginDir = 13;
    private const byte RelayExtend2 = 14;
    private const byte RelayExtended2 = 15;

    private const int RelayHeader = 11;

    // Nothing here sends SENDMEs, so a stream ends where its window does: 500 cells are 249 000 bytes.
    private const int MaxDocument = 200_000;

    private readonly OrLink _link;
    private readonly List<HopCipher> _hops = [];

    private DirectCircuit(OrLink link) => _link = link;

    /// <summary>Through <paramref name="first"/> to <paramref name="last"/>: HSDirs do not serve those who come directly.</summary>
    internal static async Task<DirectCircuit> BuildAsync(RelayKeys first, RelayKeys last, CancellationToken ct)
    {
        var circuit = new DirectCircuit(await OrLink.OpenAsync(first.OrPort, ct).ConfigureAwait(false));
        try
        {
            await circuit.CreateAsync(first, ct).ConfigureAwait(false);
            await circuit.ExtendAsync(last, ct).ConfigureAwait(false);
            return circuit;
        }
        catch
        {
            await circuit.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>GET over a BEGIN_DIR stream: the whole answer, HTTP headers and all.</summary>
    internal async Task<byte[]> GetAsync(string path, CancellationToken ct)
    {
        await SendAsync(RelayCell, RelayBeginDir, 1, default, ct).ConfigureAwait(false);
        await SendAsync(RelayCell, RelayData, 1, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\n\r\n"), ct).ConfigureAwait(false);
        var answer = new List<byte>();
        while (true)
        {
            var (command, data) = await ReceiveAsync(ct).ConfigureAwait(false);
            switch (command)
            {
                case RelayConnected:
                    break;
                case RelayData:
                    answer.AddRange(data.Span);
                    if (answer.Count > MaxDocument)
                        throw new IOException("The relay's answer is too long.");
                    break;
                case RelayEnd:
                    return [.. answer];
                default:
                    throw new IOException($"The relay sent a relay cell {command} in a directory stream.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hop in _hops)
            hop.Dispose();
        await _link.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CreateAsync(RelayKeys relay, CancellationToken ct)
    {
        using var handshake = new NtorHandshake(relay);
        await _link.SendAsync(Create2Cell, HandshakeBlock(handshake), ct).ConfigureAwait(false);
        var (command, payload) = await _link.ReceiveAsync(ct).ConfigureAwait(false);
        if (command != Created2Cell)
            throw new IOException($"The first relay answered CREATE2 with a cell {command}.");
        _hops.Add(new HopCipher(handshake.Finish(payload.AsSpan(2))));
    }

    private async Task ExtendAsync(RelayKeys relay, CancellationToken ct)
    {
        using var handshake = new NtorHandshake(relay);
        // Two link specifiers: IPv4 address with port, and the RSA identity.
        byte[] request =
        [
            2, 0, 6, 127, 0, 0, 1, (byte)(relay.OrPort >> 8), unchecked((byte)relay.OrPort),
            2, 20, .. relay.Identity.Span,
            .. HandshakeBlock(handshake),
        ];
        await SendAsync(RelayEarlyCell, RelayExtend2, 0, request, ct).ConfigureAwait(false);
        var (command, data) = await ReceiveAsync(ct).ConfigureAwait(false);
        if (command != RelayExtended2)
            throw new IOException($"The first relay answered EXTEND2 with a relay cell {command}.");
        _hops.Add(new HopCipher(handshake.Finish(data.Span[2..])));
    }

    // HTYPE 2 is ntor.
    private static byte[] HandshakeBlock(NtorHandshake handshake) => [0, 2, 0, NtorHandshake.ClientLength, .. handshake.ClientData()];

    private async Task SendAsync(byte cellCommand, byte relayCommand, ushort stream, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        var payload = new byte[OrLink.PayloadLength];
        payload[0] = relayCommand;
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(3), stream);
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(9), (ushort)data.Length);
        data.Span.CopyTo(payload.AsSpan(RelayHeader));
        _hops[^1].Seal(payload);
        for (var i = _hops.Count - 1; i >= 0; i--)
            _hops[i].Encrypt(payload);
        await _link.SendAsync(cellCommand, payload, ct).ConfigureAwait(false);
    }

    private async Task<(byte Command, ReadOnlyMemory<byte> Data)> ReceiveAsync(CancellationToken ct)
    {
        while (true)
        {
            var (cell, payload) = await _link.ReceiveAsync(ct).ConfigureAwait(false);
            if (cell == DestroyCell)
                throw new IOException($"The circuit was destroyed, reason {payload[0]}.");
            if (cell != RelayCell)
                continue;
            foreach (var hop in _hops)
            {
                hop.Decrypt(payload);
                if (!hop.Recognizes(payload))
                    continue;
                int length = Math.Min((int)BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(9)), OrLink.PayloadLength - RelayHeader);
                return (payload[0], payload.AsMemory(RelayHeader, length));
            }

            throw new IOException("A relay cell came that no hop made.");
        }
    }
}
