using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>When a backend's tor sent descriptors of its own to the HSDirs: the one sign of a new second descriptor that it gives.</summary>
internal sealed class UploadLog : IAsyncDisposable
{
    /// <summary>tor sends one version to all its HSDirs at once.</summary>
    private static readonly TimeSpan _betweenRounds = TimeSpan.FromMilliseconds(500);

    private readonly ControlConnection _control;
    private readonly OnionAddress _address;
    private readonly List<(string DescriptorId, long At)> _uploads = [];
    private readonly Task _run;

    private UploadLog(ControlConnection control, EventSubscription events, OnionAddress address)
    {
        _control = control;
        _address = address;
        _run = FollowAsync(events);
    }

    internal static async Task<UploadLog> OpenAsync(DeployedBackend backend)
    {
        Assert.True(OnionAddress.TryParse(backend.Backend.Address, out var address));
        var control = await backend.Backend.Tor.ConnectAsync();
        return new UploadLog(control, await control.SubscribeAsync([HsDescEvent.Keyword], CancellationToken.None), address);
    }

    /// <summary>The timestamp at which the last round of uploads of this period's descriptor began; null without one.</summary>
    internal long? LastRound(TimePeriod period)
    {
        var id = Convert.ToBase64String(_address.PublicKey.Blind(period).Bytes.Span).TrimEnd('=');
        lock (_uploads)
        {
            long? began = null, last = null;
            foreach (var (_, at) in _uploads.Where(upload => upload.DescriptorId == id))
            {
                if (last is null || TimeProvider.System.GetElapsedTime(last.Value, at) > _betweenRounds)
                    began = at;
                last = at;
            }

            return began;
        }
    }

    internal void Forget()
    {
        lock (_uploads)
            _uploads.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await _run;
    }

    private async Task FollowAsync(EventSubscription events)
    {
        try
        {
            await foreach (var message in events.Events.ReadAllAsync())
            {
                if (!HsDescEvent.TryParse(message, out var happened) || happened is not { Action: HsDescAction.Upload, DescriptorId: { } id } || happened.Label != _address.Label)
                    continue;
                lock (_uploads)
                    _uploads.Add((id, TimeProvider.System.GetTimestamp()));
            }
        }
        catch (ControlException)
        {
            // Disposed.
        }
    }
}
