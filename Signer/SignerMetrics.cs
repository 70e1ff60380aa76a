using System.Diagnostics.Metrics;
using Grpc.Core;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Signer;

/// <summary>What the Signer counts. The names are listed in docs/metrics.md.</summary>
internal sealed class SignerMetrics
{
    public const string MeterName = "OnionBalance.Split.Signer";

    private readonly Counter<long> _signatures;
    private readonly Counter<long> _refusals;
    private readonly Histogram<double> _seconds;

    public SignerMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _signatures = meter.CreateCounter<long>("onionbalance.signer.descriptors", "{descriptor}", "Descriptors signed and released, each encryption counted");
        _refusals = meter.CreateCounter<long>("onionbalance.signer.refusals", "{request}", "Requests not signed, by reason");
        _seconds = meter.CreateHistogram<double>("onionbalance.signer.request.duration", "s", "From a request to its answer");
    }

    public void Signed(int descriptors, TimeSpan duration)
    {
        _signatures.Add(descriptors);
        _seconds.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "signed"));
    }

    /// <summary>Released once more, not signed.</summary>
    public void Repeated(TimeSpan duration) =>
        _seconds.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "repeated"));

    public void Refused(SignRefusal reason, StatusCode status, TimeSpan duration)
    {
        _refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()), new KeyValuePair<string, object?>("status", status.ToString()));
        _seconds.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", "refused"));
    }
}
