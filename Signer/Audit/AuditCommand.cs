using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>The verbs under "audit".</summary>
internal static class AuditCommand
{
    /// <summary>A running Signer confirms a line within this time of writing it.</summary>
    private static readonly TimeSpan Confirmation = TimeSpan.FromMilliseconds(500);

    public static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var verify = new Command(
            "verify",
            """
            Follow the audit log from its oldest file to its end and tell the first line that was changed, inserted, removed
            or cut off. Exit code 0 when there is none, 1 when there is. May be run beside a running Signer.
            """)
        {
            config,
        };
        verify.SetAction(async (parsed, cancellation) =>
        {
            if (!DaemonCommand.TryReadConfiguration<SignerConfiguration>(
                SignerConfigurationBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration))
            {
                return ExitCode.Usage;
            }

            var head = await VerifyAsync(configuration.StateDirectory, cancellation).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                head.File == 0
                    ? "The audit log is whole and has no line yet: nothing was asked of this Signer since it was made."
                    : $"The audit log is whole: line number {head.Number} is its last, in file {head.File}; the oldest file kept is {head.Oldest}.").ConfigureAwait(false);
            return ExitCode.Fine;
        });
        return new Command("audit", "The log of all that this Signer was asked for and what became of it.") { verify, AuditCreateCommand.Create(defaultConfigurationPath) };
    }

    /// <summary>Looks again for as long as a running Signer writes.</summary>
    private static async Task<AuditHead> VerifyAsync(string stateDirectory, CancellationToken cancellation)
    {
        var folder = AuditLog.FolderIn(stateDirectory);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                StateFolder.CheckInitialised(stateDirectory);
                if (AuditChain.TryVerify(folder, out var head, out var fault))
                    return head;
                await Task.Delay(Confirmation, TimeProvider.System, cancellation).ConfigureAwait(false);
                if (attempt == 5 || (AuditHead.TryRead(folder, out var now) && now == head))
                    throw new DaemonException(fault);
            }
            catch (FileNotFoundException exception)
            {
                throw new DaemonException($"{exception.FileName} is missing: {AuditLog.WayBack}", exception);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new DaemonException($"the audit log in {folder} cannot be read: {exception.Message}", exception);
            }
        }
    }
}
