namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>The lines of a consensus before its first relay (dir-spec 3.4.1).</summary>
internal struct ConsensusPreamble
{
    private DateTimeOffset? _validAfter, _freshUntil, _validUntil;
    private ConsensusParameters? _parameters;
    private bool _isConsensus;

    internal readonly DateTimeOffset ValidAfter => _validAfter!.Value;

    internal readonly DateTimeOffset FreshUntil => _freshUntil!.Value;

    internal readonly DateTimeOffset ValidUntil => _validUntil!.Value;

    internal readonly ConsensusParameters Parameters => _parameters ?? ConsensusParameters.Default;

    internal Bytes32? CurrentSharedRandom { get; private set; }

    internal Bytes32? PreviousSharedRandom { get; private set; }

    /// <summary>Stops before the first "r" or "directory-footer" line.</summary>
    internal static bool TryRead(ref ReadOnlySpan<byte> text, out ConsensusPreamble preamble)
    {
        preamble = default;
        while (!text.StartsWith("r "u8) && !text.StartsWith("directory-footer"u8))
        {
            if (!DirectoryText.TryNextLine(ref text, out var line) || !preamble.TryAdd(line))
                return false;
        }

        return preamble._isConsensus && preamble.HasSaneTimes();
    }

    private bool TryAdd(ReadOnlySpan<byte> line)
    {
        if (DirectoryText.TryArguments(line, "vote-status"u8, out var status))
            return !_isConsensus && (_isConsensus = status.SequenceEqual("consensus"u8));
        if (DirectoryText.TryArguments(line, "valid-after"u8, out var time))
            return TrySetTime(ref _validAfter, time);
        if (DirectoryText.TryArguments(line, "fresh-until"u8, out time))
            return TrySetTime(ref _freshUntil, time);
        if (DirectoryText.TryArguments(line, "valid-until"u8, out time))
            return TrySetTime(ref _validUntil, time);
        if (DirectoryText.TryArguments(line, "params"u8, out var list))
            return _parameters is null && ConsensusParameters.TryParse(list, out _parameters);
        if (DirectoryText.TryArguments(line, "shared-rand-current-value"u8, out var value))
            CurrentSharedRandom = SharedRandomOf(value);
        else if (DirectoryText.TryArguments(line, "shared-rand-previous-value"u8, out value))
            PreviousSharedRandom = SharedRandomOf(value);
        return true;
    }

    private static bool TrySetTime(ref DateTimeOffset? field, ReadOnlySpan<byte> text)
    {
        var first = field is null;
        field = DirectoryText.TryTime(text, out var time) ? time : null;
        return first && field is not null;
    }

    /// <summary>"NumReveals Value": tor, and so every client, takes a malformed one as absent.</summary>
    private static Bytes32? SharedRandomOf(ReadOnlySpan<byte> arguments)
    {
        DirectoryText.NextItem(ref arguments);
        var value = DirectoryText.NextItem(ref arguments);
        return value.Length == 44 && DirectoryText.TryBase64(value[..43], out Bytes32 random) ? random : null;
    }

    private readonly bool HasSaneTimes() =>
        _validAfter is { } after && _freshUntil is { } fresh && _validUntil is { } until
        && PeriodClock.IsInRange(after) && PeriodClock.IsInRange(until) && after < fresh && fresh <= until
        && NetworkTiming.IsVotingInterval(fresh - after);
}
