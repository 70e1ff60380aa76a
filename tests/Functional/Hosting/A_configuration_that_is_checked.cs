using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tests.Functional.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Hosting;

/// <summary>check-config of each real program: the files of tls are looked at as the start looks at them.</summary>
public sealed class A_configuration_that_is_checked : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("check-config-test-");
    private readonly AgentPki _pki;

    public A_configuration_that_is_checked() => _pki = new AgentPki(_folder.FullName);

    public static TheoryData<string> Programs => ["agent", "collector", "signer"];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Is_fine_with_what_the_operators_tool_issued(string program)
    {
        Configure(program, _pki.Issue(RoleOf(program), "right"));
        var (code, output) = await CheckAsync(program);
        Assert.Equal((0, $"{ConfigFile}: OK\n"), (code, output));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task Names_each_file_that_the_start_would_refuse(string program)
    {
        var right = _pki.Issue(RoleOf(program), "right");
        var otherName = _pki.Issue(RoleOf(program), "other");
        var otherRole = _pki.Issue(program == "signer" ? PeerRole.Agent : PeerRole.Signer, "role");
        var stranger = new AgentPki(_folder.CreateSubdirectory("stranger").FullName).Issue(RoleOf(program), "right");
        await AssertRefusedAsync(program, right with { Key = InFolder("no.key") }, $"{InFolder("no.key")}: No such file or directory");
        await AssertRefusedAsync(program, right with { Key = otherName.Key }, $"{otherName.Key}: is not the PEM private key of {right.Certificate}");
        await AssertRefusedAsync(program, right with { Ca = stranger.Ca }, $"{right.Certificate}: its certificate is not of the operator's CA");
        await AssertRefusedAsync(program, right with { Ca = right.Key }, $"{right.Key}: holds no PEM certificate");
        await AssertRefusedAsync(program, otherRole, $"and {program} is wanted here");
        await AssertRefusedAsync(program, otherRole, $"'onionbalance-config pki issue --role {program}' makes one that fits");
        File.SetUnixFileMode(right.Key, AtomicFile.ReadableByAll);
        await AssertRefusedAsync(program, right, "so that others can read this secret");
    }

    private string ConfigFile => InFolder("checked.yaml");

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private static PeerRole RoleOf(string program) => Enum.Parse<PeerRole>(program, ignoreCase: true);

    private async Task AssertRefusedAsync(string program, TlsFiles files, string reason)
    {
        Configure(program, files);
        var (code, output) = await CheckAsync(program);
        Assert.True(code == 2 && output.Contains(reason, StringComparison.Ordinal), $"{reason}: {code}: {output}");
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    private Task<(int Code, string Output)> CheckAsync(string program) => SignerUnderTest.RunAsync(new System.Diagnostics.ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, $"onionbalance-{program}"), ["check-config", "--config", ConfigFile])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
    });

    private void Configure(string program, TlsFiles files)
    {
        var tls = $"tls: {{certificate: {files.Certificate}, key: {files.Key}, ca: {files.Ca}}}";
        var (master, instance) = (Address(), Address());
        File.WriteAllText(ConfigFile, program switch
        {
            "agent" => $"""
                collectors: [{"{"}endpoint: "127.0.0.1:7443"{"}"}]
                {tls}
                instances: [{"{"}address: {instance}, tor: {"{"}control: "unix:/run/tor/control"{"}"} {"}"}]
                """,
            "collector" => $"""
                tor: {"{"}control: "unix:/run/tor/control"{"}"}
                listen: ["127.0.0.1:7443"]
                operator_socket: operator.sock
                state_directory: state
                {tls}
                services: [{"{"}address: {master}, instances: [{"{"}address: {instance}, agent: backend1{"}"}]{"}"}]
                """,
            _ => $"""
                collectors: [{"{"}endpoint: "127.0.0.1:7443", name: collector1{"}"}]
                {tls}
                state_directory: state
                network: public
                services: [{"{"}address: {master}, key: {"{"}file: key{"}"}, instances: [{instance}]{"}"}]
                """,
        });
    }

    private static string Address()
    {
        using var key = IdentitySecretKey.Generate();
        return OnionAddress.From(key.PublicKey).ToFullString();
    }
}
