using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>What the publishers of all services work with.</summary>
internal sealed record PublishingMeans(
    InstanceTable Instances, TorLink Tor, SigningWays Signing, PublicationStore Store, CollectorMetrics Metrics, Random Random, TimeProvider Time);

/// <summary>
/// Keeps one service published: looks at what is wanted and what is out whenever something changed or is due, has it
/// signed, hands the copies to an <see cref="UploadRun"/>, and starts over.
/// </summary>
internal sealed partial class ServicePublisher
{
    /// <summary>How long the first publication may wait for instances that have not reported since the start.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>Revision counters rise by the second.</summary>
    private static readonly TimeSpan NextCounter = TimeSpan.FromSeconds(1);

    /// <summary>Something always wakes the loop; this is for the day on which something did not.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly PublishingMeans _means;
    private readonly ILogger<ServicePublisher> _logger;
    private readonly Wakeup _wakeup = new();
    private readonly UploadRuns _uploads;
    private readonly Backoff _backoff;
    private readonly Dictionary<TimePeriod, DateTimeOffset> _changedAt = [];
    private volatile ServiceConfiguration _service;
    private volatile string _problem = "";
    private readonly LeftOutInstances _leftOut = new();
    private readonly InstanceChurn _churn = new();
    private PublishBudget _budget;
    private long _lastStep;
    private DateTimeOffset? _firstReportSeen;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;
    private bool _isEmpty;
    private volatile bool _signingChanged;
    private string _passedOver = "";

