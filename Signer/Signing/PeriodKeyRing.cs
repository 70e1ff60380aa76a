using System.Collections.Immutable;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>One service's <see cref="PeriodKeys"/>, wiped when their period leaves the window. Its service asks one at a time.</summary>
internal sealed class PeriodKeyRing : IDisposable
{
    private readonly Dictionary<TimePeriod, PeriodKeys> _keys = [];

    public PeriodKeys Of(TimePeriod period)
    {
        if (!_keys.TryGetValue(period, out var keys))
            _keys.Add(period, keys = new PeriodKeys());
        return keys;
    }

    public void KeepOnly(ImmutableArray<TimePeriod> window)
    {
        foreach (var period in _keys.Keys.Except(window).ToArray())
        {
            _keys.Remove(period, out var left);
            left?.Dispose();
        }
    }

    public void Dispose() => KeepOnly([]);
}
