namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>Where deploy/publish.sh puts the programs: artifacts/programs of the source tree that this was built in.</summary>
internal static class PublishedPrograms
{
    /// <summary>The folder; throws when the programs have not been published.</summary>
    internal static string Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "OnionBalance.Split.sln")))
            root = root.Parent;
        if (root is null)
            throw new PrivateNetworkException($"{AppContext.BaseDirectory} is not within the source tree: say where the programs are.");
        var folder = Path.Combine(root.FullName, "artifacts", "programs");
        return File.Exists(Path.Combine(folder, "onionbalance-config"))
            ? folder
            : throw new PrivateNetworkException($"There are no programs in {folder}: run deploy/publish.sh.");
    }
}
