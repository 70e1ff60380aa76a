using OnionBalance.Split.Tests.Functional.InstanceAgent;
using OnionBalance.Split.Tests.Functional.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Collector;

/// <summary>What root would make in the state directory of the daemon's user, the daemon could not read.</summary>
public sealed class A_state_directory_of_another_user : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("obs-collector");
    private readonly IdentitySecretKey _identity = IdentitySecretKey.Generate();
    private readonly IdentitySecretKey _instance = IdentitySecretKey.Generate();
    private readonly CollectorUnderTest _collector;

    public A_state_directory_of_another_user()
    {
        _collector = new CollectorUnderTest(new AgentPki(_folder.FullName));
        _collector.Configure(Master, [(OnionAddress.From(_instance.PublicKey).ToFullString(), "backend1")], "    signing: [delegation]");
        Directory.CreateDirectory(State);
    }

    private string Master => OnionAddress.From(_identity.PublicKey).ToFullString();

    private string State => Path.Combine(_folder.FullName, "state");

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _identity.Dispose();
        _instance.Dispose();
        _folder.Delete(recursive: true);
    }

    [RootFact]
    public async Task Is_left_as_it_is_by_every_verb_that_would_write_in_it()
    {
        OtherUser.Give(State);
        await AssertRefusedAsync("delegation", "request", "--service", Master, "--network", "public", "--days", "3", "--output", InFolder("request"));
        await AssertRefusedAsync("delegation", "import", "--network", "public", WriteBundle());
        await AssertRefusedAsync("run");
    }

    [RootFact]
    public async Task Is_not_taken_for_an_empty_one_by_who_cannot_read_it()
    {
        var (code, output, _) = await _collector.VerbAsync("delegation", "list");
        Assert.True(code == 0 && output.Contains("nothing is held", StringComparison.Ordinal), output);
        OtherUser.Give(State);
        File.SetUnixFileMode(State, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var program = Path.Combine(AppContext.BaseDirectory, "onionbalance-collector");
        (code, output) = await SignerUnderTest.RunAsync(OtherUser.WithoutOverride(program, "delegation", "list", "--config", _collector.ConfigFile));
        Assert.Equal(1, code);
        Assert.Contains($"{State}/delegations/{Master[..56]} cannot be read: run this as the collector's user", output, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing is held", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(params string[] verb)
    {
        var before = OtherUser.Everything(_folder.FullName);
        var (code, output, error) = await _collector.VerbAsync(verb);
        Assert.Equal((1, ""), (code, output));
        Assert.Equal(
            $"onionbalance-collector: {State} belongs to user nobody, who could not read what user root makes in it: run this as its owner, with 'runuser -u nobody -- {Path.Combine(AppContext.BaseDirectory, "onionbalance-collector")} ...'\n",
            error);
        Assert.Equal(before, OtherUser.Everything(_folder.FullName));
    }

    /// <summary>A good one, but for the keys: whose folder it is, is asked before.</summary>
    private string WriteBundle()
    {
        using var key = DescriptorSigningKey.Generate();
        var request = new DelegationRequest(OnionAddress.From(_identity.PublicKey), [new(NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow()), key.PublicKey)]);
        File.WriteAllBytes(InFolder("bundle"), DelegationBundle.Grant(_identity, request, period => NetworkTiming.Public.PublicationOf(period).From).ToText());
        return InFolder("bundle");
    }
}
