using System.Diagnostics.Metrics;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector;

/// <summary>What the collector counts. Names carry their units; docs/metrics.md lists them.</summary>
internal sealed class CollectorMetrics
{
    internal const string MeterName = "OnionBalance.Split.Collector";

    private readonly Meter _meter;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _publications;
    private readonly Counter<long> _uploads;
    private readonly Histogram<double> _signerRoundTrip;

    public CollectorMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _reports = _meter.CreateCounter<long>("onionbalance.collector.reports", "{report}", "Instance descriptors accepted");
        _refusals = _meter.CreateCounter<long>("onionbalance.collector.report_refusals", "{report}", "Reports refused, by reason");
        _publications = _meter.CreateCounter<long>("onionbalance.collector.publications", "{descriptor}", "Master descriptors signed for publication, by reason and way of signing");
        _uploads = _meter.CreateCounter<long>("onionbalance.collector.uploads", "{upload}", "Uploads to HSDirs, by outcome");
        _signerRoundTrip = _meter.CreateHistogram<double>("onionbalance.collector.signer_round_trip", "s", "From a request to the Signer's answer");
    }

    internal void ReportAccepted() => _reports.Add(1);

    internal void ReportRefused(ReportRefusal reason) => _refusals.Add(1, Tag("reason", reason));

    internal void Published(PublishReason reason, SigningWay way) => _publications.Add(1, Tag("reason", reason), Tag("way", way));

    internal void Uploaded(UploadOutcome outcome) => _uploads.Add(1, Tag("outcome", outcome));

    internal void SignerAnswered(TimeSpan took, bool signed) =>
        _signerRoundTrip.Record(took.TotalSeconds, new KeyValuePair<string, object?>("signed", signed));

    internal void ObserveInstances(Func<IEnumerable<InstanceState>> instances) =>
        _meter.CreateObservableGauge(
            "onionbalance.collector.instances",
            () => Enum.GetValues<InstanceState>()
                .Where(state => state != InstanceState.Unspecified)
                .Select(state => new Measurement<long>(instances().Count(other => other == state), Tag("state", state))),
            "{instance}",
            "Enrolled instances, by state");

    internal void ObserveCertificate(Func<TimeSpan> timeLeft) =>
        _meter.CreateObservableGauge(
            "onionbalance.collector.certificate_time_left", () => timeLeft().TotalSeconds, "s", "Until the collector's own certificate expires");

    internal void ObserveDelegations(Func<IEnumerable<(OnionAddress Service, TimeSpan Left)>> delegations) =>
        _meter.CreateObservableGauge(
            "onionbalance.collector.delegation_time_left",
            () => delegations().Select(one => new Measurement<double>(
                Math.Max(0, one.Left.TotalSeconds), new KeyValuePair<string, object?>("service", one.Service.ToString()))),
            "s",
            "Until the first period that no delegation covers is due, by service");

    private static KeyValuePair<string, object?> Tag<T>(string name, T value)
        where T : struct, Enum => new(name, value.ToString().ToLowerInvariant());
}
