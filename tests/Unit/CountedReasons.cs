using System.Diagnostics.Metrics;

namespace OnionBalance.Split.Tests.Unit;

/// <summary>The first tag of each count of one counter, such as the reason of a refusal, for as long as this lives.</summary>
internal sealed class CountedReasons : IDisposable
{
    private readonly List<string?> _reasons = [];
    private readonly MeterListener _listener;

    public CountedReasons(IMeterFactory meters, string counter)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == counter)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _reasons.Add(tags[0].Value?.ToString()));
        _listener.Start();
    }

    public IReadOnlyList<string?> Reasons => _reasons;

    public void Dispose() => _listener.Dispose();
}
