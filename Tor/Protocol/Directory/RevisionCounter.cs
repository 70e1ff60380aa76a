using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// revision-counter of a descriptor by rend-spec-v3 appendix F.2, number for number as tor makes it, so that an address
/// may move between tor and us in the middle of a period.
/// </summary>
public static class RevisionCounter
{
    /// <summary>
    /// The counter of a descriptor uploaded so long after the start of its shared-random run
    /// (<see cref="ScheduledDescriptor.StartOfSrvRun"/>). It rises by the second; times past three days count as three days.
    /// </summary>
    public static ulong Compute(BlindedSecretKey blindedKey, TimeSpan sinceStartOfSrvRun)
    {
        ArgumentNullException.ThrowIfNull(blindedKey);
        Span<byte> key = stackalloc byte[OrderPreservingCipher.KeyLength];
        DeriveKey(blindedKey.Expanded, key);
        GC.KeepAlive(blindedKey);
        var counter = Compute(key, sinceStartOfSrvRun);
        CryptographicOperations.ZeroMemory(key);
        return counter;
    }

    /// <summary>The same counter without the blinded secret, for who was given the key made of it.</summary>
    public static ulong Compute(RevisionCounterKey key, TimeSpan sinceStartOfSrvRun) => Compute(key.Bytes.Span, sinceStartOfSrvRun);

    /// <summary>
    /// The counter to publish with: the computed one, or one above the last where that has not been passed yet, since
    /// HSDirs take no counter twice. False when there is no number left above the last.
    /// </summary>
    public static bool TryNext(ulong computed, ulong? last, out ulong counter)
    {
        counter = last is { } passed && computed <= passed ? unchecked(passed + 1) : computed;
        return last is not { } highest || counter > highest;
    }

    /// <summary>
    /// K = SHA3-256("rev-counter-generation" | 0 | a' | RH'): tor hashes the string with its closing zero byte and the
    /// blinded secret in its whole expanded form, which the specification does not say.
    /// </summary>
    internal static void DeriveKey(ReadOnlySpan<byte> blindedSecret, Span<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(blindedSecret.Length, 64);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA3_256);
        hash.AppendData("rev-counter-generation\0"u8);
        hash.AppendData(blindedSecret);
        hash.GetHashAndReset(key);
    }

    private static ulong Compute(ReadOnlySpan<byte> key, TimeSpan sinceStartOfSrvRun)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sinceStartOfSrvRun, TimeSpan.Zero);
        // tor counts from one, so that the first second has a counter too.
        var seconds = Math.Min((long)sinceStartOfSrvRun.TotalSeconds + 1, OrderPreservingCipher.MaxInput);
        return OrderPreservingCipher.Encrypt(key, (int)seconds);
    }
}
