using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer;

return await DaemonCommand.RunAsync(SignerDaemon.Define(), args).ConfigureAwait(false);
