using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// How many requests of one Collector are read that get no new signature. Each has two lines in the audit log: without a bound
/// they would push its history out. Beyond it a request is refused unread, and the log has the number of those. New
/// signatures are for the service's policy to bound. Thread-safe.
/// </summary>
internal sealed partial class RequestAllowance(
    string collector, AuditLog audit, TimeProvider time, ILogger logger, int burst = RequestAllowance.DefaultBurst)
{
    /// <summary>For each service, at once: a Collector that is configured before its Signer is refused each of 256 instances.</summary>
    public const int DefaultBurst = 300;

    /// <summary>
    /// For each service, the mean time between two. An honest Collector asks about twice a minute for a service that is refused
    /// as a whole, and six times a minute for the instances that it left out.
    /// </summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private TokenBucket _bucket;
    private bool _isRowTold;
    private ulong _untold;
    private DateTimeOffset _since;

    /// <summary>Whether the next request is to be read.</summary>
    /// <param name="services">That this Signer signs for.</param>
    public bool TryTake(int services, [NotNullWhen(false)] out NotSigned? refused)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_bucket.TrySpend(RateOf(services), now, out _bucket, out var wait))
            {
                _isRowTold = false;
                return TryTell(out refused);
            }

            if (++_untold == 1)
                _since = now;
            // The first of a row is told at once, so that a crash does not hide it; the others when one is read again.
            _isRowTold = _isRowTold || TryTell(out _);
            refused = new NotSigned(
                SignRefusal.RequestRate, $"too many requests of Collector '{collector}' got no new signature: the next is read in {wait.TotalSeconds:0.0} s");
            return false;
        }
    }

    /// <summary>A new signature: gives back what its request took, and what one before it did that was told which evidence is missing.</summary>
    public void GiveBack(int services)
    {
        lock (_gate)
            _bucket = _bucket.Return(RateOf(services), 2);
    }

    /// <summary>Puts into the log how many were refused unread and are not in it yet.</summary>
    public bool TryTell([NotNullWhen(false)] out NotSigned? refused)
    {
        lock (_gate)
        {
            refused = null;
            if (_untold == 0)
                return true;
            var unread = new AuditEntry(0, default, AuditEvent.Unread)
            {
                Collector = collector,
                Requests = _untold,
                Reason = nameof(SignRefusal.RequestRate),
                Detail = $"so many requests were refused unread from {_since:u} on: too many before them got no new signature",
            };
            if (!audit.TryAppend(unread, out refused))
                return false;
            LogUnread(logger, _untold, collector);
            _untold = 0;
            return true;
        }
    }

    private TokenRate RateOf(int services) => new(burst * Math.Max(1, services), Interval / Math.Max(1, services));

    [LoggerMessage(EventName = "Unread", Level = LogLevel.Warning, Message =
        "Refused {Requests} requests of Collector '{Collector}' unread: too many before them got no new signature. An honest Collector does not ask so often.")]
    private static partial void LogUnread(ILogger logger, ulong requests, string collector);
}
