using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The last PIN that each token refused, so that it is never tried twice: a few wrong tries lock a token for good. Kept
/// as a digest under a random key, for the life of the process.
/// </summary>
internal sealed class RefusedPins
{
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly Dictionary<string, byte[]> _refused = [];

    public void Add(TokenInfo token, SecretBytes pin) => _refused[NameOf(token)] = Digest(pin);

    public bool Contains(TokenInfo token, SecretBytes pin) =>
        _refused.TryGetValue(NameOf(token), out var digest) && CryptographicOperations.FixedTimeEquals(digest, Digest(pin));

    private static string NameOf(TokenInfo token) => $"{token.Manufacturer}\n{token.Model}\n{token.Serial}\n{token.Label}";

    private byte[] Digest(SecretBytes pin) => HMACSHA256.HashData(_key.Span, pin.Span);
}
