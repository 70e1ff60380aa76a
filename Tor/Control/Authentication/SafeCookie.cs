using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tor.Control.Authentication;

/// <summary>control-spec 3.24: both sides prove that they know the cookie, and neither sends it.</summary>
internal static class SafeCookie
{
    public const int CookieLength = 32;
    public const int NonceLength = 32;
    public const int HashLength = 32;

    public static byte[] ServerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        Hash("Tor safe cookie authentication server-to-controller hash"u8, cookie, clientNonce, serverNonce);

    public static byte[] ControllerHash(ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce) =>
        Hash("Tor safe cookie authentication controller-to-server hash"u8, cookie, clientNonce, serverNonce);

    /// <summary>Reads the answer to AUTHCHALLENGE.</summary>
    public static bool TryParseChallenge(
        ControlReply reply,
        [NotNullWhen(true)] out byte[]? serverHash,
        [NotNullWhen(true)] out byte[]? serverNonce)
    {
        serverHash = null;
        serverNonce = null;
        if (!reply.IsOk)
            return false;
        var arguments = new ArgumentReader(reply.Text);
        return arguments.Positional.FirstOrDefault() == "AUTHCHALLENGE"
            && TryParseHex(arguments.Named("SERVERHASH"), HashLength, out serverHash)
            && TryParseHex(arguments.Named("SERVERNONCE"), NonceLength, out serverNonce);
    }

    private static bool TryParseHex(string? hex, int length, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (hex is null || hex.Length != length * 2 || hex.Any(c => !char.IsAsciiHexDigit(c)))
            return false;
        bytes = Convert.FromHexString(hex);
        return true;
    }

    private static byte[] Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(cookie);
        hmac.AppendData(clientNonce);
        hmac.AppendData(serverNonce);
        return hmac.GetHashAndReset();
    }
}
