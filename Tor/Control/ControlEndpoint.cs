using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OnionBalance.Split.Tor.Control;

/// <summary>Where a tor listens for controllers: "127.0.0.1:9051", "[::1]:9051" or "unix:/run/tor/control".</summary>
public sealed record ControlEndpoint
{
    private const string UnixPrefix = "unix:";

    /// <summary>sun_path less its terminator.</summary>
    private const int MaxPathBytes = 107;

    private readonly string _text;

    private ControlEndpoint(string text, EndPoint address)
    {
        _text = text;
        Address = address;
    }

    internal EndPoint Address { get; }

    /// <summary>Names are not taken: a control port found through DNS is somebody else's.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ControlEndpoint? endpoint)
    {
        endpoint = null;
        if (text is null)
            return false;
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = text[UnixPrefix.Length..];
            if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || System.Text.Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
                return false;
            endpoint = new ControlEndpoint(text, new UnixDomainSocketEndPoint(path));
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            return false;
        var host = text[..colon];
        if (!IPAddress.TryParse(host, out var address))
            return false;
        // The parser is more generous than people: "127.1", or IPv6 without brackets, where the port may be a group.
        var plain = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host.Trim('[', ']')}]" : address.ToString();
        if (plain != host)
            return false;
        endpoint = new ControlEndpoint(text, new IPEndPoint(address, port));
        return true;
    }

    public override string ToString() => _text;

    public bool Equals(ControlEndpoint? other) => other is not null && Address.Equals(other.Address);

    public override int GetHashCode() => Address.GetHashCode();
}
