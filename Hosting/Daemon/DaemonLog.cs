using Microsoft.Extensions.Logging;

namespace OnionBalance.Split.Hosting.Daemon;

/// <summary>What a run says of itself.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(EventName = "Running", Level = LogLevel.Information, Message = "{Program} runs with {Path}.")]
    public static partial void Running(ILogger logger, string program, string path);

    [LoggerMessage(EventName = "Stopping", Level = LogLevel.Information, Message = "Stopping.")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(EventName = "StoppedLate", Level = LogLevel.Warning, Message = "Not everything stopped within {Bound}: ending anyway.")]
    public static partial void StoppedLate(ILogger logger, TimeSpan bound);

    [LoggerMessage(EventName = "StoppedBadly", Level = LogLevel.Warning, Message = "A part could not stop as it should: {Problem}")]
    public static partial void StoppedBadly(ILogger logger, string problem);

    [LoggerMessage(EventName = "Failed", Level = LogLevel.Critical, Message = "Cannot go on: {Problem}")]
    public static partial void Failed(ILogger logger, string problem);

    [LoggerMessage(EventName = "Broke", Level = LogLevel.Critical, Message = "Cannot go on, by a fault in the program: {Problem}")]
    public static partial void Broke(ILogger logger, string problem, Exception exception);

    [LoggerMessage(EventName = "ConfigurationProblem", Level = LogLevel.Error, Message = "{Problem}")]
    public static partial void ConfigurationProblem(ILogger logger, string problem);

    [LoggerMessage(EventName = "OldConfigurationKept", Level = LogLevel.Error, Message = "The configuration in {Path} is not taken up; the old one stays in force.")]
    public static partial void OldConfigurationKept(ILogger logger, string path);

    [LoggerMessage(EventName = "Reloaded", Level = LogLevel.Information, Message = "The configuration in {Path} is in force.")]
    public static partial void Reloaded(ILogger logger, string path);

    [LoggerMessage(EventName = "ReloadLeft", Level = LogLevel.Information, Message = "Reading the configuration again was cut short by the stop.")]
    public static partial void ReloadLeft(ILogger logger);

    [LoggerMessage(EventName = "ReloadBroke", Level = LogLevel.Error, Message = "Reading the configuration again failed, by a fault in the program: {Problem}")]
    public static partial void ReloadBroke(ILogger logger, string problem, Exception exception);
}
