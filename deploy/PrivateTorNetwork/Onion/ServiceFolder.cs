using System.Collections.Immutable;
using System.Globalization;

namespace OnionBalance.Split.PrivateTorNetwork.Onion;

/// <summary>The folder of one onion service inside a tor's data directory.</summary>
internal static class ServiceFolder
{
    /// <summary>Makes the folder; for an instance also the ob_config file that tells tor its master's address.</summary>
    internal static string Make(string dataDirectory, int index, string? masterAddress)
    {
        var folder = Path.Combine(dataDirectory, string.Create(CultureInfo.InvariantCulture, $"service{index}"));
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (masterAddress is not null)
        {
            var full = masterAddress.EndsWith(".onion", StringComparison.Ordinal) ? masterAddress : masterAddress + ".onion";
            File.WriteAllText(Path.Combine(folder, "ob_config"), $"MasterOnionAddress {full}\n");
        }

        return folder;
    }

    /// <summary>The addresses that tor wrote, in the folders' order.</summary>
    internal static async Task<ImmutableArray<string>> ReadAddressesAsync(IReadOnlyList<string> folders, TimeProvider time, CancellationToken ct)
    {
        var addresses = ImmutableArray.CreateBuilder<string>(folders.Count);
        foreach (var folder in folders)
        {
            var hostname = Path.Combine(folder, "hostname");
            while (!File.Exists(hostname))
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, ct).ConfigureAwait(false);
            addresses.Add((await File.ReadAllTextAsync(hostname, ct).ConfigureAwait(false)).Trim());
        }

        return addresses.MoveToImmutable();
    }
}
