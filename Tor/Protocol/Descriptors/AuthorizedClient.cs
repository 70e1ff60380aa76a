using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// One "auth-client" line (rend-spec-v3 2.5.1.2): client-id (8), iv (16) and the encrypted descriptor cookie (16). A
/// fake one is random throughout, and nobody but its maker can tell.
/// </summary>
public sealed class AuthorizedClient
{
    internal const int IdLength = 8;
    internal const int Length = IdLength + AesCtr.IvLength + ClientAuthorization.CookieLength;

    private readonly byte[] _bytes;

    private AuthorizedClient(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Id => _bytes.AsSpan(0, IdLength);

    public ReadOnlySpan<byte> Iv => _bytes.AsSpan(IdLength, AesCtr.IvLength);

    public ReadOnlySpan<byte> EncryptedCookie => _bytes.AsSpan(IdLength + AesCtr.IvLength);

    internal static AuthorizedClient Fake() => new(RandomNumberGenerator.GetBytes(Length));

    internal static AuthorizedClient From(ReadOnlySpan<byte> id, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encryptedCookie) =>
        new([.. id, .. iv, .. encryptedCookie]);
}
