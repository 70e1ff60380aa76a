using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The PINs that each token refused, so that none is tried twice, for whichever service: a few wrong tries lock a token for
/// good. Kept as digests under a random key, for the life of the process.
/// </summary>
internal sealed class RefusedPins
{
    /// <summary>Of one token. Whoever has had so many refused is not mistyping.</summary>
    private const int Most = 8;

    private readonly Lock _gate = new();
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly Dictionary<string, List<byte[]>> _refused = [];

    public void Add(TokenInfo token, SecretBytes pin)
    {
        lock (_gate)
        {
            if (!_refused.TryGetValue(token.Name, out var digests))
                _refused.Add(token.Name, digests = []);
            digests.Add(Digest(pin));
        }
    }

    public bool Contains(TokenInfo token, SecretBytes pin)
    {
        lock (_gate)
        {
            var digest = Digest(pin);
            return _refused.TryGetValue(token.Name, out var digests)
                && (digests.Count >= Most || digests.Any(refused => CryptographicOperations.FixedTimeEquals(refused, digest)));
        }
    }

    private byte[] Digest(SecretBytes pin) => HMACSHA256.HashData(_key.Span, pin.Span);
}
