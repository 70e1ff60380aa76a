using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// Makes the state of a service that has none to go on with: a new service, or one whose loss an operator accepts. Its
/// serial is above all that the audit log knows of, so that no older file passes for it later.
/// </summary>
internal static class StateBeginning
{
    private const string LogFirst = "Restore the audit log, or begin it anew with 'onionbalance-signer audit create --accept-lost-log', before a state is made";

    /// <summary>Returns the file that was made.</summary>
    /// <exception cref="DaemonException">It was not made, and why.</exception>
    public static string Make(string folder, OnionAddress service, bool acceptLost, DateTimeOffset now)
    {
        StateDirectory.CheckOwner(folder);
        var file = StateFolder.FileOf(folder, service);
        try
        {
            StateFolder.CheckInitialised(folder);
            var known = LastSerial(folder, service);
            if (File.Exists(file))
                PutAside(file, service, known, acceptLost, now);
            else if (known > 0 && !acceptLost)
                throw new DaemonException("the audit log knows that this service has signed here: restore its state file, or, if it is lost for good, give --accept-lost-state");
            var state = SigningState.Empty(service) with
            {
                Serial = known + 1,
                Begun = acceptLost ? "an operator accepted that the state before is lost" : "an operator made the state of a new service",
            };
            AtomicFile.Write(file, SigningStateFile.Write(state));
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{file} cannot be created: {exception.Message}", exception);
        }
    }

    private static void PutAside(string file, OnionAddress service, ulong known, bool acceptLost, DateTimeOffset now)
    {
        if (SigningStateFile.TryRead(File.ReadAllBytes(file), service, out var state, out var damage) && state.Serial >= known)
            throw new DaemonException($"{file} is there already and sound, and the audit log knows of no later one: nothing is lost");
        if (!acceptLost)
            throw new DaemonException($"{file} is there already and is not overwritten, though {damage ?? "the audit log knows of a later one"}: restore it, or give --accept-lost-state if it is lost for good");
        File.Move(file, StateFolder.LostName(file, now));
    }

    /// <summary>0 for a service that the audit log does not know.</summary>
    private static ulong LastSerial(string folder, OnionAddress service)
    {
        try
        {
            return AuditMemory.TryRead(AuditLog.FolderIn(folder), out var memory, out var fault)
                ? memory.Serials.Of(service)
                : throw new DaemonException($"{fault}. {LogFirst}");
        }
        catch (FileNotFoundException exception)
        {
            throw new DaemonException($"{exception.FileName} is missing. {LogFirst}", exception);
        }
    }
}
