using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// One service's state in memory and on disk. The disk leads: nothing counts as done before it is written and synced.
/// Not thread-safe: its service asks one at a time.
/// </summary>
internal sealed class SigningStateStore(string folder, OnionAddress service)
{
    private readonly string _file = StateFolder.FileOf(folder, service);
    private SigningState? _state;

    /// <summary>
    /// The state; read from disk when it is not known yet, so that a file put back is found without a restart. Never an
    /// empty one for a file that is missing or damaged.
    /// </summary>
    public bool TryGet([NotNullWhen(true)] out SigningState? state, [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        state = _state;
        if (state is not null)
            return true;
        var file = StateFolder.Redact(_file, [service]);
        try
        {
            var bytes = File.ReadAllBytes(_file);
            if (SigningStateFile.TryRead(bytes, service, out state, out var damage))
            {
                _state = state;
                return true;
            }

            fault = $"the state file {file} cannot be trusted: {damage}. Restore it; if that is not possible, move it away and run 'onionbalance-signer state create --service ADDRESS'";
        }
        catch (FileNotFoundException)
        {
            fault = $"the state file {file} is missing. If this service is new here, or the file cannot be restored, run 'onionbalance-signer state create --service ADDRESS'";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = StateFolder.Redact($"the state file {_file} cannot be read: {exception.Message}", [service]);
        }

        return false;
    }

    /// <summary>
    /// Puts the new state on disk, synced. On false nothing may be released that depends on it; what reached the disk is
    /// then unknown, so the next request reads it again.
    /// </summary>
    public bool TryPut(SigningState state, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            AtomicFile.Write(_file, SigningStateFile.Write(state), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _state = state;
            fault = null;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _state = null;
            fault = StateFolder.Redact($"the state file {_file} cannot be written: {exception.Message}", [service]);
            return false;
        }
    }
}
