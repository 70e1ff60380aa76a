using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Memory;

/// <summary>What a function copied onto its stack stays there when it has returned, until <see cref="StackWiping"/> takes it off.</summary>
public sealed class A_wiped_stack : IDisposable
{
    /// <summary>What the waiting thread may overwrite by itself.</summary>
    private const int Gap = 32 * 1024;

    private const int Depth = 128 * 1024;

    private readonly SecretBytes _secret = SecretBytes.Random(32);

    public void Dispose() => _secret.Dispose();

    [Fact]
    public void Would_still_have_the_secret() => Assert.NotEmpty(Left(CopyBelowTheGap));

    [Fact]
    public void Has_nothing_of_it() => Assert.Empty(Left(() => StackWiping.Run(CopyBelowTheGap)));

    /// <summary>What lies of the secret on the stack of a thread that has done this work and waits.</summary>
    private unsafe ImmutableArray<Find> Left(Func<bool> work)
    {
        Needle[] needles = [.. SecretForms.Of("the secret", _secret.Span)];
        using var done = new ManualResetEventSlim();
        using var over = new ManualResetEventSlim();
        var top = 0L;
        var thread = new Thread(() =>
        {
            byte here;
            top = (long)&here;
            Assert.True(work());
            done.Set();
            over.Wait();
        });
        thread.Start();
        done.Wait();
        var finds = ProcessMemory.Search(Environment.ProcessId, needles).Finds;
        over.Set();
        thread.Join();
        return [.. finds.Where(find => find.Address < top && find.Address > top - Gap - Depth)];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool CopyBelowTheGap()
    {
        Span<byte> gap = stackalloc byte[Gap];
        gap.Clear();
        return Copy() && gap[^1] == 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Copy()
    {
        Span<byte> copy = stackalloc byte[32];
        _secret.Span.CopyTo(copy);
        return copy.SequenceEqual(_secret.Span);
    }
}
