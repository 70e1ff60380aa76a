using System.Globalization;
using System.Runtime.InteropServices;

namespace OnionBalance.Split.Tests.Unit.Keys;

/// <summary>
/// A thread to which the system locks no memory, so that no secret can be kept: the process's limit is nothing for a moment,
/// and this thread alone gives up the right to go beyond it.
/// </summary>
internal static partial class NoLockedMemory
{
    private const int CapIpcLock = 14;
    private const int RlimitMemlock = 8;
    private const uint CapabilityVersion3 = 0x20080522;

    /// <summary>Whether the other threads have that right, and so are not disturbed.</summary>
    public static bool CanBeHad { get; } = File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("CapEff:", StringComparison.Ordinal))
        .Any(line => (ulong.Parse(line[7..], NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) >> CapIpcLock & 1) == 1);

    public static T Run<T>(Func<T> use)
    {
        T? result = default;
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                GiveUpTheRight();
                Assert.Equal(0, getrlimit(RlimitMemlock, out var limit));
                Assert.Equal(0, setrlimit(RlimitMemlock, limit with { Soft = 0 }));
                try
                {
                    result = use();
                }
                finally
                {
                    Assert.Equal(0, setrlimit(RlimitMemlock, limit));
                }
            }
            catch (Exception e)
            {
                thrown = e;
            }
        });
        thread.Start();
        thread.Join();
        return thrown is null ? result! : throw new InvalidOperationException("on the thread without locked memory", thrown);
    }

    private static void GiveUpTheRight()
    {
        var header = new CapabilityHeader(CapabilityVersion3, 0);
        var sets = new CapabilitySet[2];
        Assert.Equal(0, capget(ref header, sets));
        sets[0] = sets[0] with { Effective = sets[0].Effective & ~(1u << CapIpcLock) };
        Assert.Equal(0, capset(ref header, sets));
    }

    [LibraryImport("libc")]
    private static partial int capget(ref CapabilityHeader header, [In, Out] CapabilitySet[] sets);

    [LibraryImport("libc")]
    private static partial int capset(ref CapabilityHeader header, [In] CapabilitySet[] sets);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limit limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, in Limit limit);

    private record struct CapabilityHeader(uint Version, int Thread);

    private record struct CapabilitySet(uint Effective, uint Permitted, uint Inheritable);

    private record struct Limit(nuint Soft, nuint Hard);
}

/// <summary>A test that needs <see cref="NoLockedMemory"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NoLockedMemoryFactAttribute : FactAttribute
{
    public NoLockedMemoryFactAttribute()
    {
        if (!NoLockedMemory.CanBeHad)
            Skip = "It needs CAP_IPC_LOCK, which one thread gives up.";
    }
}
