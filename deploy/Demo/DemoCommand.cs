using OnionBalance.Split.PrivateTorNetwork;
using Spectre.Console;

namespace OnionBalance.Split.Demo;

/// <summary>Runs the demo on the terminal: what is going on, what came of it, a summary; exit code 0 only when all went well.</summary>
internal sealed class DemoCommand(IAnsiConsole console, bool keep)
{
    // Two introduction points on one relay are one to a client: with few relays a backend might be asked seldom.
    private static readonly PrivateNetworkOptions _options = new() { Relays = 20 };

    private readonly List<DemoStep> _done = [];

    internal async Task<int> RunAsync(CancellationToken ct)
    {
        console.MarkupLine("[bold]OnionBalance.Split[/]: one onion address, three backends, on a private Tor network on this machine.");
        try
        {
            await using var network = await StartNetworkAsync(ct);
            await using var run = new DemoRun(network);
            return await RunOnAsync(run, ct);
        }
        catch (OperationCanceledException)
        {
            return Interrupted();
        }
        catch (PrivateNetworkException error)
        {
            return Failed(error);
        }
    }

    // Within the network's life, so that the daemons' logs are still there when something fails.
    private async Task<int> RunOnAsync(DemoRun run, CancellationToken ct)
    {
        var complete = false;
        try
        {
            await StepsAsync(run, ct);
            Summarize(run.MasterAddress);
            console.WriteLine("What the Collector says (its status verb):");
            console.WriteLine(await run.Deployment.StatusAsync(json: false, ct));
            complete = true;
            if (keep)
                await StayAsync(run, ct);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return complete ? 0 : Interrupted();
        }
        catch (Exception error) when (error is DemoFailedException or PrivateNetworkException)
        {
            Failed(error);
            foreach (var daemon in run.Deployment?.Daemons ?? [])
            {
                console.WriteLine($"--- last words of {daemon.Name}");
                console.WriteLine(daemon.LogTail(15));
            }

            return 1;
        }
    }

    private int Interrupted()
    {
        console.MarkupLine("Interrupted; everything is being stopped.");
        return 130;
    }

    private int Failed(Exception error)
    {
        console.MarkupLine("[red]failed[/]");
        console.WriteLine(error.Message);
        return 1;
    }

    private async Task<PrivateNetwork> StartNetworkAsync(CancellationToken ct) =>
        await console.Progress()
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async display =>
            {
                var bar = display.AddTask("A private Tor network");
                var started = TimeProvider.System.GetTimestamp();
                var network = await PrivateNetwork.StartAsync(_options, new BarProgress(bar), ct);
                _done.Add(new DemoStep("A private Tor network", $"3 authorities and {network.Relays.Length} relays, usable after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s"));
                return network;
            });

    private async Task StepsAsync(DemoRun run, CancellationToken ct)
    {
        await StepAsync("Making keys and certificates, starting backends", run.PrepareAsync, ct);
        await StepAsync("Starting Signer, Collector and agents; waiting for the HSDirs", run.PublishAsync, ct);
        console.MarkupLineInterpolated($"Master address: [bold green]http://{run.MasterAddress}/[/]");
        await console.Status().StartAsync("Fetching it with a tor client until every backend has answered", async status => _done.Add(Tell(
            await run.FetchUntilAllAnsweredAsync(counts => status.Status($"Answers so far: {string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"))}"), ct))));
        await StepAsync($"Killing {run.Victim.Name} and its agent; watching the HSDirs while a client goes on", run.KillAsync, ct);
        await StepAsync($"Bringing {run.Victim.Name} back", run.BringBackAsync, ct);
    }

    private Task StepAsync(string doing, Func<CancellationToken, Task<DemoStep>> step, CancellationToken ct) =>
        console.Status().StartAsync(doing, async _ => _done.Add(Tell(await step(ct))));

    private DemoStep Tell(DemoStep step)
    {
        console.MarkupLineInterpolated($"[green]ok[/] {step.Name}: {step.Result}");
        return step;
    }

    private void Summarize(string address)
    {
        var table = new Table().AddColumns("Step", "Seen").Title($"Summary for {address[..16]}[[...]].onion").Border(TableBorder.Rounded);
        foreach (var step in _done)
            table.AddRow(Markup.Escape(step.Name), Markup.Escape(step.Result));
        console.Write(table);
    }

    private async Task StayAsync(DemoRun run, CancellationToken ct)
    {
        console.MarkupLine("[bold]It stays up until Ctrl-C.[/] Try it in another terminal:");
        console.WriteLine($"  curl --socks5-hostname {run.Client.SocksEndpoint} http://{run.MasterAddress}/");
        console.WriteLine("  (a new backend now and then: --proxy-user $RANDOM:x makes fresh circuits)");
        console.WriteLine($"  {run.Deployment.StatusCommand}");
        foreach (var backend in run.Deployment.Backends)
            console.WriteLine($"  kill -9 {backend.Backend.Tor.Id} {backend.Agent.Id}   # {backend.Name}: tor and agent");
        console.WriteLine($"  ls {run.Deployment.Folder}   # configurations and logs");
        await Task.Delay(Timeout.Infinite, ct);
    }

    private sealed class BarProgress(ProgressTask bar) : IProgress<PrivateNetworkProgress>
    {
        public void Report(PrivateNetworkProgress value)
        {
            bar.Description = Markup.Escape(value.Message);
            bar.Value = Math.Max(bar.Value, value.Share * 100);
        }
    }
}
