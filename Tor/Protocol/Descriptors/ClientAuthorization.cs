using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Client authorization of rend-spec-v3 2.5.1.2: the service's ephemeral X25519 key and each client's key agree on where
/// in the middle layer the descriptor cookie lies and how it is encrypted.
/// </summary>
internal static class ClientAuthorization
{
    /// <summary>N_hs_desc_enc, the descriptor cookie.</summary>
    internal const int CookieLength = 16;

    private const int KeysLength = AuthorizedClient.IdLength + AesCtr.KeyLength;

    /// <summary>The line that gives this client the cookie; false when its key is of small order.</summary>
    internal static bool TryAuthorize(
        X25519SecretKey ephemeral, X25519PublicKey client, Subcredential subcredential, ReadOnlySpan<byte> cookie, out AuthorizedClient line)
    {
        Span<byte> keys = stackalloc byte[KeysLength];
        Span<byte> iv = stackalloc byte[AesCtr.IvLength];
        Span<byte> encrypted = stackalloc byte[CookieLength];
        line = AuthorizedClient.Fake();
        if (!TryDeriveKeys(ephemeral, client, subcredential, keys))
            return false;
        RandomNumberGenerator.Fill(iv);
        cookie.CopyTo(encrypted);
        AesCtr.Transform(keys[AuthorizedClient.IdLength..], iv, encrypted);
        line = AuthorizedClient.From(keys[..AuthorizedClient.IdLength], iv, encrypted);
        CryptographicOperations.ZeroMemory(keys);
        return true;
    }

    /// <summary>Finds the client's line and decrypts the cookie; false when there is none.</summary>
    internal static bool TryFindCookie(MiddleLayer middle, X25519SecretKey client, Subcredential subcredential, Span<byte> cookie)
    {
        Span<byte> keys = stackalloc byte[KeysLength];
        if (!TryDeriveKeys(client, middle.EphemeralKey, subcredential, keys))
            return false;
        foreach (var line in middle.Clients)
        {
            if (!CryptographicOperations.FixedTimeEquals(line.Id, keys[..AuthorizedClient.IdLength]))
                continue;
            line.EncryptedCookie.CopyTo(cookie);
            AesCtr.Transform(keys[AuthorizedClient.IdLength..], line.Iv, cookie);
            CryptographicOperations.ZeroMemory(keys);
            return true;
        }

        return false;
    }

    /// <summary>CLIENT-ID (8) | COOKIE-KEY (32) = SHAKE-256(N_hs_subcred | x25519 shared secret).</summary>
    private static bool TryDeriveKeys(X25519SecretKey own, X25519PublicKey other, Subcredential subcredential, Span<byte> keys)
    {
        Span<byte> input = stackalloc byte[64];
        subcredential.Bytes.Span.CopyTo(input);
        if (!own.TryAgree(other, input[32..]))
            return false;
        Shake256.HashData(input, keys);
        CryptographicOperations.ZeroMemory(input);
        return true;
    }
}
