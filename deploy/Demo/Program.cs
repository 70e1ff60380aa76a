using System.CommandLine;
using OnionBalance.Split.Demo;
using Spectre.Console;

var relays = new Option<int>("--relays") { Description = "Relays beside the three authorities.", DefaultValueFactory = _ => 8 };
var folder = new Option<string?>("--folder") { Description = "Where the network makes its own folder (default: the temporary folder)." };
var network = new Command("network", "Start only a private Tor network with one client and keep it until Ctrl-C.") { relays, folder };
network.SetAction((parsed, ct) => NetworkCommand.RunAsync(parsed.InvocationConfiguration.Output, parsed.GetValue(relays), parsed.GetValue(folder), ct));

var keep = new Option<bool>("--keep") { Description = "Stay up at the end, until Ctrl-C, and say how to try it by hand." };
var root = new RootCommand(
    "Shows OnionBalance.Split's main job on a private Tor network on this machine: three backends behind one onion address, of which one is killed and comes back. Needs Debian's tor and libsodium23; leaves nothing behind.")
{
    keep,
    network,
};
// Into a file or a pipe, lines may be as long as they are.
if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 250;
root.SetAction((parsed, ct) => new DemoCommand(AnsiConsole.Console, parsed.GetValue(keep)).RunAsync(ct));

// Stopping a whole network takes longer than the two seconds that the library would grant.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
