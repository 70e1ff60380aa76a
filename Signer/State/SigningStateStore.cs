using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// One service's state in memory and on disk. The disk leads: nothing counts as done before it is written and synced.
/// The audit log tells how often it was written, so that one that was put back from an older copy is found. Not thread-safe:
/// its service asks one at a time.
/// </summary>
internal sealed class SigningStateStore(string folder, OnionAddress service, AuditLog audit)
{
    private const string WayBack = "Restore the newest; if that is not possible, run 'onionbalance-signer state create --accept-lost-state --service ADDRESS'";

    private const string WayBackOfLog =
        "if the log is an older one, restore the newest, or stop the Signer and run 'onionbalance-signer audit create --accept-lost-log'; if the file is another Signer's, move it away and run 'onionbalance-signer state create --service ADDRESS'";

    private readonly string _file = StateFolder.FileOf(folder, service);
    private SigningState? _state;

    /// <summary>
    /// The state; read from disk when it is not known yet, so that a file put back is found without a restart. Never an
    /// empty one for a file that is missing, damaged or older than the last.
    /// </summary>
    public bool TryGet([NotNullWhen(true)] out SigningState? state, [NotNullWhen(false)] out NotSigned? refused)
    {
        refused = null;
        state = _state;
        if (state is not null)
            return true;
        if (!TryRead(out state, out refused))
            return false;
        refused = Compare(state);
        if (refused is not null)
        {
            state = null;
            return false;
        }

        _state = state;
        return true;
    }

    /// <summary>
    /// Puts the new state on disk, synced. On false nothing may be released that depends on it; what reached the disk is
    /// then unknown, so the next request reads it again.
    /// </summary>
    /// <param name="state">What to keep.</param>
    /// <param name="stored">The same, as it was written.</param>
    /// <param name="refused">Why it was not written.</param>
    public bool TryPut(SigningState state, [NotNullWhen(true)] out SigningState? stored, [NotNullWhen(false)] out NotSigned? refused)
    {
        stored = _state = null;
        if (!audit.TryRecall(out var known, out refused))
            return false;
        var next = state with { Serial = state.Serial + 1, AuditNumber = known.Number, Begun = null };
        try
        {
            AtomicFile.Write(_file, SigningStateFile.Write(next));
            stored = _state = next;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            refused = Refuse(SignRefusal.StateUnavailable, $"the state file {_file} cannot be written: {exception.Message}");
            return false;
        }
    }

    private bool TryRead([NotNullWhen(true)] out SigningState? state, [NotNullWhen(false)] out NotSigned? refused)
    {
        state = null;
        try
        {
            if (SigningStateFile.TryRead(File.ReadAllBytes(_file), service, out state, out var damage))
            {
                refused = null;
                return true;
            }

            refused = Refuse(SignRefusal.StateDamaged, $"the state file {_file} cannot be trusted: {damage}. {WayBack}");
        }
        catch (FileNotFoundException)
        {
            refused = Refuse(SignRefusal.StateLost, $"the state file {_file} is missing. If this service is new here, run 'onionbalance-signer state create --service ADDRESS'. {WayBack}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            refused = Refuse(SignRefusal.StateUnavailable, $"the state file {_file} cannot be read: {exception.Message}");
        }

        return false;
    }

    private NotSigned? Compare(SigningState state)
    {
        if (!audit.TryRecall(out var known, out var refused))
            return refused;
        var serial = known.Serials.Of(service);
        if (state.Serial < serial)
            return Refuse(SignRefusal.StateTooOld, $"the state file {_file} is an old one: it was written {state.Serial} times, and the audit log knows of {serial}. {WayBack}");
        // The log itself looks only at the services that it was opened for.
        if (state.AuditNumber > known.Number)
            return Refuse(SignRefusal.AuditLost, $"the state file {_file} knows of line number {state.AuditNumber} of the audit log, whose last is {known.Number}: {WayBackOfLog}");
        return state.Begun is null || state.Serial == serial || audit.TryAppend(Beginning(state), out refused) ? null : refused;
    }

    private AuditEntry Beginning(SigningState state) => new(0, default, AuditEvent.StateBegun)
    {
        Service = service.ToString(),
        State = StateSerials.TagOf(service),
        Serial = state.Serial,
        Detail = state.Begun,
    };

    private NotSigned Refuse(SignRefusal reason, string detail) => new(reason, StateFolder.Redact(detail, [service]));
}
