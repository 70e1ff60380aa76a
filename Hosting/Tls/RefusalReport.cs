using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Tls;

/// <summary>Says who was refused and why, at most once a second: whoever knocks must not be able to fill the log.</summary>
public sealed partial class RefusalReport(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private int _untold;

    public void Tell(string who, string reason)
    {
        int untold;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now < _next)
            {
                _untold++;
                return;
            }

            _next = now + Pause;
            untold = _untold;
            _untold = 0;
        }

        if (untold > 0)
            LogUntold(untold);
        LogRefused(who, reason);
    }
}
