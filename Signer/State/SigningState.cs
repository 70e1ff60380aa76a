using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.State;

/// <summary>
/// What the Signer must never forget about one service: how far its revision counters have come, and the highest
/// counter seen of each instance. Immutable; every step is a new value, and a step back is not possible.
/// </summary>
internal sealed record SigningState(
    OnionAddress Service,
    ImmutableDictionary<Bytes32, IssuedCounter> Issued,
    ImmutableDictionary<InstanceCounterKey, InstanceCounter> Instances)
{
    /// <summary>How often it was written. The audit log has it too, so that an older file is told from the last.</summary>
    public ulong Serial { get; init; }

    /// <summary>The last line of the audit log when it was written, so that an older log is told from the last.</summary>
    public ulong AuditNumber { get; init; }

    /// <summary>Of a state that an operator made: how, for the audit log. Null once it was signed with.</summary>
    public string? Begun { get; init; }

    public static SigningState Empty(OnionAddress service) => new(
        service,
        ImmutableDictionary<Bytes32, IssuedCounter>.Empty,
        ImmutableDictionary<InstanceCounterKey, InstanceCounter>.Empty);

    /// <summary>The counter to sign with, given the computed one (rend-spec-v3 F.2).</summary>
    public bool TryNextCounter(Bytes32 blindedKey, ulong computed, out ulong counter) =>
        RevisionCounter.TryNext(computed, Issued.GetValueOrDefault(blindedKey)?.Counter, out counter);

    /// <summary>After signing. The counter never goes down, whatever is passed.</summary>
    public SigningState WithIssued(Bytes32 blindedKey, IssuedCounter issued) =>
        Issued.TryGetValue(blindedKey, out var last) && last.Counter >= issued.Counter
            ? this
            : this with { Issued = Issued.SetItem(blindedKey, issued) };

    /// <summary>The highest revision counter seen of this instance under this blinded key.</summary>
    public bool TryHighest(InstanceCounterKey key, [NotNullWhen(true)] out InstanceCounter? highest) =>
        Instances.TryGetValue(key, out highest);

    /// <summary>After evidence was verified. The counter never goes down, whatever is passed.</summary>
    public SigningState WithSeen(InstanceCounterKey key, InstanceCounter seen) =>
        Instances.TryGetValue(key, out var highest) && highest.Counter >= seen.Counter
            ? this
            : this with { Instances = Instances.SetItem(key, seen) };

    /// <summary>
    /// Without what ended more than two whole periods ago: no policy lets that be signed again, even when the clock is
    /// set back by a day.
    /// </summary>
    public SigningState WithoutOlderThan(TimePeriod previous)
    {
        bool IsOld(TimePeriod period) =>
            period.LengthMinutes == previous.LengthMinutes && period.Number + 2 < previous.Number;

        return this with
        {
            Issued = Issued.RemoveRange(Issued.Where(pair => IsOld(pair.Value.Period)).Select(pair => pair.Key)),
            Instances = Instances.RemoveRange(Instances.Where(pair => IsOld(pair.Value.Period)).Select(pair => pair.Key)),
        };
    }
}

/// <summary>The last revision counter signed under one blinded key, and for which request.</summary>
internal sealed record IssuedCounter(TimePeriod Period, ulong Counter, Bytes32 RequestDigest);

/// <summary>An instance's counters rise per blinded key.</summary>
internal readonly record struct InstanceCounterKey(OnionAddress Instance, Bytes32 BlindedKey);

/// <summary>The highest revision counter seen.</summary>
internal sealed record InstanceCounter(TimePeriod Period, ulong Counter);
