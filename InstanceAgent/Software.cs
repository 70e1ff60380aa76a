namespace OnionBalance.Split.InstanceAgent;

/// <summary>How the agent names itself to Collectors.</summary>
internal static class Software
{
    public static string Name { get; } =
        $"onionbalance-agent {typeof(Software).Assembly.GetName().Version?.ToString(3)}";
}
