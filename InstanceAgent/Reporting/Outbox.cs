using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>
/// What one stream still owes its Collector: compares what there is to report with what was sent and answered on this
/// stream. Pure. A new stream begins with a new outbox, so everything current is sent again.
/// </summary>
/// <param name="enrolled">The instances that the Collector takes reports for.</param>
/// <param name="lastSequence">The number last used on the stream.</param>
internal sealed class Outbox(ImmutableHashSet<OnionAddress> enrolled, ulong lastSequence)
{
    /// <summary>A report that the Collector could not store is sent again after this long.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly ImmutableDictionary<OnionAddress, InstanceOutbox> _instances =
        enrolled.ToImmutableDictionary(address => address, address => new InstanceOutbox(address));

    public ulong LastSequence { get; private set; } = lastSequence;

    /// <summary>The next message that is due, which counts as sent from now on; null when nothing is.</summary>
    public AgentMessage? Next(BoardView view, DateTimeOffset now)
    {
        foreach (var (address, report) in view.Reports)
        {
            if (!_instances.TryGetValue(address, out var outbox) || outbox.Next(report, LastSequence + 1, now) is not { } message)
                continue;
            LastSequence++;
            return message;
        }

        return null;
    }

    /// <summary>The instance that the accepted report is about; null when a later one has overtaken it.</summary>
    public OnionAddress? Accept(ulong sequence) => Answer(sequence, retryAt: null);

    /// <inheritdoc cref="Accept"/>
    public OnionAddress? Refuse(ulong sequence, ReportRefusal reason, DateTimeOffset now) =>
        Answer(sequence, reason == ReportRefusal.NotStored ? now + RetryDelay : null);

    /// <summary>When the oldest report was sent that has no answer yet; null when all have.</summary>
    public DateTimeOffset? OldestUnanswered() =>
        Deliveries.Where(d => !d.IsAnswered).Min(d => (DateTimeOffset?)d.Sent);

    /// <summary>Whether the Collector has answered all that was sent about these instances.</summary>
    public bool IsAnswered(IEnumerable<OnionAddress> instances) =>
        instances.All(instance => _instances.GetValueOrDefault(instance)?.Deliveries.All(d => d.IsAnswered) ?? true);

    /// <summary>When to look again although nothing new has come.</summary>
    public DateTimeOffset? NextRetry() => Deliveries.Min(d => d.RetryAt);

    private IEnumerable<Delivery> Deliveries => _instances.Values.SelectMany(i => i.Deliveries);

    private OnionAddress? Answer(ulong sequence, DateTimeOffset? retryAt) =>
        _instances.Values.FirstOrDefault(i => i.TryAnswer(sequence, retryAt))?.Address;
}
