using System.CommandLine;
using System.CommandLine.Invocation;
using OnionBalance.Split.Config.Pki;
using OnionBalance.Split.Hosting;

var root = new RootCommand("onionbalance-config: what an operator prepares before the daemons of OnionBalance.Split run.");
root.Subcommands.Add(PkiCommand.Create(TimeProvider.System));
var parsed = root.Parse(args);
if (parsed.Action is not ParseErrorAction)
    return parsed.Invoke();
foreach (var line in CommandLineFaults.Of("onionbalance-config", parsed))
    Console.Error.WriteLine(line);
return ExitCode.Usage;
