using System.Collections.Immutable;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>A master descriptor of one time period that was signed, and how far it got.</summary>
/// <param name="Points">KP_hs_ipt_sid of all it names, in whichever selection.</param>
/// <param name="RefreshAt">When it is due again though nothing changed.</param>
/// <param name="Uploads">One for each HSDir it is for.</param>
/// <param name="RejectedUntil">Set when an HSDir refused it: publish anew from then on.</param>
internal sealed record Publication(
    TimePeriod Period,
    ulong RevisionCounter,
    DateTimeOffset Signed,
    Bytes32 PlanDigest,
    ImmutableSortedSet<Bytes32> Points,
    DateTimeOffset RefreshAt,
    ImmutableArray<HsDirUpload> Uploads,
    DateTimeOffset? RejectedUntil = null)
{
    /// <summary>Not known of one that an earlier version wrote down.</summary>
    internal SigningWay SignedBy { get; init; }

    /// <summary>The Signer's name; empty by delegation.</summary>
    internal string Signer { get; init; } = "";

    internal bool IsAcceptedByAll => Uploads.All(upload => upload.Outcome == UploadOutcome.Accepted);

    internal Publication With(HsDirUpload upload) => this with
    {
        Uploads = [.. Uploads.Select(other => other.Fingerprint == upload.Fingerprint ? upload : other)],
    };

    /// <summary>What the decision needs of it.</summary>
    internal LastPublication ToLast() => new(
        PlanDigest, Points, [.. Uploads.Select(upload => upload.Fingerprint)], RefreshAt, RejectedUntil);

    /// <summary>As it is after a restart: nobody retries any more what was not accepted, so those HSDirs do not count.</summary>
    internal Publication AfterRestart() => this with
    {
        Uploads = [.. Uploads.Where(upload => upload.Outcome == UploadOutcome.Accepted)],
        RejectedUntil = null,
    };
}

/// <summary>What became of it at one HSDir.</summary>
/// <param name="At">Of the last outcome.</param>
/// <param name="Reason">tor's, or empty.</param>
internal sealed record HsDirUpload(
    string Fingerprint, string Nickname, UploadOutcome Outcome, DateTimeOffset At, string Reason, int Attempts);
