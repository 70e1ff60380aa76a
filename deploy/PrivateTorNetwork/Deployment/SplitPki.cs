using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.PrivateTorNetwork.Deployment;

/// <summary>The operator's certificates, made with onionbalance-config as an operator makes them.</summary>
public sealed class SplitPki
{
    private readonly string _program;

    internal SplitPki(string programFolder, string folder)
    {
        _program = Path.Combine(programFolder, "onionbalance-config");
        Folder = folder;
    }

    public string Folder { get; }

    public string CaCertificate => Path.Combine(Folder, "ca.crt");

    public string Certificate(string name) => Path.Combine(Folder, name + ".crt");

    public string Key(string name) => Path.Combine(Folder, name + ".key");

    public Task InitAsync(CancellationToken ct = default) => RunAsync(["pki", "init", "--directory", Folder], ct);

    /// <summary>NAME.crt and NAME.key for a role: agent, collector or signer.</summary>
    public Task IssueAsync(string role, string name, CancellationToken ct = default) =>
        RunAsync(["pki", "issue", "--directory", Folder, "--role", role, "--name", name], ct);

    private Task<string> RunAsync(string[] arguments, CancellationToken ct) => ToolRun.RequireAsync(_program, arguments, null, null, ct);
}
