using System.Net.Security;

namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>
/// A client's end of TLS. A server that refuses the certificate says so only when the client's handshake is over: what ends
/// the connection before the server's first byte comes out as <see cref="TlsBrokenOffException"/>, by a read or by a write.
/// </summary>
internal sealed class GuardedTlsStream(Stream plain) : SslStream(plain, leaveInnerStreamOpen: false)
{
    private volatile bool _isTaken;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0 && !buffer.IsEmpty && !_isTaken)
                throw new EndOfStreamException("the connection was closed");
            _isTaken |= read > 0;
            return read;
        }
        catch (IOException exception) when (!_isTaken)
        {
            throw new TlsBrokenOffException(exception);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await base.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (!_isTaken)
        {
            throw new TlsBrokenOffException(exception);
        }
    }
}
