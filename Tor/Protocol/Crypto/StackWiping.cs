using System.Runtime.CompilerServices;

namespace OnionBalance.Split.Tor.Protocol.Crypto;

/// <summary>
/// Work on secrets, with the stack that it used overwritten after it: libraries wipe their buffers, but neither what a
/// compiler spilled nor such things as the digits of a scalar on their way through a multiplication.
/// </summary>
public static class StackWiping
{
    /// <summary>Bytes: several times what libsodium, OpenSSL and our own calls were seen to use.</summary>
    private const int Reach = 128 * 1024;

    /// <summary>Bytes of stack in which the wiping itself runs, and which the work before it therefore leaves out.</summary>
    private const int Gap = 2048;

    /// <summary>Runs <paramref name="work"/> on this thread; what it throws, this throws.</summary>
    public static T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return BelowTheGap(work);
        }
        finally
        {
            Sodium.sodium_stackzero(Reach);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T BelowTheGap<T>(Func<T> work)
    {
        Span<byte> gap = stackalloc byte[Gap];
        gap.Clear();
        var result = work();
        // Still in use here, so that no compiler takes it away.
        _ = gap[^1];
        return result;
    }
}
