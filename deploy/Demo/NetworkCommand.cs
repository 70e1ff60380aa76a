using OnionBalance.Split.PrivateTorNetwork;

namespace OnionBalance.Split.Demo;

/// <summary>Only the private network with one client, until Ctrl-C: to try things by hand.</summary>
internal static class NetworkCommand
{
    internal static async Task<int> RunAsync(TextWriter output, int relays, string? folder, CancellationToken ct)
    {
        try
        {
            var progress = new PlainProgress(output);
            await using var network = await PrivateNetwork.StartAsync(new PrivateNetworkOptions { Relays = relays, ParentFolder = folder }, progress, ct);
            var client = await network.AddClientAsync("client", ct: ct);
            await output.WriteLineAsync($"Folder {network.Folder}, client's SOCKS port {client.SocksEndpoint}, control port {client.ControlEndpoint}. Ctrl-C ends it.");
            await Task.Delay(Timeout.Infinite, ct);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        catch (PrivateNetworkException error)
        {
            await output.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private sealed class PlainProgress(TextWriter output) : IProgress<PrivateNetworkProgress>
    {
        public void Report(PrivateNetworkProgress value) => output.WriteLine($"{value.Share,4:P0} {value.Message}");
    }
}
