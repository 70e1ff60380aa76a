using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Delegations;

/// <summary>onionbalance-signer delegate as a process in a network namespace of its own, where not even lo is up.</summary>
public sealed class DelegateProcessTests : IDisposable
{
    private const int Days = 30;

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly SignerUnderTest _signer = new();
    private readonly DelegationRequest _request;

    public DelegateProcessTests()
    {
        var first = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow()).Number;
        _request = new DelegationRequest(
            _signer.Service, [.. Enumerable.Range(0, Days).Select(day => new RequestedPeriod(new TimePeriod(first + (ulong)day, 1440), NewKey()))]);
        File.WriteAllBytes(RequestFile, _request.ToText());
        Configure("{enabled: true}");
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "onionbalance-signer");

    private string RequestFile => _signer.InFolder("request");

    private string BundleFile => _signer.InFolder("bundle");

    private string ConfigFile => _signer.InFolder("airgap.yaml");

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task A_request_becomes_a_bundle_a_transcript_and_QR_codes_that_zbar_reads()
    {
        var (code, output) = await DelegateAsync("--request", RequestFile, "--transcript", _signer.InFolder("transcript"), "--png", _signer.InFolder("codes"), "--yes");
        Assert.True(code == 0, output);
        Assert.Contains("interfaces: lo:", output, StringComparison.Ordinal);
        Assert.Contains(_request.Service.ToFullString(), output, StringComparison.Ordinal);
        Assert.Contains(DelegationFingerprint.Of(_request.ToText()), output, StringComparison.Ordinal);
        var text = File.ReadAllBytes(BundleFile);
        AssertUsable(text);
        Assert.Contains(DelegationFingerprint.Of(text), output, StringComparison.Ordinal);
        Assert.Contains(DelegationFingerprint.Of(text), File.ReadAllText(_signer.InFolder("transcript")), StringComparison.Ordinal);

        Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(_signer.InFolder("transcript")));
        var codes = Directory.GetFiles(_signer.InFolder("codes"));
        Assert.All(codes, code => Assert.Equal(AtomicFile.ReadableByAll, File.GetUnixFileMode(code)));
        // QR codes alone: now and then zbar sees a bar code of another kind in one.
        var scanned = await Tool.OutputAsync(Tool.Start("zbarimg", ["--quiet", "-Sdisable", "-Sqrcode.enable", .. codes]), Bound);
        Assert.True(DelegationInput.TryGather([("scanned", Encoding.ASCII.GetBytes(scanned))], out var read, out var problems), string.Join('\n', problems));
        Assert.Equal(text, read);
        var (verified, told) = await SignerUnderTest.RunAsync("audit", "verify", "--config", ConfigFile);
        Assert.True(verified == 0, told);
    }

    [Fact]
    public async Task A_request_is_taken_from_the_text_of_its_QR_codes()
    {
        var parts = DelegationParts.Split(_request.ToText());
        File.WriteAllLines(_signer.InFolder("scans"), parts.Reverse().Select(part => part.ToString()));
        var (code, output) = await DelegateAsync(["--request", "-", "--yes"], input: _signer.InFolder("scans"));
        Assert.True(code == 0, output);
        AssertUsable(File.ReadAllBytes(BundleFile));

        File.Delete(BundleFile);
        File.WriteAllLines(_signer.InFolder("scans"), parts.Skip(1).Select(part => part.ToString()));
        (code, output) = await DelegateAsync("--request", _signer.InFolder("scans"), "--yes");
        Assert.Equal(1, code);
        Assert.Contains("part 1 is missing", output, StringComparison.Ordinal);
        Assert.False(File.Exists(BundleFile));
    }

    [Fact]
    public async Task Nothing_is_granted_unasked_unless_opened_or_over_a_file_that_is_there()
    {
        var (code, output) = await DelegateAsync("--request", RequestFile);
        Assert.Equal(1, code);
        Assert.Contains("no terminal to confirm on", output, StringComparison.Ordinal);
        Configure("{}");
        (code, output) = await DelegateAsync("--request", RequestFile, "--yes");
        Assert.Equal(1, code);
        Assert.Contains("does not allow delegations", output, StringComparison.Ordinal);
        Assert.False(File.Exists(BundleFile));
        Configure("{enabled: true}");
        Directory.CreateDirectory(_signer.InFolder("codes"));
        File.WriteAllText(_signer.InFolder("codes/part-001-of-001.png"), "there before");
        (code, output) = await DelegateAsync("--request", RequestFile, "--png", _signer.InFolder("codes"), "--yes");
        Assert.Equal(1, code);
        Assert.Contains("not an empty folder", output, StringComparison.Ordinal);
        Assert.False(File.Exists(BundleFile));
        File.WriteAllText(BundleFile, "there before");
        (code, output) = await DelegateAsync("--request", RequestFile, "--yes");
        Assert.Equal(1, code);
        Assert.Contains("not overwritten", output, StringComparison.Ordinal);
        Assert.Equal("there before", File.ReadAllText(BundleFile));
    }

    [Fact]
    public async Task A_Signer_that_runs_is_in_the_way_and_one_without_collectors_does_not_run()
    {
        _signer.Configure($"unix:{_signer.InFolder("nobody")}");
        _signer.Start();
        await _signer.WaitForLogAsync("Signing for");
        var (code, output) = await DelegateAsync("--request", RequestFile, "--yes");
        Assert.Equal(1, code);
        Assert.Contains("must be stopped first", output, StringComparison.Ordinal);
        _signer.Kill();
        (code, output) = await SignerUnderTest.RunAsync("check-config", "--config", ConfigFile);
        Assert.True(code == 0, output);
        await using var run = Tool.Start(Program, ["run", "--config", ConfigFile]);
        Assert.Equal(1, (await run.EndAsync(Bound)).Code);
        Assert.Contains("neither collectors nor tls", run.Errors, StringComparison.Ordinal);
    }

    private static Ed25519PublicKey NewKey()
    {
        using var key = DescriptorSigningKey.Generate();
        return key.PublicKey;
    }

    private void AssertUsable(byte[] text)
    {
        Assert.True(DelegationBundle.TryParse(text, out var bundle, out var fault), fault.ToString());
        Assert.Equal(
            DelegationFault.None,
            bundle.FaultFor(_request.Service, _request.Periods.Select(period => period.SigningKey).ToHashSet(), TimeProvider.System.GetUtcNow()));
        Assert.Equal(AtomicFile.ReadableByAll, File.GetUnixFileMode(BundleFile));
    }

    private void Configure(string delegations) => File.WriteAllText(ConfigFile, $"""
        state_directory: state
        network: public
        services:
          - address: {_signer.Service.ToFullString()}
            key: {"{"}file: key{"}"}
            policy:
              delegations: {delegations}
        """);

    private Task<(int Code, string Output)> DelegateAsync(params string[] arguments) => DelegateAsync(arguments, "/dev/null");

    private async Task<(int Code, string Output)> DelegateAsync(string[] arguments, string input)
    {
        const string Script = "echo interfaces: $(sed -n 's/^ *\\([^ ]*:\\).*/\\1/p' /proc/net/dev); input=$1; shift; exec \"$@\" <\"$input\"";
        await using var tool = Tool.Start(
            "unshare",
            ["--net", .. Environment.IsPrivilegedProcess ? [] : (string[])["--map-root-user"], "sh", "-c", Script, "sh", input, Program, "delegate", "--config", ConfigFile, "--output", BundleFile, .. arguments],
            new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0" });
        var (code, output) = await tool.EndAsync(Bound);
        return (code, output + tool.Errors);
    }
}
