using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>What a person carries files for: the verbs of both programs, the Signer's in a network namespace that has nothing but lo.</summary>
public sealed class AirGap
{
    private const string ShowInterfaces = "echo interfaces: $(sed -n 's/^ *\\([^ ]*:\\).*/\\1/p' /proc/net/dev); exec \"$@\"";

    private readonly SplitDeployment _deployment;
    private readonly string _timing;

    internal AirGap(SplitDeployment deployment, TimeSpan votingInterval)
    {
        _deployment = deployment;
        _timing = string.Create(CultureInfo.InvariantCulture, $"{votingInterval.TotalSeconds:0}s/{(votingInterval * 24).TotalMinutes:0}m");
    }

    /// <summary>Asks for so many periods from now on, two at least.</summary>
    /// <returns>The request's file.</returns>
    public async Task<string> RequestAsync(string name, int periods, CancellationToken ct = default)
    {
        var file = Path.Combine(_deployment.Folder, name + ".request");
        await CollectorAsync(
            ["delegation", "request", "--service", _deployment.Master.ToFullString(), "--periods", periods.ToString(CultureInfo.InvariantCulture), "--network", _timing, "--output", file], ct).ConfigureAwait(false);
        return file;
    }

    /// <summary>Has the Signer grant it.</summary>
    /// <returns>The bundle's file, and what was seen meanwhile: the namespace's interfaces and the Signer's words.</returns>
    public async Task<(string File, string Output)> GrantAsync(string request, CancellationToken ct = default)
    {
        var file = Path.ChangeExtension(request, ".bundle");
        string[] own = Environment.IsPrivilegedProcess ? [] : ["--map-root-user"];
        var output = await ToolRun.RequireAsync(
            "unshare",
            ["--net", .. own, "sh", "-c", ShowInterfaces, "sh", _deployment.SignerProgram, "delegate", "--config", _deployment.Signer.ConfigFile, "--request", request, "--output", file, "--yes"],
            null,
            null,
            ct).ConfigureAwait(false);
        return (file, output);
    }

    /// <summary>Has the Collector take the bundle; throws with its words when it does not.</summary>
    public Task<string> ImportAsync(string bundle, CancellationToken ct = default) =>
        CollectorAsync(["delegation", "import", "--network", _timing, bundle], ct);

    private Task<string> CollectorAsync(IEnumerable<string> arguments, CancellationToken ct) =>
        ToolRun.RequireAsync(_deployment.CollectorProgram, [.. arguments, "--config", _deployment.Collector.ConfigFile], null, null, ct);
}
