using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Grpc.Health.V1;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tests.Functional.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace OnionBalance.Split.Tests.Functional.Collector;

/// <summary>The verbs under "delegation" beside the running program, and bundles as a Signer grants them.</summary>
public sealed class Delegations_of_a_collector : IAsyncLifetime, IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("obs-collector").FullName;
    private readonly IdentitySecretKey _identity = IdentitySecretKey.Generate();
    private readonly IdentitySecretKey _instance = IdentitySecretKey.Generate();
    private AgentPki _pki = null!;
    private CollectorUnderTest _collector = null!;

    private string Master => OnionAddress.From(_identity.PublicKey).ToFullString();

    public async Task InitializeAsync()
    {
        _pki = new AgentPki(_folder);
        _collector = new CollectorUnderTest(_pki);
        _collector.Configure(Master, [(OnionAddress.From(_instance.PublicKey).ToFullString(), "backend1")], "    signing: [delegation]");
        await _collector.StartAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _identity.Dispose();
        _instance.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Are_asked_for_granted_and_taken_up_without_a_restart_and_still_there_after_one()
    {
        await WaitForHealthAsync(ServingStatus.NotServing);
        var request = await RequestAsync("request", "--days", "3");
        await WaitForAsync(0);
        await ImportAsync(Write("bundle", Grant(request).ToText()));
        await WaitForAsync(request.Periods.Length);
        await WaitForHealthAsync(ServingStatus.Serving);

        var again = await _collector.VerbAsync("delegation", "import", Path.Combine(_folder, "bundle"));
        Assert.Contains("imported before", again.Output, StringComparison.Ordinal);
        var list = await _collector.VerbAsync("delegation", "list", "--network", "public");
        Assert.Equal((0, ""), (list.ExitCode, list.Error));
        Assert.Contains($"granted: {request.Periods.Length} periods", list.Output, StringComparison.Ordinal);
        Assert.Contains($"which end at {request.EndIn(NetworkTiming.Public):u}", list.Output, StringComparison.Ordinal);
        Assert.Contains($"both descriptors can be published until {Publication(request.Periods[^1].Period.Next):u}", list.Output, StringComparison.Ordinal);
        var table = await _collector.VerbAsync("status");
        Assert.Contains("Signing by delegation.", table.Output, StringComparison.Ordinal);
        Assert.Contains($"{request.Periods.Length} periods held, which end at {request.EndIn(NetworkTiming.Public):u};", string.Join(' ', table.Output.Split('\n', StringSplitOptions.TrimEntries)), StringComparison.Ordinal);

        _collector.Signal("KILL");
        await _collector.WaitForExitAsync();
        _collector.ForgetLog();
        await _collector.StartAsync();
        await WaitForAsync(request.Periods.Length);
        foreach (var file in Directory.GetFiles(Path.Combine(_folder, "state", "delegations"), "*.key", SearchOption.AllDirectories))
            Assert.Equal(AtomicFile.OwnerOnly, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Come_as_the_parts_of_qr_codes_too_and_a_second_bundle_adds_to_the_first()
    {
        var first = await RequestAsync("first", "--days", "2");
        await ImportAsync(Write("bundle", Grant(first).ToText()));
        var codes = Path.Combine(_folder, "codes");
        var second = await RequestAsync("second", "--days", "9", "--png", codes);
        Assert.Equal(DelegationParts.Split(second.ToText()).Length, Directory.GetFiles(codes, "*.png").Length);
        var parts = DelegationParts.Split(Grant(second).ToText());
        await ImportAsync([.. parts.Reverse().Select((part, index) => Write(string.Create(CultureInfo.InvariantCulture, $"part{index}"), System.Text.Encoding.ASCII.GetBytes(part + "\n")))]);
        await WaitForAsync(second.Periods.Length);
    }

    [Fact]
    public async Task Are_refused_each_with_its_reason_and_nothing_is_kept()
    {
        var request = await RequestAsync("request", "--days", "2");
        var good = Grant(request).ToText();
        var changed = good.ToArray();
        changed[good.Length / 2] ^= 1;
        using var stranger = IdentitySecretKey.Generate();
        using var key = DescriptorSigningKey.Generate();
        var foreign = request with { Periods = [.. request.Periods.Select(asked => asked with { SigningKey = key.PublicKey })] };
        (string Name, byte[] Text, string Reason)[] refused =
        [
            ("tampered", changed, "checksum"),
            ("cut", good[..^9], "checksum"),
            ("a request", request.ToText(), "does not begin"),
            ("another service", DelegationBundle.Grant(stranger, request with { Service = OnionAddress.From(stranger.PublicKey) }, Publication).ToText(), "is for another service"),
            ("another collector", DelegationBundle.Grant(_identity, foreign, Publication).ToText(), "not held here"),
            ("expired", DelegationBundle.Grant(_identity, request, _ => Publication(request.Periods[0].Period).AddDays(-30)).ToText(), "is over"),
        ];
        foreach (var (name, text, reason) in refused)
        {
            var (exitCode, output, error) = await _collector.VerbAsync("delegation", "import", Write(name, text));
            Assert.Equal((1, "", name), (exitCode, output, name));
            Assert.Contains(reason, error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "state", "delegations"), "*.bundle", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Are_not_asked_for_in_vain()
    {
        var output = Path.Combine(_folder, "request");
        (string[] Verb, string Problem)[] mistakes =
        [
            (["--days", "3", "--service", Master], "run the collector beside its tor once, or give --network public"),
            (["--days", "3", "--service", OnionAddress.From(_instance.PublicKey).ToFullString(), "--network", "public"], "not the address of a service"),
            (["--days", "0", "--service", Master, "--network", "public"], "give either --days"),
            (["--days", "3", "--periods", "3", "--service", Master, "--network", "public"], "give either --days"),
            (["--periods", "1", "--service", Master, "--network", "public"], "give either --days"),
            (["--days", "500", "--service", Master, "--network", "public"], "400 periods at most"),
            (["--days", "3", "--service", Master, "--network", "private"], "--network must be"),
        ];
        foreach (var (verb, problem) in mistakes)
        {
            var (exitCode, _, error) = await _collector.VerbAsync(["delegation", "request", "--output", output, .. verb]);
            Assert.Equal(1, exitCode);
            Assert.Contains(problem, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }

        File.WriteAllText(output, "mine");
        var there = await _collector.VerbAsync("delegation", "request", "--output", output, "--days", "3", "--service", Master, "--network", "public");
        Assert.Contains("is not overwritten", there.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output));
        Assert.False(Directory.Exists(Path.Combine(_folder, "state", "delegations")));
    }

    [Fact]
    public async Task Are_said_not_to_be_used_where_signing_does_not_name_them_and_what_to_write()
    {
        foreach (var signing in (string[])["", "    signing: [signer]", "    signing: [signer, delegation]"])
        {
            _collector.Configure(Master, [(OnionAddress.From(_instance.PublicKey).ToFullString(), "backend1")], signing);
            var isUsed = signing.Contains("delegation", StringComparison.Ordinal);
            await AssertNotedAsync(signing, isNoted: false, "list");
            var request = Path.Combine(_folder, "request");
            await AssertNotedAsync(signing, !isUsed, "request", "--service", Master, "--network", "public", "--days", "3", "--output", request);
            await AssertNotedAsync(signing, !isUsed, "list");
            Assert.True(DelegationRequest.TryParse(File.ReadAllBytes(request), out var asked, out _));
            var bundle = Write("bundle", Grant(asked).ToText());
            foreach (var verb in (string[][])[["import", bundle], ["import", bundle], ["list"]])
                await AssertNotedAsync(signing, !isUsed, verb);
            Directory.Delete(Path.Combine(_folder, "state", "delegations"), recursive: true);
            File.Delete(request);
        }
    }

    [RootFact]
    public async Task Are_asked_for_by_no_file_that_a_disk_has_refused()
    {
        // Its name can be put into this folder, and the folder not be opened to be synced.
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "write-only"), UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        var (code, output) = await SignerUnderTest.RunAsync(OtherUser.WithoutOverride(
            Path.Combine(AppContext.BaseDirectory, "onionbalance-collector"),
            "delegation", "request", "--config", _collector.ConfigFile, "--service", Master, "--network", "public", "--days", "3", "--output", Path.Combine(folder, "request")));
        Assert.True(code == 1, output);
        Assert.Contains("the request is not made: ", output, StringComparison.Ordinal);
        Assert.Contains("cannot be opened to sync it", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "state", "delegations"), "*.key", SearchOption.AllDirectories));
    }

    /// <summary>Whether a verb says that delegations are not used, and what to write.</summary>
    private async Task AssertNotedAsync(string signing, bool isNoted, params string[] verb)
    {
        var (exitCode, output, error) = await _collector.VerbAsync(["delegation", .. verb]);
        Assert.Equal((0, ""), (exitCode, error));
        foreach (var said in (string[])["nothing is published by delegation", "Write 'signing: [signer, delegation]'"])
            Assert.True(isNoted == output.Contains(said, StringComparison.Ordinal), $"{signing}, {verb[0]}: {output}");
    }

    private async Task<DelegationRequest> RequestAsync(string name, params string[] more)
    {
        var file = Path.Combine(_folder, name);
        var (exitCode, output, error) = await _collector.VerbAsync(["delegation", "request", "--service", Master, "--network", "public", "--output", file, .. more]);
        Assert.Equal((0, ""), (exitCode, error));
        var text = File.ReadAllBytes(file);
        Assert.Contains(DelegationFingerprint.Of(text), output, StringComparison.Ordinal);
        Assert.True(DelegationRequest.TryParse(text, out var request, out var fault), fault.ToString());
        Assert.Contains($"{request.Periods.Length} periods of 1440 minutes", output, StringComparison.Ordinal);
        Assert.Contains($"which end at {Grant(request).End:u}", output, StringComparison.Ordinal);
        return request;
    }

    private static IEnumerable<string> Ends(string told) => Regex.Matches(told, "which end at (.{19}Z)").Select(match => match.Groups[1].Value);

    private DelegationBundle Grant(DelegationRequest request) => DelegationBundle.Grant(_identity, request, Publication);

    private static DateTimeOffset Publication(TimePeriod period) => NetworkTiming.Public.PublicationOf(period).From;

    private async Task ImportAsync(params string[] files)
    {
        var (exitCode, output, error) = await _collector.VerbAsync(["delegation", "import", .. files]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains($"Imported for {Master}", output, StringComparison.Ordinal);
        Assert.Single(Ends(output).Distinct());
    }

    private async Task WaitForAsync(int periods)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await HeldPeriodsAsync() != periods)
            await Task.Delay(100, timeout.Token);
    }

    /// <summary>Null while the collector does not answer, as on a busy machine.</summary>
    private async Task<int?> HeldPeriodsAsync()
    {
        var (exitCode, output, _) = await _collector.VerbAsync("status", "--json");
        if (exitCode != 0)
            return null;
        using var status = JsonDocument.Parse(output);
        var service = status.RootElement.GetProperty("services")[0];
        Assert.Equal("SIGNING_WAY_DELEGATION", Assert.Single(service.GetProperty("signing").EnumerateArray()).GetString());
        return service.GetProperty("delegation").GetProperty("periods").GetInt32();
    }

    /// <summary>The sign of its own, which follows within a second or so.</summary>
    private async Task WaitForHealthAsync(ServingStatus wanted)
    {
        using var peer = new Peer(_pki, PeerRole.Agent, "backend1", _collector.Endpoint);
        var health = new Health.HealthClient(peer.Channel);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await health.CheckAsync(new HealthCheckRequest { Service = "delegations" })).Status != wanted)
            await Task.Delay(100, timeout.Token);
    }

    private string Write(string name, byte[] text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllBytes(file, text);
        return file;
    }
}
