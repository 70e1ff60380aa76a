using System.Runtime.InteropServices;

namespace OnionBalance.Split.PrivateTorNetwork.Processes;

/// <summary>Signals that a test or the demo sends to a process of its own.</summary>
public enum Signal
{
    Hangup = 1,
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

internal static partial class LibC
{
    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static partial int Kill(int processId, int signal);
}
