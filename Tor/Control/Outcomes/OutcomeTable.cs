namespace OnionBalance.Split.Tor.Control.Outcomes;

/// <summary>The slots in use, by address label and HSDir fingerprint (null: whichever tor chooses).</summary>
internal sealed class OutcomeTable<T>(Func<T, T, T> together)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Label, string? HsDir), OutcomeSlot<T>> _slots = [];

    /// <summary>Somebody waits for an outcome, or for the turn.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
                return _slots.Values.Any(slot => slot.Users > 0);
        }
    }

    /// <summary>Runs <paramref name="request"/> when the slot's turn comes.</summary>
    public async Task<T> InTurnAsync(string label, string? hsDir, Func<OutcomeSlot<T>, Task<T>> request, CancellationToken cancellationToken)
    {
        var slot = Enter((label, hsDir));
        try
        {
            await slot.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await request(slot).ConfigureAwait(false);
            }
            finally
            {
                slot.Turn.Release();
            }
        }
        finally
        {
            Leave((label, hsDir), slot);
        }
    }

    /// <summary>False when nobody asked.</summary>
    public bool TryReport(string label, string? hsDir, T outcome)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue((label, hsDir), out var slot))
                return false;
            slot.Report(outcome);
            return true;
        }
    }

    public void Fail(ControlException reason)
    {
        lock (_gate)
        {
            foreach (var slot in _slots.Values)
                slot.Fail(reason);
        }
    }

    private OutcomeSlot<T> Enter((string Label, string? HsDir) key)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(key, out var slot))
                _slots[key] = slot = new OutcomeSlot<T>(together);
            slot.Users++;
            return slot;
        }
    }

    private void Leave((string Label, string? HsDir) key, OutcomeSlot<T> slot)
    {
        lock (_gate)
        {
            slot.Users--;
            if (slot.IsIdle)
                _slots.Remove(key);
        }
    }
}
