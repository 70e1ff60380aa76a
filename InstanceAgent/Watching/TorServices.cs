using System.Collections.Immutable;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>An onion service of the torrc.</summary>
internal sealed record TorService(string Directory, bool IsOnionBalanceInstance);

/// <summary>What GETCONF HiddenServiceOptions says: the torrc's onion services, each begun by its HiddenServiceDir.</summary>
internal static class TorServices
{
    private const string DirectoryOption = "HiddenServiceDir=";
    private const string InstanceOption = "HiddenServiceOnionBalanceInstance=1";

    public static async Task<ImmutableArray<TorService>> ReadAsync(ControlConnection connection, CancellationToken cancellationToken)
    {
        var reply = await connection.SendAsync("GETCONF HiddenServiceOptions", cancellationToken).ConfigureAwait(false);
        return reply.IsOk ? Parse(reply.Lines.Select(line => line.Text)) : [];
    }

    public static ImmutableArray<TorService> Parse(IEnumerable<string> lines)
    {
        var services = ImmutableArray.CreateBuilder<TorService>();
        foreach (var line in lines)
        {
            if (line.StartsWith(DirectoryOption, StringComparison.OrdinalIgnoreCase))
                services.Add(new TorService(line[DirectoryOption.Length..].Trim('"'), false));
            else if (services.Count > 0 && line.Equals(InstanceOption, StringComparison.OrdinalIgnoreCase))
                services[^1] = services[^1] with { IsOnionBalanceInstance = true };
        }

        return services.ToImmutable();
    }
}
