using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Configuration;

/// <summary>Finds the addresses of the instances that are named by their HiddenServiceDir.</summary>
internal static class InstanceAddresses
{
    private const string HostNameFile = "hostname";
    private const int MaxHostNameBytes = 256;

    /// <summary>All of them, or one line for each that cannot be had.</summary>
    public static ImmutableArray<InstanceConfiguration> Resolve(
        ImmutableArray<InstanceEntry> entries, out ImmutableArray<string> problems)
    {
        var resolved = ImmutableArray.CreateBuilder<InstanceConfiguration>(entries.Length);
        var lines = ImmutableArray.CreateBuilder<string>();
        foreach (var entry in entries)
        {
            if (Resolve(entry, out var problem) is not { } address)
                lines.Add(problem);
            else if (resolved.Any(instance => instance.Address == address))
                lines.Add($"instances: {address} is there twice, once by its directory");
            else
                resolved.Add(new InstanceConfiguration(address, entry.Directory, entry.Tor));
        }

        problems = lines.ToImmutable();
        return resolved.ToImmutable();
    }

    private static OnionAddress? Resolve(InstanceEntry entry, out string problem)
    {
        problem = "";
        if (entry.Address is not null)
            return entry.Address;
        var path = Path.Combine(entry.Directory ?? "", HostNameFile);
        try
        {
            using var file = File.OpenHandle(path);
            var bytes = new byte[MaxHostNameBytes];
            var length = RandomAccess.Read(file, bytes, 0);
            var text = System.Text.Encoding.ASCII.GetString(bytes, 0, length).Trim();
            if (OnionAddress.TryParse(text, out var address))
                return address;
            problem = $"{path}: is not a v3 onion address";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {e.Message} tor writes it at its first start, and the agent must be allowed to read it; or give the instance by its address";
        }

        return null;
    }
}
