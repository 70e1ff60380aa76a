using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OnionBalance.Split.Hosting;

/// <summary>Where to dial or listen: "host:port", "[address]:port" or "unix:/absolute/path".</summary>
/// <param name="Host">A host name, an onion address or an IP address without brackets; empty for a unix socket.</param>
/// <param name="Port">1 to 65535; 0 for a unix socket.</param>
/// <param name="UnixPath">The socket's path, or null.</param>
public sealed record EndpointAddress(string Host, int Port, string? UnixPath)
{
    public const string Expected = "host:port, [ipv6]:port or unix:/absolute/path";

    private const string UnixPrefix = "unix:";
    private const int LongestUnixPath = 107;

    public static bool TryParse(string? text, [NotNullWhen(true)] out EndpointAddress? endpoint)
    {
        endpoint = null;
        if (string.IsNullOrEmpty(text))
            return false;
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = text[UnixPrefix.Length..];
            if (!path.StartsWith('/') || System.Text.Encoding.UTF8.GetByteCount(path) > LongestUnixPath || path.Any(char.IsControl))
                return false;
            endpoint = new EndpointAddress("", 0, path);
            return true;
        }

        var colon = text.LastIndexOf(':');
        if (colon < 1 || !TryPort(text.AsSpan(colon + 1), out var port) || !TryHost(text[..colon], out var host))
            return false;
        endpoint = new EndpointAddress(host, port, null);
        return true;
    }

    public override string ToString() =>
        UnixPath is not null ? UnixPrefix + UnixPath
        : Host.Contains(':', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535 && text.Length <= 5;

    private static bool TryHost(string text, out string host)
    {
        host = text;
        if (text is ['[', .., ']'])
        {
            host = text[1..^1];
            return IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        }

        return Uri.CheckHostName(text) switch
        {
            UriHostNameType.IPv4 => true,
            UriHostNameType.Dns => text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_'),
            _ => false,
        };
    }
}
