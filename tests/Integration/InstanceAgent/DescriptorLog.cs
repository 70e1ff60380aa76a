using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Integration.InstanceAgent;

/// <summary>What a descriptor says, without what changes at every encryption.</summary>
internal sealed record DescriptorContent(TimePeriod Period, ulong Revision, string Points)
{
    public static DescriptorContent? Read(ReadOnlySpan<byte> text, OnionAddress address, NetworkTiming timing)
    {
        var now = TimeProvider.System.GetUtcNow();
        var current = timing.PeriodAt(now);
        TimePeriod[] periods = [current.Previous.Previous, current.Previous, current, current.Next, current.Next.Next];
        return DescriptorReader.TryRead(text, address.PublicKey, periods, now, null, out var descriptor, out _)
            ? new DescriptorContent(
                descriptor.Period,
                descriptor.RevisionCounter,
                string.Join(' ', descriptor.Inner.IntroductionPoints.Select(p => p.AuthKey.Bytes.ToHex()[..8]).Order(StringComparer.Ordinal)))
            : null;
    }
}

/// <summary>Asks a tor for its own descriptor far more often than the agent does, and writes down when each was first seen.</summary>
internal sealed class DescriptorLog(TorProcess tor, OnionAddress address, NetworkTiming timing) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<DescriptorContent, DateTimeOffset> _firstSeen = [];
    private readonly Lock _lock = new();
    private Task _run = Task.CompletedTask;

    /// <summary>Those with introduction points.</summary>
    public Dictionary<DescriptorContent, DateTimeOffset> FirstSeen
    {
        get
        {
            lock (_lock)
                return new(_firstSeen.Where(seen => seen.Key.Points.Length > 0));
        }
    }

    public void Start() => _run = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await tor.ConnectAsync(_stop.Token);
                var own = new OwnDescriptorReader(connection);
                while (true)
                {
                    if (await own.ReadAsync(address, _stop.Token) is { } text && DescriptorContent.Read(text.Span, address, timing) is { } content)
                    {
                        lock (_lock)
                            _firstSeen.TryAdd(content, TimeProvider.System.GetUtcNow());
                    }

                    await Task.Delay(50, _stop.Token);
                }
            }
            catch (ControlException)
            {
                await Task.Delay(50, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
