using System.CommandLine;
using OnionBalance.Split.Config.Pki;

var root = new RootCommand("onionbalance-config: what an operator prepares before the daemons of OnionBalance.Split run.");
root.Subcommands.Add(PkiCommand.Create(TimeProvider.System));
return root.Parse(args).Invoke();
