using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Tests.Functional.Channels;

/// <summary>Keeps what is logged, for a test to look for.</summary>
internal sealed class CollectedLog : ILogger, ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{formatter(state, exception)}{exception}");

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose() => _lines.Clear();

    /// <summary>Waits until a line holds the text.</summary>
    public async Task<bool> HasAsync(string text)
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (_lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
                return true;
            await Task.Delay(50);
        }

        return false;
    }
}
