using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Signer;

/// <summary>
/// What a process can do for its own secrets at start: no core dumps, no debugger of the same user (PR_SET_DUMPABLE),
/// and a warning for what only the systemd unit can set: memory to lock, and the runtime's diagnostics off.
/// </summary>
internal static partial class ProcessHardening
{
    /// <summary>A guarded secret takes a page; this is room for a few hundred.</summary>
    private const ulong WantedLockedMemory = 1 << 20;

    private const int PrSetDumpable = 4;
    private const int RLimitCore = 4;
    private const int RLimitMemlock = 8;

    public static void Apply(ILogger logger)
    {
        var none = default(ResourceLimit);
        if (prctl(PrSetDumpable, 0, 0, 0, 0) != 0 || setrlimit(RLimitCore, in none) != 0)
            LogCoreDumpsPossible(logger);
        if (getrlimit(RLimitMemlock, out var memlock) == 0 && memlock.Soft < WantedLockedMemory)
            LogMemlockTooSmall(logger, memlock.Soft / 1024, WantedLockedMemory / 1024);
        // The runtime opens its socket before any code of ours runs; there is no setting for it but the variable.
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "0")
            LogDiagnosticsOn(logger);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Core dumps of this process could not be turned off: a crash may write keys to disk. Set LimitCORE=0 in the systemd unit.")]
    private static partial void LogCoreDumpsPossible(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Only {Kilobytes} KiB of memory may be locked against swapping, and signing may fail for want of it: set LimitMEMLOCK= in the systemd unit to at least {Wanted}K.")]
    private static partial void LogMemlockTooSmall(ILogger logger, ulong kilobytes, ulong wanted);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The .NET runtime's diagnostics are on: another process of this user can look into this one. Set DOTNET_EnableDiagnostics=0 in the environment (systemd: Environment=).")]
    private static partial void LogDiagnosticsOn(ILogger logger);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, out ResourceLimit limit);

    /// <summary>struct rlimit of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
