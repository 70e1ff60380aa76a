using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.State;

namespace OnionBalance.Split.Signer.Audit;

/// <summary>audit create: the way back from a lost log.</summary>
internal static class AuditCreateCommand
{
    public static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var accept = new Option<bool>("--accept-lost-log") { Description = "The log is lost for good, and you know it." };
        var command = new Command(
            "create",
            """
            Begin the audit log anew where it is lost for good: missing, damaged, or older than the services' states. The
            Signer must be stopped. What is left of the old log is kept beside it, as audit.lost-TIME; the new one says in
            its first lines that it was begun anew, and goes on with the numbers that the states know of.
            What a lost log costs: what it told, and that a state older than it is found. Look at the states before.
            """)
        {
            config, accept,
        };
        command.SetAction(parsed =>
        {
            if (!DaemonCommand.TryReadConfiguration<SignerConfiguration>(
                SignerConfigurationBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration))
            {
                return ExitCode.Usage;
            }

            if (!parsed.GetValue(accept))
                throw new DaemonException("nothing was done: a log is begun anew only with --accept-lost-log; restore the audit folder if there is a copy of it");
            parsed.InvocationConfiguration.Output.WriteLine(BeginAnew(configuration, TimeProvider.System));
            return ExitCode.Fine;
        });
        return command;
    }

    private static string BeginAnew(SignerConfiguration configuration, TimeProvider time)
    {
        StateDirectory.CheckOwner(configuration.StateDirectory);
        var folder = AuditLog.FolderIn(configuration.StateDirectory);
        try
        {
            StateFolder.CheckInitialised(configuration.StateDirectory);
            using var held = StateFolder.Lock(configuration.StateDirectory);
            var states = StateFolder.SoundStates(configuration.StateDirectory, configuration.Services.Select(service => service.Address)).ToArray();
            var known = new AuditMemory(
                StateFolder.LastKnown(states).Number,
                states.Aggregate(StateSerials.None, (serials, state) => serials.With(StateSerials.TagOf(state.Service), state.Serial)));
            if (IsWhole(folder, known.Number))
                throw new DaemonException($"nothing was done: the audit log in {folder} is whole, and no state knows of a later line");

            // The new one is whole before it takes the place of the old.
            var making = folder + ".new";
            if (Directory.Exists(making))
                Directory.Delete(making, recursive: true);
            AuditLog.BeginAnew(making, time, known, "an operator accepted that the log before this line is lost");
            var lost = StateFolder.LostName(folder, time.GetUtcNow());
            var isKept = Directory.Exists(folder);
            if (isKept)
                Directory.Move(folder, lost);
            Directory.Move(making, folder);
            return $"Begun anew: {folder}, from line number {known.Number + 1} on." + (isKept ? $" The old one is in {lost}." : "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"the audit log in {folder} cannot be begun anew (is the Signer running?): {exception.Message}", exception);
        }
    }

    private static bool IsWhole(string folder, ulong number) =>
        File.Exists(AuditHead.PathIn(folder)) && AuditChain.TryVerify(folder, out var head, out _) && head.Number >= number;
}
