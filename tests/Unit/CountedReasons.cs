using System.Diagnostics.Metrics;

namespace OnionBalance.Split.Tests.Unit;

/// <summary>The tags of each count of one counter, such as the reason of a refusal, for as long as this lives.</summary>
internal sealed class CountedReasons : IDisposable
{
    private readonly List<string?[]> _tags = [];
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
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _tags.Add([.. tags.ToArray().Select(tag => tag.Value?.ToString())]));
        _listener.Start();
    }

    /// <summary>The first tag of each.</summary>
    public IReadOnlyList<string?> Reasons => [.. _tags.Select(tags => tags[0])];

    /// <summary>All tags of each, parted by a space.</summary>
    public IReadOnlyList<string> Tags => [.. _tags.Select(tags => string.Join(' ', tags))];

    public void Dispose() => _listener.Dispose();
}
