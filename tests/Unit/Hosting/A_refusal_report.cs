using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting.Tls;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class A_refusal_report : ILogger
{
    private const string Foreign = "its certificate is not of the operator's CA";

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];
    private readonly RefusalReport _report;

    public A_refusal_report() => _report = new RefusalReport(_time, this);

    [Fact]
    public void Tells_of_each_peer_and_reason_at_once()
    {
        _report.Tell("The client 192.0.2.1", Foreign);
        _report.Tell("The client 192.0.2.2", Foreign);
        _report.Tell("The client 192.0.2.2", "it presented no certificate");
        Assert.Equal(
            [
                $"The client 192.0.2.1 was refused: {Foreign}.",
                $"The client 192.0.2.2 was refused: {Foreign}.",
                "The client 192.0.2.2 was refused: it presented no certificate.",
            ],
            _lines);
    }

    [Fact]
    public void Tells_ever_more_seldom_of_one_that_comes_again_and_again()
    {
        for (var i = 0; i < 5 * 3600 * 24; i++, _time.Advance(TimeSpan.FromMilliseconds(200)))
            _report.Tell("The client 192.0.2.1", Foreign);
        Assert.InRange(_lines.Count, 24 * 6, 24 * 6 + 10);
        Assert.Equal($"The client 192.0.2.1 was refused: {Foreign}. So were 4 before it that are not told of.", _lines[1]);
    }

    [Fact]
    public void Tells_at_once_of_one_that_was_away()
    {
        for (var i = 0; i < 600; i++, _time.Advance(TimeSpan.FromSeconds(1)))
            _report.Tell("The client 192.0.2.1", Foreign);
        _time.Advance(TimeSpan.FromMinutes(20));
        _lines.Clear();
        for (var i = 0; i < 3; i++, _time.Advance(TimeSpan.FromSeconds(1)))
            _report.Tell("The client 192.0.2.1", Foreign);
        Assert.Equal(2, _lines.Count);
    }

    [Fact]
    public void Of_a_thousand_peers_at_a_time_it_tells_of_some()
    {
        for (var second = 0; second < 60; second++, _time.Advance(TimeSpan.FromSeconds(1)))
        {
            for (var peer = 0; peer < 1000; peer++)
                _report.Tell($"The client 2001:db8::{second}:{peer}", Foreign);
        }

        Assert.InRange(_lines.Count, 10, 16);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add(formatter(state, exception));
}
