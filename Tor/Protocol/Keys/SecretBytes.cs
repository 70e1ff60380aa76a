using System.Runtime.InteropServices;
using OnionBalance.Split.Tor.Protocol.Crypto;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>
/// A secret in libsodium's guarded memory: locked against swapping, fenced by guard pages, kept out of core dumps, and
/// wiped when disposed. One page of locked memory each.
/// </summary>
public sealed class SecretBytes : SafeHandle
{
    private SecretBytes(nint address, int length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle(address);
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>
    /// The secret in place. Whoever holds the span keeps this object alive (<see cref="GC.KeepAlive"/>) until done.
    /// </summary>
    public unsafe Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return new Span<byte>((void*)handle, Length);
        }
    }

    /// <summary>Zeroed memory of 1 to 65536 bytes.</summary>
    /// <exception cref="InvalidOperationException">The system gives or locks no more memory (RLIMIT_MEMLOCK).</exception>
    public static SecretBytes Allocate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 65536);
        var address = Sodium.sodium_malloc((nuint)length);
        // sodium_malloc keeps silent when it could not lock; asking again is harmless and tells.
        if (address != 0 && Sodium.sodium_mlock(address, (nuint)length) != 0)
        {
            Sodium.sodium_free(address);
            address = 0;
        }

        if (address == 0)
            throw new InvalidOperationException("No locked memory left for secrets: raise the memory-lock limit (systemd: LimitMEMLOCK=, shell: ulimit -l).");
        var secret = new SecretBytes(address, length);
        secret.Span.Clear();
        return secret;
    }

    /// <summary>Random bytes from the system.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = Allocate(length);
        Sodium.randombytes_buf(secret.Span, (nuint)length);
        return secret;
    }

    /// <summary>A copy in guarded memory; wiping the original stays with the caller.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var secret = Allocate(bytes.Length);
        bytes.CopyTo(secret.Span);
        return secret;
    }

    /// <summary>The length only, never the content.</summary>
    public override string ToString() => $"[{Length} secret bytes]";

    protected override bool ReleaseHandle()
    {
        Sodium.sodium_free(handle);
        return true;
    }
}
