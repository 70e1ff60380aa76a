namespace OnionBalance.Split.Tests.Functional;

/// <summary>A test that looks into another process as only root can: the Signer shuts its memory to its own user.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "It needs root, to look into a process that forbids it.";
    }
}
