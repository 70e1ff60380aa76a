using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>One service's <see cref="PeriodKeys"/>, wiped when their period leaves the window. For one caller at a time.</summary>
public sealed class PeriodKeyRing : IDisposable
{
    private readonly Dictionary<TimePeriod, PeriodKeys> _keys = [];

    public PeriodKeys? Find(TimePeriod period) => _keys.GetValueOrDefault(period);

    /// <summary>From now on the period's; what it had before is wiped.</summary>
    /// <exception cref="InvalidOperationException">There is no locked memory left for it; the key is wiped.</exception>
    public PeriodKeys Put(TimePeriod period, DescriptorSigningKey signingKey)
    {
        Remove(period);
        try
        {
            return _keys[period] = new PeriodKeys(signingKey);
        }
        catch
        {
            signingKey.Dispose();
            throw;
        }
    }

    public void KeepOnly(IEnumerable<TimePeriod> periods)
    {
        foreach (var period in _keys.Keys.Except(periods).ToArray())
            Remove(period);
    }

    public void Dispose() => KeepOnly([]);

    private void Remove(TimePeriod period)
    {
        _keys.Remove(period, out var left);
        left?.Dispose();
    }
}
