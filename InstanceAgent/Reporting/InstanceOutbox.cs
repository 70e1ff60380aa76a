using Google.Protobuf;
using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>The part of an <see cref="Outbox"/> that is about one instance.</summary>
internal sealed class InstanceOutbox(OnionAddress address)
{
    private readonly Dictionary<ulong, Delivery> _descriptors = [];
    private Delivery? _loss;

    public OnionAddress Address { get; } = address;

    public IEnumerable<Delivery> Deliveries => _loss is null ? _descriptors.Values : _descriptors.Values.Append(_loss);

    /// <summary>The next message that is due, to be sent under this sequence number; null when nothing is.</summary>
    public AgentMessage? Next(InstanceReport report, ulong sequence, DateTimeOffset now)
    {
        switch (report)
        {
            case InstanceReport.Lost lost when Delivery.IsDue(_loss, lost, now):
                // The Collector forgets them, so they count as never sent.
                _descriptors.Clear();
                _loss = new Delivery(lost, sequence, now);
                return new AgentMessage
                {
                    Lost = new InstanceLost { Sequence = sequence, InstanceAddress = Address.ToFullString(), Reason = lost.Reason },
                };
            case InstanceReport.Present present:
                _loss = null;
                Forget(present);
                return NextDescriptor(present, sequence, now);
            default:
                return null;
        }
    }

    /// <summary>False when no delivery that still counts bears the number.</summary>
    public bool TryAnswer(ulong sequence, DateTimeOffset? retryAt)
    {
        if (_loss?.Sequence == sequence)
        {
            _loss = _loss with { IsAnswered = true, RetryAt = retryAt };
            return true;
        }

        foreach (var (period, delivery) in _descriptors)
        {
            if (delivery.Sequence != sequence)
                continue;
            _descriptors[period] = delivery with { IsAnswered = true, RetryAt = retryAt };
            return true;
        }

        return false;
    }

    private AgentMessage? NextDescriptor(InstanceReport.Present present, ulong sequence, DateTimeOffset now)
    {
        foreach (var descriptor in present.Descriptors)
        {
            var last = _descriptors.GetValueOrDefault(descriptor.Period.Number);
            // One at a time for each period: a slow Collector gets the newest when it is ready for it.
            if (last is { IsAnswered: false } || !Delivery.IsDue(last, descriptor, now))
                continue;
            _descriptors[descriptor.Period.Number] = new Delivery(descriptor, sequence, now);
            return new AgentMessage
            {
                Descriptor_ = new InstanceDescriptor
                {
                    Sequence = sequence,
                    InstanceAddress = Address.ToFullString(),
                    Text = ByteString.CopyFrom(descriptor.Text.Span),
                },
            };
        }

        return null;
    }

    /// <summary>Periods that are over.</summary>
    private void Forget(InstanceReport.Present present)
    {
        foreach (var period in _descriptors.Keys.Except(present.Descriptors.Select(d => d.Period.Number)).ToArray())
            _descriptors.Remove(period);
    }
}
