using System.Collections.Immutable;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Watching;

/// <summary>What is wrong with an instance as its tor is configured.</summary>
internal enum InstanceFault
{
    None,

    /// <summary>This tor has onion services, and none of them is the instance.</summary>
    NotServed,

    /// <summary>It refuses what is meant for the master: HiddenServiceOnionBalanceInstance is missing.</summary>
    NotAnInstance,

    /// <summary>ob_config, which names the master, is missing.</summary>
    NoMasterNamed,
}

/// <summary>
/// Looks for the mistakes that people make in a torrc. The services' directories are tor's own and perhaps not readable
/// here: what cannot be seen is taken to be right.
/// </summary>
internal static class InstanceSetup
{
    private const string HostNameFile = "hostname";
    private const string MasterFile = "ob_config";

    public static InstanceFault Check(InstanceConfiguration instance, ImmutableArray<TorService> services)
    {
        var named = services.Select(service => (Service: service, Address: AddressOf(service))).ToArray();
        var found = named.FirstOrDefault(s => IsSame(s.Service.Directory, instance.Directory) || s.Address == instance.Address).Service;
        if (found is null)
            return named.Length > 0 && named.All(s => s.Address is not null) ? InstanceFault.NotServed : InstanceFault.None;
        if (!found.IsOnionBalanceInstance)
            return InstanceFault.NotAnInstance;
        return IsMissing(Path.Combine(found.Directory, MasterFile)) ? InstanceFault.NoMasterNamed : InstanceFault.None;
    }

    private static bool IsSame(string directory, string? other) =>
        other is not null && Path.GetFullPath(directory).TrimEnd('/') == Path.GetFullPath(other).TrimEnd('/');

    private static OnionAddress? AddressOf(TorService service)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(service.Directory, HostNameFile)).Trim();
            return OnionAddress.TryParse(text, out var address) ? address : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Only when the directory can be looked into.</summary>
    private static bool IsMissing(string path)
    {
        try
        {
            _ = File.GetAttributes(path);
            return false;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
