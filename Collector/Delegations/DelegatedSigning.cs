using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>
/// Signs by delegation: with the period's descriptor signing key from this host's disk, the certificate that a Signer made
/// for it in advance, and the revision counter that tor would have. Keys are in memory for the periods that are published.
/// </summary>
internal sealed class DelegatedSigning : IDisposable
{
    private readonly ConcurrentDictionary<OnionAddress, PeriodKeyRing> _rings = [];
    private readonly DelegationBook _book;
    private readonly IssuedCounters _counters;
    private readonly TimeProvider _time;

    public DelegatedSigning(DelegationBook book, IssuedCounters counters, TimeProvider time)
    {
        _book = book;
        _counters = counters;
        _time = time;
        book.Changed += WipeWhatIsOver;
    }

    /// <summary>After a delegation came or went.</summary>
    internal event Action? Changed
    {
        add => _book.Changed += value;
        remove => _book.Changed -= value;
    }

    /// <summary>Signed, its counter on disk; or unavailable, and then nothing was issued.</summary>
    internal SigningOutcome Sign(SigningJob job)
    {
        var period = job.Descriptor.Period;
        var held = _book.Of(job.Service);
        if (!held.Granted.TryGetValue(period, out var delegated))
            return new SigningOutcome.Unavailable(held.Granted.IsEmpty ? "no delegation is held" : $"no delegation is held for period {period}");
        var now = _time.GetUtcNow();
        if (now > delegated.Certificate.Expiration)
            return new SigningOutcome.Unavailable($"the delegation of period {period} ended at {delegated.Certificate.Expiration:u} by this host's clock");
        if (!TryResolve(job, out var selections, out var fault))
            return new SigningOutcome.Unavailable(fault);
        var ring = _rings.GetOrAdd(job.Service, _ => new PeriodKeyRing());
        lock (ring)
        {
            return TryKeys(ring, job.Service, delegated, out var keys, out fault)
                && TryNextCounter(job, delegated, now, out var counter, out fault)
                && DescriptorOf(job.Service, delegated, keys, counter).TryBuild(selections, now, out var built, out fault)
                && _counters.TryPut(job.Service, period, counter, out fault)
                ? new SigningOutcome.Signed("", counter, [.. built.Select(copies => copies.Select(copy => new ReadOnlyMemory<byte>(copy)).ToImmutableArray())])
                {
                    Way = SigningWay.Delegation,
                }
                : new SigningOutcome.Unavailable($"signing by delegation failed: {fault}");
        }
    }

    public void Dispose()
    {
        _book.Changed -= WipeWhatIsOver;
        foreach (var ring in _rings.Values)
        {
            lock (ring)
                ring.Dispose();
        }
    }

    private static bool TryResolve(SigningJob job, out ImmutableArray<DescriptorSelection> selections, [NotNullWhen(false)] out string? fault)
    {
        var resolved = ImmutableArray.CreateBuilder<DescriptorSelection>();
        fault = null;
        foreach (var (points, copies) in job.Plan.Selections.Zip(job.Copies))
        {
            var names = points.Select(point => (job.Evidence[point.Instance].Inner, new Ed25519PublicKey(point.AuthKey))).ToArray();
            if (DescriptorSelection.TryResolve(names, copies, out var selection, out var missing))
                resolved.Add(selection);
            else
                fault = $"an introduction point is not in the descriptor of {points[missing].Instance}";
        }

        selections = resolved.ToImmutable();
        return fault is null;
    }

    /// <summary>Opened once for each period; anew when another bundle is used for it than before.</summary>
    private bool TryKeys(
        PeriodKeyRing ring,
        OnionAddress service,
        DelegatedPeriod delegated,
        [NotNullWhen(true)] out PeriodKeys? keys,
        [NotNullWhen(false)] out string? fault)
    {
        fault = null;
        keys = ring.Find(delegated.Period);
        var publicKey = HeldDelegations.KeyOf(delegated);
        if (keys?.SigningKey.PublicKey == publicKey)
            return true;
        keys = null;
        try
        {
            if (_book.FolderOf(service).TryOpen(new DelegationKeyName(delegated.Period, publicKey), out var signingKey, out fault))
                keys = ring.Put(delegated.Period, signingKey);
        }
        catch (InvalidOperationException noMemory)
        {
            fault = noMemory.Message;
        }

        fault = fault?.Replace(service.Label, service.ToString(), StringComparison.Ordinal);
        return keys is not null;
    }

    /// <summary>Above the last one issued here, and above the last one published by whatever way.</summary>
    private bool TryNextCounter(
        SigningJob job, DelegatedPeriod delegated, DateTimeOffset now, out ulong counter, [NotNullWhen(false)] out string? fault)
    {
        counter = 0;
        if (!_counters.TryGet(job.Service, delegated.Period, out var issued, out fault))
            return false;
        var start = job.Descriptor.StartOfSrvRun;
        var computed = RevisionCounter.Compute(delegated.CounterKey, now > start ? now - start : TimeSpan.Zero);
        if (RevisionCounter.TryNext(computed, Math.Max(issued ?? 0, job.LastRevisionCounter), out counter))
            return true;
        fault = $"there is no revision counter left above the last one of period {delegated.Period}";
        return false;
    }

    private static MasterDescriptor DescriptorOf(OnionAddress service, DelegatedPeriod delegated, PeriodKeys keys, ulong counter)
    {
        var blindedKey = service.PublicKey.Blind(delegated.Period);
        return new MasterDescriptor(
            service.PublicKey,
            delegated.Period,
            new DescriptorKeys(blindedKey, Subcredential.Compute(service.PublicKey, blindedKey), keys.SigningKey, delegated.Certificate.Encoded),
            keys.Middle,
            counter,
            delegated.Certificate.ExpirationHours)
        {
            CertifiedTogether = false,
        };
    }

    private void WipeWhatIsOver()
    {
        foreach (var (service, ring) in _rings)
        {
            lock (ring)
                ring.KeepOnly(_book.Of(service).Granted.Keys);
        }
    }
}
