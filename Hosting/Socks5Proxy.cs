using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// A SOCKS5 proxy, tor's as a rule: "host:port" or "socks5://[user:password@]host:port". To tor, another user and password
/// mean another circuit; it accepts any.
/// </summary>
public sealed record Socks5Proxy(EndpointAddress Address, string? User, string? Password)
{
    public const string Expected = "host:port or socks5://user:password@host:port";

    private const string Scheme = "socks5://";

    /// <summary>RFC 1929: each goes with one byte of length.</summary>
    private const int LongestCredential = 255;

    public static bool TryParse(string? text, [NotNullWhen(true)] out Socks5Proxy? proxy)
    {
        proxy = null;
        if (text is null)
            return false;
        var rest = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..].TrimEnd('/') : text;
        string? user = null, password = null;
        if (rest.LastIndexOf('@') is var at and >= 0)
        {
            var credentials = rest[..at].Split(':', 2);
            if (credentials is not [var first, var second] || !IsCredential(first) || !IsCredential(second))
                return false;
            (user, password) = (first, second);
            rest = rest[(at + 1)..];
        }

        if (!EndpointAddress.TryParse(rest, out var address) || address.UnixPath is not null)
            return false;
        proxy = new Socks5Proxy(address, user, password);
        return true;
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Scheme}{(User is null ? "" : $"{User}@")}{Address}";

    private static bool IsCredential(string text) =>
        Encoding.UTF8.GetByteCount(text) is > 0 and <= LongestCredential && !text.Any(char.IsControl);
}
