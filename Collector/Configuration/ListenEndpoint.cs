using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace OnionBalance.Split.Collector.Configuration;

/// <summary>Where agents and signers dial in: "0.0.0.0:7443", "[::1]:7443" or "unix:/run/onionbalance/collector".</summary>
internal sealed record ListenEndpoint
{
    internal const string Expected = "address:port, [ipv6]:port or unix:/absolute/path (an IP address, not a name: 0.0.0.0 and [::] stand for all)";

    private const string UnixPrefix = "unix:";
    private const int MaxPathBytes = 107;

    private ListenEndpoint(IPEndPoint? tcp, string? unixPath) => (Tcp, UnixPath) = (tcp, unixPath);

    internal IPEndPoint? Tcp { get; }

    internal string? UnixPath { get; }

    /// <summary>Port 0 is taken too: the kernel then chooses one, and the log names it.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out ListenEndpoint? endpoint)
    {
        endpoint = null;
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            var path = text[UnixPrefix.Length..];
            if (IsSocketPath(path))
                endpoint = new ListenEndpoint(null, path);
            return endpoint is not null;
        }

        // A bare address would parse too, with port 0.
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !IPAddress.TryParse(text.AsSpan(0, colon).Trim("[]"), out var address)
            || new IPEndPoint(address, port).ToString() != text)
        {
            return false;
        }

        endpoint = new ListenEndpoint(new IPEndPoint(address, port), null);
        return true;
    }

    internal static bool IsSocketPath(string path) =>
        path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(path) <= MaxPathBytes;

    public override string ToString() => Tcp?.ToString() ?? UnixPrefix + UnixPath;
}
