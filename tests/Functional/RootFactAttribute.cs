namespace OnionBalance.Split.Tests.Functional;

/// <summary>A test that does what only root can: look into a process that shuts its memory to its own user, give files away.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "It needs root, to look into other processes and to give files away.";
    }
}
