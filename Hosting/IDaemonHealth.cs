namespace OnionBalance.Split.Hosting;

/// <summary>Registered in a host's services by a daemon that knows when it is stuck.</summary>
public interface IDaemonHealth
{
    /// <summary>False only when a restart would help: systemd's watchdog is then left to bite. Answers at once.</summary>
    bool IsLive { get; }
}
