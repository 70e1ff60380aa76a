namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>One fetch of the second descriptor.</summary>
/// <param name="HsDir">The HSDir to ask; null leaves the choice to tor, which then chooses as a client does.</param>
/// <param name="Want">Which of the plan's wants it is to answer.</param>
internal sealed record SecondFetch(string? HsDir, int Want);
