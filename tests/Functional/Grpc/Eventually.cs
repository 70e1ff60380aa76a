namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Waits for what happens elsewhere.</summary>
internal static class Eventually
{
    public static async Task<bool> IsAsync(Func<bool> condition, TimeSpan? bound = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (bound ?? TimeSpan.FromSeconds(15)))
                return false;
            await Task.Delay(20);
        }

        return true;
    }
}
