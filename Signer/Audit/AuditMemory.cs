using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>A line of the log that a state knows of.</summary>
/// <param name="Service">The state's.</param>
internal readonly record struct KnownLine(ulong Number, OnionAddress? Service);

/// <summary>What a log can tell of the services' states: how far it has come itself, and which writes it was told of.</summary>
/// <param name="Number">Of its last line.</param>
internal sealed record AuditMemory(ulong Number, StateSerials Serials)
{
    /// <summary>Reads it from the last file of a log, beside a running Signer too; false with the fault in words.</summary>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static bool TryRead(string folder, [NotNullWhen(true)] out AuditMemory? memory, [NotNullWhen(false)] out string? fault)
    {
        memory = null;
        fault = $"the audit log in {folder} was changed or cut: 'onionbalance-signer audit verify' tells where";
        if (!AuditHead.TryRead(folder, out var head))
            return false;
        var serials = StateSerials.None;
        if (head.File > 0)
        {
            var trace = AuditChain.Follow(File.ReadAllBytes(AuditHead.PathOf(folder, head.File)), null, head);
            if (trace.HeadLength < 0)
                return false;
            serials = trace.Serials;
        }

        memory = new AuditMemory(head.Number, serials);
        fault = null;
        return true;
    }
}
