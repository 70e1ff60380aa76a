using System.CommandLine;
using OnionBalance.Split.Demo;

var relays = new Option<int>("--relays") { Description = "Relays beside the three authorities.", DefaultValueFactory = _ => 8 };
var folder = new Option<string?>("--folder") { Description = "Where the network makes its own folder (default: the temporary folder)." };
var network = new Command("network", "Start only a private Tor network with one client and keep it until Ctrl-C.") { relays, folder };
network.SetAction((parsed, ct) => NetworkCommand.RunAsync(parsed.InvocationConfiguration.Output, parsed.GetValue(relays), parsed.GetValue(folder), ct));

var root = new RootCommand("Shows OnionBalance.Split's main job on a private Tor network on this machine.") { network };
return await root.Parse(args).InvokeAsync();
