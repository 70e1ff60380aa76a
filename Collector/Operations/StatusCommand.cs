using System.CommandLine;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using Spectre.Console;

namespace OnionBalance.Split.Collector.Operations;

/// <summary>"status": asks the running collector over its operator socket, whose path the configuration file tells unless it is given.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan AnswerWait = TimeSpan.FromSeconds(5);

    internal static Command Create(string defaultPath)
    {
        var config = DaemonCommand.ConfigOption(defaultPath);
        var socket = new Option<string?>("--socket", "-s")
        {
            Description = "The collector's operator socket; the configuration file is not read then.",
            HelpName = "PATH",
        };
        var json = new Option<bool>("--json") { Description = "For programs: the whole status as one JSON object." };
        var command = new Command("status", "Show services, instances, descriptors and uploads of the running collector. Exit code 0 when it answers.");
        command.Options.Add(config);
        command.Options.Add(socket);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(socket);
            if (path is null)
            {
                if (!DaemonCommand.TryReadConfiguration<CollectorConfiguration>(
                    CollectorBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration))
                {
                    return ExitCode.Usage;
                }

                path = configuration.OperatorSocket;
            }

            var status = await AskAsync(path, cancellationToken);
            if (parsed.GetValue(json))
                parsed.InvocationConfiguration.Output.WriteLine(new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(true)).Format(status));
            else
                new StatusTable(Console(parsed.InvocationConfiguration.Output), TimeProvider.System.GetUtcNow()).Write(status);
            return ExitCode.Fine;
        });
        return command;
    }

    internal static async Task<StatusReply> AskAsync(string socketPath, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpClient = client });
        try
        {
            return await new Operator.OperatorClient(channel).StatusAsync(
                new StatusRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime + AnswerWait, cancellationToken: cancellationToken);
        }
        catch (RpcException e)
        {
            throw new DaemonException($"no collector answers at {socketPath} ({e.StatusCode}): is it running, and may you open the socket?", e);
        }
    }

    /// <summary>Wide enough for its tables also where the output is no terminal.</summary>
    private static IAnsiConsole Console(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (console.Profile.Width < 100 || !console.Profile.Out.IsTerminal)
            console.Profile.Width = Math.Max(console.Profile.Width, 160);
        return console;
    }
}