    internal ServicePublisher(ServiceConfiguration service, PublishingMeans means, ILogger<ServicePublisher> logger)
    {
        _service = service;
        _means = means;
        _logger = logger;
        _lastStep = means.Time.GetUtcNow().UtcTicks;
        _backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), means.Random);
        Log = new PublicationLog(service.Address, means.Store);
        _uploads = new UploadRuns(service.Address, Log, means, logger, Wake);
    }

    internal PublicationLog Log { get; }

    internal ServiceConfiguration Service => _service;

    /// <summary>What stands in the way of the next publication, for a person; empty when nothing does.</summary>
    internal string Problem => _problem;

    /// <summary>When the loop last came round.</summary>
    internal DateTimeOffset LastStep => new(Interlocked.Read(ref _lastStep), TimeSpan.Zero);

    internal void Wake() => _wakeup.Set();

    /// <summary>A Signer or a delegation came or went: what failed may work now.</summary>
    internal void WakeForSigning()
    {
        _signingChanged = true;
        Wake();
    }

    internal void Reconfigure(ServiceConfiguration service)
    {
        _service = service;
        Wake();
    }

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var now = _means.Time.GetUtcNow();
                Interlocked.Exchange(ref _lastStep, now.UtcTicks);
                var next = await StepAsync(now, cancellationToken);
                var sleep = next - _means.Time.GetUtcNow();
                if (sleep > TimeSpan.Zero)
                    await _wakeup.WaitAsync(sleep < LongestSleep ? sleep : LongestSleep, _means.Time, cancellationToken);
                else
                    cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await _uploads.StopAsync();
        }
    }

    /// <summary>Does what is due, and says when there will be more to do.</summary>
    private async Task<DateTimeOffset> StepAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_signingChanged)
        {
            _signingChanged = false;
            _notBefore = DateTimeOffset.MinValue;
            _backoff.Reset();
            _leftOut.Clear();
        }

        var tor = _means.Tor.State;
        if (tor.View is not { } view || !tor.IsConnected || !view.Consensus.IsReasonablyLive(now))
        {
            // What is wrong with tor itself is told once, by the link to it, not by every service.
            _problem = tor.Problem;
            if (tor.Problem is "")
                SetProblem("the consensus of the collector's tor is more than a day off: is this host's clock right, and tor online?");
            return DateTimeOffset.MaxValue;
        }

        TimePeriod[] periods = [.. view.Descriptors.Select(descriptor => descriptor.Period)];
        await _uploads.KeepOnlyAsync(periods);
        Log.KeepOnly(periods);
        _churn.KeepOnly(periods, now);
        _budget = _budget.AsOf(now);
        var next = _leftOut.NextReturn;
        foreach (var descriptor in view.Descriptors)
        {
            var collation = Collation.Of(_service, _means.Instances.Snapshot, view, descriptor, _leftOut.At(now), now);
            NoteReports(collation, now);
            var at = Decide(collation, now) switch
            {
                PublishDecision.Now due => await PublishAsync(collation, due.Reason, cancellationToken),
                PublishDecision.Wait wait => wait.Until,
                _ => DateTimeOffset.MaxValue,
            };
            next = at < next ? at : next;
        }

        return next;
    }

    private PublishDecision Decide(Collation collation, DateTimeOffset now)
    {
        var period = collation.Descriptor.Period;
        var wanted = collation.Wanted;
        var last = Log.Snapshot.GetValueOrDefault(period)?.ToLast();
        if (last is null || (wanted.Plan.Digest == last.PlanDigest && wanted.Live.IsSupersetOf(last.Points)))
            _changedAt.Remove(period);
        else
            _changedAt.TryAdd(period, now);
        DateTimeOffset? changedAt = _changedAt.TryGetValue(period, out var at) ? at : null;
        return PublishDecision.Of(wanted, last, new PublishCircumstances(
            now, _budget, changedAt, _churn.AvailableAt(collation, now), SettledAt(collation), _notBefore));
    }

    /// <summary>At once when every instance has reported; else a short while after the first one did.</summary>
    private DateTimeOffset SettledAt(Collation collation) =>
        collation.Reports.Count >= _service.Instances.Length - _leftOut.Count || _firstReportSeen is not { } first ? DateTimeOffset.MinValue : first + Settling;

    private void NoteReports(Collation collation, DateTimeOffset now)
    {
        if (collation.Reports.IsEmpty == _isEmpty)
            return;
        _isEmpty = collation.Reports.IsEmpty;
        if (!_isEmpty)
            _firstReportSeen ??= now;
        else if (!Log.Snapshot.IsEmpty)
            LogEmptied(_service.Address);
        else
            LogAwaiting(_service.Address);
    }

    /// <summary>Signs and starts the uploads. Returns when to look again.</summary>
    private async Task<DateTimeOffset> PublishAsync(Collation collation, PublishReason reason, CancellationToken cancellationToken)
    {
        var job = collation.ToJob(Log.Snapshot.GetValueOrDefault(collation.Descriptor.Period));
        var outcome = await _means.Signing.SignAsync(job, _service.Signing, cancellationToken);
        var now = _means.Time.GetUtcNow();
        if (outcome is SigningOutcome.Refused { Instance: { } instance } one)
        {
            // The others go on without it, at once.
            _leftOut.Add(instance, one.Reason, now);
            LogLeftOut(instance, _service.Address, one.Signer, one.Reason, one.Detail);
            return now;
        }

        if (outcome is SigningOutcome.Behind behind)
        {
            SetProblem(behind.Problem);
            return _notBefore = now + NextCounter;
        }

        if (outcome is not SigningOutcome.Signed signed)
        {
            SetProblem(outcome.Problem);
            return _notBefore = now + _backoff.Next();
        }

        SetProblem(_leftOut.Describe(now));
        NotePassedOver(signed);
        _backoff.Reset();
        _notBefore = DateTimeOffset.MinValue;
        _budget = _budget.Spend(now);
        _churn.Spend(collation, now);
        _means.Metrics.Published(reason, signed.Way);
        var publication = new Publication(
            collation.Descriptor.Period,
            signed.RevisionCounter,
            now,
            collation.Plan.Digest,
            collation.Plan.Points,
            now + TimeSpan.FromMinutes(60 + 60 * _means.Random.NextDouble()),
            [.. collation.HsDirs.Select(hsDir => new HsDirUpload(hsDir.Fingerprint, hsDir.Nickname, UploadOutcome.Pending, now, "", 0))])
        {
            SignedBy = signed.Way,
            Signer = signed.Signer,
        };
        Log.Add(publication);
        _changedAt.Remove(publication.Period);
        LogPublishing(_service.Address, collation.Descriptor.Which, publication.Period, publication.Points.Count, collation.Reports.Count, reason, signed.Way);
        await _uploads.StartAsync(publication, collation.Distribute(signed.Copies), cancellationToken);
        return publication.RefreshAt;
    }

    /// <summary>Once each time that it changes why the first way of signing is not taken, or that it is taken again.</summary>
    private void NotePassedOver(SigningOutcome.Signed signed)
    {
        if (signed.PassedOver == _passedOver)
            return;
        _passedOver = signed.PassedOver;
        if (_passedOver is "")
            LogFirstWayAgain(_service.Address, signed.Way);
        else
            LogPassedOver(_service.Address, signed.Way, _passedOver);
    }

    private void SetProblem(string problem)
    {
        if (problem == _problem)
            return;
        _problem = problem;
        if (problem is not "")
            LogProblem(_service.Address, problem);
    }
}
