using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OnionBalance.Split.Hosting.Daemon;

namespace OnionBalance.Split.Hosting;

/// <summary>What every daemon's host is set up with: logging, stopping, time.</summary>
public static class DaemonHost
{
    /// <summary>How long a stop may take before the process ends anyway.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);

    /// <summary>A builder with nothing of the environment in it: no settings files, no variables, no arguments.</summary>
    public static HostApplicationBuilder CreateBuilder(LogLevel leastLevel = LogLevel.Information)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.AddDaemonDefaults(leastLevel);
        return builder;
    }

    /// <summary>The same for a web builder; start from an empty one, since the others read settings from the environment.</summary>
    public static void AddDaemonDefaults(this IHostApplicationBuilder builder, LogLevel leastLevel = LogLevel.Information)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AddLogging(builder.Logging, leastLevel);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<IHostLifetime, SignalsElsewhere>();
        builder.Services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = StopBound;
            options.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.StopHost;
        });
    }

    private static void AddLogging(ILoggingBuilder logging, LogLevel leastLevel)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(leastLevel);
        if (leastLevel >= LogLevel.Information)
        {
            foreach (var chatty in (string[])["Microsoft", "Grpc", "System"])
                logging.AddFilter(chatty, LogLevel.Warning);
        }

        // A loop that failed is told by DaemonRun, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (SystemdHelpers.IsSystemdService())
        {
            logging.AddSystemdConsole();
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            });
        }

        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
