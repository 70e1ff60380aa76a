using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Control;

public enum UploadStatus
{
    /// <summary>The HSDir has it.</summary>
    Accepted,

    /// <summary>The HSDir said no: mostly a revision counter that is not above the one it holds.</summary>
    Rejected,

    /// <summary>It did not get there, or tor would not send it.</summary>
    Failed,

    /// <summary>No outcome in time. tor may still deliver it later.</summary>
    TimedOut,
}

/// <summary>What came of one descriptor for one HSDir.</summary>
/// <param name="Reason">tor's REASON or reply, for a person; empty when accepted.</param>
public sealed record UploadOutcome(UploadStatus Status, string Reason)
{
    public string Reason { get; } = ForeignText.Bounded(Reason);

    public static UploadOutcome Accepted { get; } = new(UploadStatus.Accepted, "");
}
