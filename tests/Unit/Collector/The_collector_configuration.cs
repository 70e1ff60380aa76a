using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Unit.Architecture;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class The_collector_configuration
{
    private static readonly string Master = The_introduction_point_selector.Address(1).ToFullString();
    private static readonly string First = The_introduction_point_selector.Address(2).ToFullString();
    private static readonly string Second = The_introduction_point_selector.Address(3).ToFullString();

    private static readonly string Good = $"""
        tor:
          control: 127.0.0.1:9051
        listen: [127.0.0.1:7443, "unix:/run/ob/collector"]
        operator_socket: /run/ob/operator
        state_directory: /var/lib/ob
        tls:
          certificate: c.pem
          key: k.pem
          ca: ca.pem
        services:
          - address: {Master}
            instances:
              - address: {First}
                agent: web-1
              - address: {Second}
                agent: web-2
        """;

    [Fact]
    public void Is_read_whole()
    {
        Assert.True(YamlConfiguration.TryParse<CollectorConfiguration>(Good, "/etc/ob/collector.yaml", CollectorBinder.TryBind, out var read, out var problems), string.Join('\n', problems));
        Assert.Equal(["127.0.0.1:7443", "unix:/run/ob/collector"], read.Listen.Select(endpoint => endpoint.ToString()));
        Assert.Equal("/etc/ob/c.pem", read.Tls.Certificate);
        Assert.Equal(TimeSpan.FromSeconds(10), read.Grace);
        var service = Assert.Single(read.Services);
        Assert.Equal(Master, service.Address.ToFullString());
        Assert.Equal([(First, "web-1"), (Second, "web-2")], service.Instances.Select(instance => (instance.Address.ToFullString(), instance.Agent)));
    }

    [Theory]
    [InlineData("", new[] { SigningWay.Signer })]
    [InlineData("signing: [signer]", new[] { SigningWay.Signer })]
    [InlineData("signing: [delegation]", new[] { SigningWay.Delegation })]
    [InlineData("signing: [signer, delegation]", new[] { SigningWay.Signer, SigningWay.Delegation })]
    [InlineData("signing: [delegation, signer]", new[] { SigningWay.Delegation, SigningWay.Signer })]
    public void Says_in_which_order_a_service_is_signed(string line, SigningWay[] order) =>
        Assert.Equal(order, Assert.Single(Read($"{Good}\n    {line}\n").Services).Signing);

    [Fact]
    public void Of_the_example_passes()
    {
        const string Example = "deploy/examples/collector.yaml";
        Assert.True(
            YamlConfiguration.TryParse<CollectorConfiguration>(Repository.Read(Example), Example, CollectorBinder.TryBind, out _, out var problems),
            string.Join('\n', problems));
    }

    [Fact]
    public void Of_the_example_shows_every_key()
    {
        var example = Repository.Read("deploy/examples/collector.yaml");
        string[] keys = ["tor:", "control:", "password_file:", "listen:", "operator_socket:", "state_directory:", "tls:", "certificate:", "key:", "ca:", "grace:", "services:", "address:", "signing:", "instances:", "agent:"];
        Assert.All(keys, key => Assert.Contains(key, example, StringComparison.Ordinal));
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "control: 127.0.0.1:9051", "control: localhost", "tor.control: must be" },
        { "127.0.0.1:7443,", "localhost:7443,", "listen[0]: must be address:port" },
        { "127.0.0.1:7443,", "127.0.0.1,", "listen[0]: must be address:port" },
        { "[127.0.0.1:7443, \"unix:/run/ob/collector\"]", "[127.0.0.1:7443, 127.0.0.1:7443]", "listen[1]: is in the list already" },
        { "operator_socket: /run/ob/operator", "operator_socket: /run/ob/collector", "operator_socket: is in 'listen' too" },
        { "operator_socket: /run/ob/operator", "operator_socket: /" + new string('x', 120), "operator_socket: is too long" },
        { "state_directory: /var/lib/ob", "state_directory:", "state_directory: has no value" },
        { "state_directory: /var/lib/ob", "grace: 2h\nstate_directory: /var/lib/ob", "grace: must be a duration" },
        { "state_directory: /var/lib/ob", "gracee: 2s\nstate_directory: /var/lib/ob", "gracee: is not known here; is 'grace' meant?" },
        { "  key: k.pem\n", "", "tls.key: is missing" },
        { $"address: {Master}", $"signing: [signers]\n    address: {Master}", "services[0].signing[0]: must be signer or delegation" },
        { $"address: {Master}", $"signing: []\n    address: {Master}", "services[0].signing: must have 1 to 2 items" },
        { $"address: {Master}", $"signing: [delegation, delegation]\n    address: {Master}", "services[0].signing[1]: is in the list already" },
        { $"address: {Master}", $"signing: delegation\n    address: {Master}", "services[0].signing: must be a list" },
        { $"address: {Master}", $"address: a{Master}", "services[0].address: must be a v3 onion address" },
        { $"address: {Second}", $"address: {First}", "services[0].instances[1].address: is in this service's list already" },
        { $"address: {Second}", $"address: {Master}", "services[0].instances: names an address that is a service of its own" },
        { "agent: web-2", "agent: Web 2", "services[0].instances[1].agent: must be the NAME in the agent's certificate" },
        { $"services:\n  - address: {Master}", $"services:\n  - address: {Master}\n    instances: [{{address: {First}, agent: x}}]\n  - address: {Master}", "services[1].address: is the address of another service already" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Tells_each_mistake_by_its_field(string right, string wrong, string problem)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);
        Assert.False(YamlConfiguration.TryParse<CollectorConfiguration>(Good.Replace(right, wrong, StringComparison.Ordinal), "c.yaml", CollectorBinder.TryBind, out _, out var problems));
        Assert.Contains(problems, line => line.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Is_taken_up_without_a_restart_as_far_as_that_goes()
    {
        var current = new CurrentConfiguration(Read(Good));
        var reload = new ConfigurationReload(current);
        var more = Read(Good + "\n      - address: " + The_introduction_point_selector.Address(4).ToFullString() + "\n        agent: web-3\n");
        Assert.Empty(await reload.ApplyAsync(more, CancellationToken.None));
        Assert.Same(more, current.Value);
        var refused = await reload.ApplyAsync(more with { Listen = [], StateDirectory = "/elsewhere" }, CancellationToken.None);
        Assert.Equal(["'listen'", "'state_directory'"], refused.Select(line => line.Split(' ')[0]));
        Assert.Same(more, current.Value);
    }

    private static CollectorConfiguration Read(string text)
    {
        Assert.True(YamlConfiguration.TryParse<CollectorConfiguration>(text, "c.yaml", CollectorBinder.TryBind, out var read, out var problems), string.Join('\n', problems));
        return read;
    }
}
