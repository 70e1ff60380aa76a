using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Runtime.InteropServices;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Hosting.Daemon;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// The command line that all daemons share: run, check-config and version, with one line on stderr for what a person can
/// cause, and the exit codes of <see cref="ExitCode"/>.
/// </summary>
public static class DaemonCommand
{
    /// <summary>The whole of a daemon's Main.</summary>
    public static Task<int> RunAsync<TOptions>(DaemonDefinition<TOptions> daemon, IReadOnlyList<string> arguments)
        where TOptions : class =>
        RunAsync(daemon, arguments, Console.Out, Console.Error);

    /// <summary>
    /// "--config FILE" as run and check-config have it, for a daemon's own verb that needs the configuration; read it with
    /// TryReadConfiguration.
    /// </summary>
    public static Option<string> ConfigOption(string defaultPath) => new("--config", "-c")
    {
        Description = "The configuration file.",
        HelpName = "FILE",
        DefaultValueFactory = _ => defaultPath,
    };

    /// <summary>Reads a configuration; on false every problem has been written to <paramref name="error"/>: end with <see cref="ExitCode.Usage"/>.</summary>
    public static bool TryReadConfiguration<TOptions>(
        ConfigurationBinder<TOptions> binder,
        string path,
        TextWriter error,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TOptions? options)
        where TOptions : class => TryReadConfiguration(binder, path, error, out options, out _);

    /// <summary>The same, with the bytes of the file that were read.</summary>
    public static bool TryReadConfiguration<TOptions>(
        ConfigurationBinder<TOptions> binder,
        string path,
        TextWriter error,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TOptions? options,
        out byte[] content)
        where TOptions : class
    {
        if (YamlConfiguration.TryRead(path, binder, out options, out content, out var problems))
            return options is not null;
        Write(error, problems);
        return false;
    }

    /// <summary>The version of the program and of what runs it, "0.1.0 (.NET 10.0.0)".</summary>
    public static string Version()
    {
        var version = (Assembly.GetEntryAssembly() ?? typeof(DaemonCommand).Assembly)
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
        return $"{version} ({RuntimeInformation.FrameworkDescription})";
    }

    internal static async Task<int> RunAsync<TOptions>(
        DaemonDefinition<TOptions> daemon,
        IReadOnlyList<string> arguments,
        TextWriter output,
        TextWriter error)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(daemon);
        var parsed = Build(daemon, output, error).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            Write(error, CommandLineFaults.Of(daemon.Program, parsed));
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                // Signals are ours: the library would give a stopping daemon two seconds.
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
        catch (DaemonException exception)
        {
            Write(error, [$"{daemon.Program}: {exception.Message}"]);
            return ExitCode.Failure;
        }
    }

    private static RootCommand Build<TOptions>(DaemonDefinition<TOptions> daemon, TextWriter output, TextWriter error)
        where TOptions : class
    {
        var run = new Command("run", "Run the daemon in the foreground until SIGTERM. SIGHUP reads the configuration again and keeps the old one if the new one is bad.");
        var runConfig = ConfigOption(daemon.DefaultConfigurationPath);
        run.Options.Add(runConfig);
        run.SetAction((parsed, _) => DaemonRun<TOptions>.RunAsync(daemon, parsed.GetRequiredValue(runConfig), error));

        var check = new Command(
            "check-config",
            """
            Read the configuration as 'run' would and tell everything that is wrong with what is written in it; then look at
            the files that it names: certificate, key and CA of tls, each readable by who runs this and by nobody whom it is
            not for, fitting each other, in date, and made for this program; the owner of the state directory; the 'hostname' of
            an agent's hidden_service_directory. Tors, peers and the permanent keys are left to 'run'. Run this as the
            daemon's user. Exit code 0 when all is fine, 2 when not.
            """);
        var checkConfig = ConfigOption(daemon.DefaultConfigurationPath);
        check.Options.Add(checkConfig);
        check.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(checkConfig);
            if (!TryReadConfiguration(daemon.Binder, path, error, out var options))
                return ExitCode.Usage;
            var faults = daemon.FaultsOfFiles(options).ToImmutableArray();
            Write(error, faults);
            if (!faults.IsEmpty)
                return ExitCode.Usage;
            output.WriteLine($"{path}: OK");
            return ExitCode.Fine;
        });

        var version = new Command("version", "Tell the version of the program and of what runs it.");
        version.SetAction(_ => output.WriteLine($"{daemon.Program} {Version()}"));

        var root = new RootCommand(daemon.Description);
        foreach (var verb in (Command[])[run, check, .. daemon.Verbs, version])
            root.Subcommands.Add(verb);
        return root;
    }

    private static void Write(TextWriter writer, ImmutableArray<string> lines)
    {
        foreach (var line in lines)
            writer.WriteLine(line);
    }
}
