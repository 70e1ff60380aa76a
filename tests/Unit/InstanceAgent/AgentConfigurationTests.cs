using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.InstanceAgent.Configuration;
using OnionBalance.Split.Tests.Unit.Architecture;
using static OnionBalance.Split.Tests.Unit.InstanceAgent.Samples;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

public sealed class AgentConfigurationTests : IDisposable
{
    private const string Tls = """
        tls:
          certificate: web-1.crt
          key: web-1.key
          ca: /etc/ca.crt
        """;

    private static readonly string Minimal = $$"""
        collectors:
          - endpoint: collector.example.org:7101
        {{Tls}}
        instances:
          - address: {{Address(1).ToFullString()}}
            tor:
              control: 127.0.0.1:9051
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("onionbalance-agent-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_least_that_is_needed_is_read()
    {
        var configuration = Read(Minimal);

        Assert.Equal<CollectorConfiguration>([new CollectorConfiguration("collector.example.org:7101", null)], configuration.Collectors);
        Assert.Equal(new TlsFiles("/etc/onionbalance-split/web-1.crt", "/etc/onionbalance-split/web-1.key", "/etc/ca.crt") { Bearer = PeerRole.Agent }, configuration.Tls);
        Assert.Null(configuration.Proxy);
        var instance = Assert.Single(configuration.Instances);
        Assert.Equal(Address(1), instance.Address);
        Assert.Equal("127.0.0.1:9051", instance.Tor.Control.ToString());
    }

    [Fact]
    public void Everything_that_can_be_said_is_read()
    {
        var configuration = Read($$"""
            collectors:
              - endpoint: {{Address(9).ToFullString()}}:7101
                name: collector-1
              - endpoint: unix:/run/onionbalance-split/agents
                name: collector-2
            proxy: socks5://agent:secret@127.0.0.1:9050
            {{Tls}}
            instances:
              - hidden_service_directory: /var/lib/tor/web
                tor:
                  control: unix:/run/tor/control
              - address: {{Address(2).Label}}
                tor:
                  control: 127.0.0.1:9051
                  password_file: tor.password
            """);

        Assert.Equal("collector-2", configuration.Collectors[1].Name);
        Assert.Equal("agent", configuration.Proxy!.User);
        Assert.Equal("/var/lib/tor/web", configuration.Instances[0].Directory);
        Assert.Null(configuration.Instances[0].Address);
        Assert.Equal(Address(2), configuration.Instances[1].Address);
        Assert.Equal("/etc/onionbalance-split/tor.password", configuration.Instances[1].Tor.PasswordFile);
    }

    [Theory]
    [InlineData("collectors:\n  - endpoint: collector.example.org:7101", "collectors: []", "collectors")]
    [InlineData("collector.example.org:7101", "collector.example.org", "collectors[0].endpoint")]
    [InlineData("collector.example.org:7101", "a.example:1\n    name: No_Name", "collectors[0].name")]
    [InlineData("collector.example.org:7101", "a.example:1\n  - endpoint: a.example:1", "collectors")]
    [InlineData("  ca: /etc/ca.crt", "", "tls.ca")]
    [InlineData("127.0.0.1:9051", "localhost:9051", "instances[0].tor.control")]
    [InlineData("  - address: ", "  - address: x", "instances[0].address")]
    [InlineData("    tor:", "    hidden_service_directory: /d\n    tor:", "instances[0].address")]
    [InlineData("    tor:\n      control: 127.0.0.1:9051", "", "instances[0].tor")]
    [InlineData("tls:", "proxy: http://127.0.0.1:9050\ntls:", "proxy")]
    [InlineData("collector.example.org:7101", "collector.onion:7101", "proxy")]
    [InlineData("tls:", "colour: red\ntls:", "colour")]
    public void A_mistake_is_told_by_its_key(string right, string wrong, string key)
    {
        Assert.Contains(right, Minimal, StringComparison.Ordinal);

        var problem = Assert.Single(Problems(Minimal.Replace(right, wrong, StringComparison.Ordinal)));

        Assert.Contains($" {key}: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instance_given_twice_is_refused()
    {
        var twice = Minimal + Minimal[Minimal.IndexOf("\n  - address", StringComparison.Ordinal)..];

        Assert.Contains("twice", Assert.Single(Problems(twice)), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once() => Assert.Equal(3, Problems("instances: 7").Length);

    [Fact]
    public void The_example_is_right()
    {
        var path = Path.Combine(Repository.Root, "deploy/examples/agent.yaml");

        Assert.True(YamlConfiguration.TryRead<AgentConfiguration>(path, AgentConfigurationBinder.TryBind, out _, out var problems), string.Join('\n', problems));
    }

    [Fact]
    public void An_address_is_read_from_the_directory_of_the_service()
    {
        File.WriteAllText(Path.Combine(_directory, "hostname"), Address(3).ToFullString() + "\n");

        var instance = Assert.Single(InstanceAddresses.Resolve([Entry(_directory)], out var problems));

        Assert.Empty(problems);
        Assert.Equal(Address(3), instance.Address);
    }

    [Fact]
    public void A_directory_without_an_address_is_told_by_its_path()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_directory, "empty")).FullName;
        File.WriteAllText(Path.Combine(_directory, "hostname"), "web.example.org\n");

        Assert.Empty(InstanceAddresses.Resolve([Entry(_directory), Entry(empty)], out var problems));

        Assert.Equal(2, problems.Length);
        Assert.StartsWith(Path.Combine(_directory, "hostname"), problems[0], StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine(empty, "hostname"), problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void One_instance_by_its_address_and_by_its_directory_is_one_too_many()
    {
        File.WriteAllText(Path.Combine(_directory, "hostname"), Address(3).ToFullString() + "\n");
        var byAddress = Entry(_directory) with { Address = Address(3), Directory = null };

        InstanceAddresses.Resolve([byAddress, Entry(_directory)], out var problems);

        Assert.Contains("twice", Assert.Single(problems), StringComparison.Ordinal);
    }

    private static InstanceEntry Entry(string directory) => new(null, directory, Read(Minimal).Instances[0].Tor);

    private static AgentConfiguration Read(string text)
    {
        Assert.True(TryParse(text, out var configuration, out var problems), string.Join('\n', problems));
        return configuration!;
    }

    private static string[] Problems(string text)
    {
        Assert.False(TryParse(text, out _, out var problems));
        return problems;
    }

    private static bool TryParse(string text, out AgentConfiguration? configuration, out string[] problems)
    {
        var read = YamlConfiguration.TryParse<AgentConfiguration>(
            text, "/etc/onionbalance-split/agent.yaml", AgentConfigurationBinder.TryBind, out configuration, out var lines);
        problems = [.. lines];
        return read;
    }
}
