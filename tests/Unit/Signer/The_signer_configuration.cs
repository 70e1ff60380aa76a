using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tests.Unit.Architecture;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class The_signer_configuration
{
    private static readonly string Master = Some.Address(1).ToFullString();
    private static readonly string Instance = Some.Address(2).ToFullString();

    [Fact]
    public void Is_read_whole()
    {
        Assert.True(TryRead(WellFormed(), out var configuration, out var problems), problems);
        Assert.Equal(("127.0.0.1:7400", "collector1"), (configuration!.Collectors[0].Endpoint, configuration.Collectors[0].Name));
        Assert.Equal("/etc/obs/pki/signer.key", configuration.Tls!.Key);
        Assert.Equal(NetworkTiming.Public, configuration.Network);
        Assert.Equal(Some.Address(1), configuration.Services[0].Address);
        Assert.Equal([Some.Address(2)], configuration.Services[0].Instances.AsEnumerable());
        Assert.Equal(new KeyLocation.File("/etc/obs/key"), configuration.Services[0].Key);
        Assert.Null(configuration.Proxy);
    }

    [Fact]
    public void Of_a_host_without_a_network_has_neither_collectors_nor_tls_nor_instances()
    {
        var airGapped = Template[Template.IndexOf("state_directory", StringComparison.Ordinal)..].Replace("    instances: [INSTANCE]", "", StringComparison.Ordinal);
        Assert.True(TryRead(Filled(airGapped), out var configuration, out var problems), problems);
        Assert.Null(configuration!.Tls);
        Assert.Empty(configuration.Collectors);
        Assert.Empty(configuration.Services[0].Instances);
        Assert.False(TryRead(Filled("tls: {certificate: c, key: k, ca: ca}\n" + airGapped), out _, out problems));
        Assert.Contains("collectors: is missing", problems, StringComparison.Ordinal);
        Assert.Contains("services[0].instances: is missing", problems, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file: pass")]
    [InlineData("credential: pass")]
    [InlineData("descriptor: 7")]
    public void Takes_a_sealed_key_with_its_passphrase_elsewhere(string place)
    {
        Assert.True(TryRead(WellFormed().Replace("{file: key}", $"{{sealed_file: key, passphrase: {{{place}}}}}", StringComparison.Ordinal), out var configuration, out var problems), problems);
        SecretSource passphrase = place[0] switch
        {
            'f' => new SecretSource.File("/etc/obs/pass"),
            'c' => new SecretSource.Credential("pass"),
            _ => new SecretSource.Descriptor(7),
        };
        Assert.Equal(new KeyLocation.SealedFile("/etc/obs/key", passphrase), configuration!.Services[0].Key);
    }

    [Fact]
    public void Takes_a_key_from_a_token_and_a_file_sealed_by_one()
    {
        const string uri = "pkcs11:token=shop;object=k?module-path=/m.so";
        Assert.True(Pkcs11Uri.TryParse(uri, out var token, out var fault), fault);
        Assert.True(TryRead(WellFormed().Replace("{file: key}", $"{{token: '{uri}', pin: {{credential: pin}}}}", StringComparison.Ordinal), out var configuration, out var problems), problems);
        Assert.Equal(new KeyLocation.TokenObject(token, new SecretSource.Credential("pin")), configuration!.Services[0].Key);
        Assert.True(TryRead(WellFormed().Replace("{file: key}", $"{{sealed_file: key, token: '{uri}', pin: {{descriptor: 5}}}}", StringComparison.Ordinal), out configuration, out problems), problems);
        Assert.Equal(new KeyLocation.TokenSealedFile("/etc/obs/key", token, new SecretSource.Descriptor(5)), configuration!.Services[0].Key);
    }

    [Fact]
    public void Takes_a_key_from_a_systemd_credential()
    {
        Assert.True(TryRead(WellFormed().Replace("{file: key}", "{credential: shop.key}", StringComparison.Ordinal), out var configuration, out var problems), problems);
        Assert.Equal(new KeyLocation.Credential("shop.key"), configuration!.Services[0].Key);
    }

    [Fact]
    public void Takes_the_timing_of_a_test_network()
    {
        Assert.True(TryRead(WellFormed().Replace("network: public", "network: {voting_interval: 10s, time_period: 4m}", StringComparison.Ordinal), out var configuration, out var problems), problems);
        Assert.Equal((TimeSpan.FromSeconds(10), 4u), (configuration!.Network.VotingInterval, configuration.Network.PeriodLengthMinutes));
    }

    [Fact]
    public void Takes_a_policy()
    {
        const string policy = "key: {file: key}\n    policy: {periods: [current], oldest_evidence: 6h, certificate_lifetime: 12h, descriptors: {enabled: false}, delegations: {enabled: true, longest_validity: 14d}}";
        Assert.True(TryRead(WellFormed().Replace("key: {file: key}", policy, StringComparison.Ordinal), out var configuration, out var problems), problems);
        var read = configuration!.Services[0].Policy;
        Assert.Equal([PeriodPlace.Current], read.Periods.AsEnumerable());
        Assert.Equal((TimeSpan.FromHours(6), 12u, false), (read.OldestEvidence, read.CertificateHours, read.Descriptors));
        Assert.Equal(new DelegationPolicy { Enabled = true, LongestValidity = TimeSpan.FromDays(14) }, read.Delegations);
    }

    [Fact]
    public void Opens_delegations_to_nobody_who_did_not_ask_for_it()
    {
        Assert.True(TryRead(WellFormed(), out var configuration, out _));
        Assert.Equal(new DelegationPolicy { Enabled = false, LongestValidity = TimeSpan.FromDays(30) }, configuration!.Services[0].Policy.Delegations);
    }

    [Theory]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {periods: []}", "periods: must have 1 to")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {periods: [last]}", "must be previous, current or next")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {oldest_evidence: 2h}", "oldest_evidence: must be a duration")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {certificate_lifetime: 55h}", "certificate_lifetime: must be a duration")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {certificate_lifetime: 390m}", "must be whole hours")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {delegations: {longest_validity: 500d}}", "from 1d to 400d")]
    [InlineData("key: {file: key}", "key: {file: key}\n    policy: {delegations: true}", "delegations: must be a mapping")]
    [InlineData("127.0.0.1:7400", "127.0.0.1", "collectors[0].endpoint")]
    [InlineData("127.0.0.1:7400", "abc.onion:7400", "needs a proxy")]
    [InlineData("name: collector1", "name: Collector_1", "collectors[0].name")]
    [InlineData("name: collector1", "nmae: collector1", "is 'name' meant?")]
    [InlineData("network: public", "network: private", "network")]
    [InlineData("network: public", "network: {voting_interval: 10s}", "network.time_period: is missing")]
    [InlineData("network: public", "network: {voting_interval: 10s, time_period: 90s}", "whole minutes")]
    [InlineData("network: public", "network: {voting_interval: 1s, time_period: 4m}", "network.voting_interval")]
    [InlineData("state_directory: state", "", "state_directory: is missing")]
    [InlineData("key: {file: key}", "", "key: is missing")]
    [InlineData("key: {file: key}", "key: key", "services[0].key: must be a mapping")]
    [InlineData("key: {file: key}", "key: {}", "must name one place: file, credential, sealed_file, token, or sealed_file and token")]
    [InlineData("key: {file: key}", "key: {file: key, credential: key}", "must name one place: file, credential, sealed_file, token, or sealed_file and token")]
    [InlineData("key: {file: key}", "key: {credential: ../key}", "key.credential: must be the name of a systemd credential")]
    [InlineData("key: {file: key}", "key: {sealed_file: key}", "key.passphrase: is missing")]
    [InlineData("key: {file: key}", "key: {sealed_file: key, passphrase: {}}", "must name one place: file, credential or descriptor")]
    [InlineData("key: {file: key}", "key: {sealed_file: key, passphrase: {descriptor: 1}}", "key.passphrase.descriptor: must be")]
    [InlineData("key: {file: key}", "key: {file: key, passphrase: {file: p}}", "key.passphrase: is not known here")]
    [InlineData("key: {file: key}", "key: {token: 'pkcs11:token=shop;object=k?module-path=/m.so'}", "key.pin: is missing")]
    [InlineData("key: {file: key}", "key: {token: 'pkcs11:token=shop?module-path=/m.so', pin: {file: p}}", "key.token: it must name the key: object= (its label) or id=")]
    [InlineData("key: {file: key}", "key: {token: 'pkcs11:token=shop;object=k;pin-value=1?module-path=/m.so', pin: {file: p}}", "key.token: pin-value is not taken")]
    [InlineData("key: {file: key}", "key: {file: key, token: 'pkcs11:token=shop;object=k?module-path=/m.so', pin: {file: p}}", "must name one place")]
    [InlineData("key: {file: key}", "key: {sealed_file: f, token: 'pkcs11:token=shop;object=k?module-path=/m.so', passphrase: {file: p}}", "key.pin: is missing")]
    [InlineData("key: {file: key}", "key: {flie: key}", "is 'file' meant?")]
    [InlineData("INSTANCE", "MASTER", "the service's own address")]
    [InlineData("INSTANCE", "INSTANCE, INSTANCE", "is in the list already")]
    [InlineData("INSTANCE", "expyuzz4wqqyqhjn.onion", "a v3 onion address")]
    [InlineData("services:", "services:\n  - {address: MASTER, key: {file: k}, instances: [INSTANCE]}", "name an address twice")]
    [InlineData("network: public", "proxy: nothing", "proxy: must be")]
    public void Is_refused_with_the_key_at_fault(string from, string to, string told)
    {
        Assert.False(TryRead(Filled(Template.Replace(from, to, StringComparison.Ordinal)), out _, out var problems));
        Assert.Contains(told, problems, StringComparison.Ordinal);
    }

    [Fact]
    public void Has_an_example_that_is_fine()
    {
        var file = Repository.Files("signer*.yaml").Single();
        Assert.True(TryRead(Repository.Read(file), out _, out var problems), problems);
    }

    private const string Template = """
        collectors:
          - endpoint: 127.0.0.1:7400
            name: collector1
        tls: {certificate: pki/signer.crt, key: pki/signer.key, ca: pki/ca.crt}
        state_directory: state
        network: public
        services:
          - address: MASTER
            key: {file: key}
            instances: [INSTANCE]
        """;

    private static string WellFormed() => Filled(Template);

    private static string Filled(string text) =>
        text.Replace("MASTER", Master, StringComparison.Ordinal).Replace("INSTANCE", Instance, StringComparison.Ordinal);

    private static bool TryRead(string text, out SignerConfiguration? configuration, out string problems)
    {
        var read = YamlConfiguration.TryParse<SignerConfiguration>(text, "/etc/obs/signer.yaml", SignerConfigurationBinder.TryBind, out configuration, out var lines);
        problems = string.Join('\n', lines);
        return read;
    }
}
