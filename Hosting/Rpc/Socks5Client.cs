using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OnionBalance.Split.Hosting.Rpc;

/// <summary>
/// SOCKS5's CONNECT (RFC 1928, 1929) on a stream to the proxy. .NET's own does the same but keeps TLS options for a
/// handler's life, so that a renewed certificate would never be presented. A name goes to the proxy as it is and is
/// resolved nowhere else.
/// </summary>
internal static class Socks5Client
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte Connect = 1;
    private const byte IPv4 = 1;
    private const byte DomainName = 3;
    private const byte IPv6 = 4;

    public static async Task ConnectAsync(Stream proxy, Socks5Proxy settings, EndpointAddress target, CancellationToken stop)
    {
        var method = settings.User is null ? NoAuthentication : UserAndPassword;
        await proxy.WriteAsync(new byte[] { Version, 1, method }, stop).ConfigureAwait(false);
        var answer = await ReadAsync(proxy, 2, stop).ConfigureAwait(false);
        if (answer[0] != Version)
            throw new IOException($"{settings} is not a SOCKS5 proxy");
        if (answer[1] != method)
            throw new IOException($"{settings} does not accept {(settings.User is null ? "connections without a user and password" : "a user and password")}");
        if (method == UserAndPassword)
            await AuthenticateAsync(proxy, settings, stop).ConfigureAwait(false);

        await proxy.WriteAsync(Request(target), stop).ConfigureAwait(false);
        var reply = await ReadAsync(proxy, 4, stop).ConfigureAwait(false);
        if (reply[1] != 0)
            throw new IOException($"{settings} cannot reach {target}: {Meaning(reply[1])}");
        var rest = reply[3] switch
        {
            IPv4 => 4,
            IPv6 => 16,
            DomainName => (await ReadAsync(proxy, 1, stop).ConfigureAwait(false))[0],
            _ => throw new IOException($"{settings} answers in a form that SOCKS5 does not have"),
        };
        await ReadAsync(proxy, rest + 2, stop).ConfigureAwait(false);
    }

    private static async Task AuthenticateAsync(Stream proxy, Socks5Proxy settings, CancellationToken stop)
    {
        var user = Encoding.UTF8.GetBytes(settings.User!);
        var password = Encoding.UTF8.GetBytes(settings.Password!);
        byte[] request = [1, (byte)user.Length, .. user, (byte)password.Length, .. password];
        await proxy.WriteAsync(request, stop).ConfigureAwait(false);
        if ((await ReadAsync(proxy, 2, stop).ConfigureAwait(false))[1] != 0)
            throw new IOException($"{settings} refuses the user or password");
    }

    private static byte[] Request(EndpointAddress target)
    {
        byte[] destination;
        if (IPAddress.TryParse(target.Host, out var address))
        {
            destination = [address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6, .. address.GetAddressBytes()];
        }
        else
        {
            var name = Encoding.ASCII.GetBytes(target.Host);
            destination = [DomainName, checked((byte)name.Length), .. name];
        }

        var request = new byte[3 + destination.Length + 2];
        request[0] = Version;
        request[1] = Connect;
        destination.CopyTo(request, 3);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(request.Length - 2), (ushort)target.Port);
        return request;
    }

    private static async Task<byte[]> ReadAsync(Stream proxy, int count, CancellationToken stop)
    {
        var bytes = new byte[count];
        await proxy.ReadExactlyAsync(bytes, stop).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>RFC 1928 section 6, and what tor adds for onion services (proposal 304).</summary>
    private static string Meaning(byte code) => code switch
    {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        0xF0 => "the onion service's descriptor was not found",
        0xF1 => "the onion service's descriptor is invalid",
        0xF2 => "introduction to the onion service failed",
        0xF3 => "rendezvous with the onion service failed",
        0xF4 => "the onion service wants client authorization",
        0xF5 => "the onion service refuses this client's authorization",
        0xF6 => "the onion address is invalid",
        0xF7 => "introduction to the onion service timed out",
        _ => $"code {code}",
    };
}
