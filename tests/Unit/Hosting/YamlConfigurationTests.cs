using System.Collections.Immutable;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class YamlConfigurationTests
{
    private const string Good = """
        name: collector-1
        grace: 10s
        attempts: 3
        eager: true
        mode: first-come
        listen: 127.0.0.1:7070
        key: keys/own.key
        tls:
          ca: /etc/ca.pem
        services:
          - address: one
          - address: two
            instances: [a, b]
        """;

    [Fact]
    public void A_good_file_becomes_options()
    {
        Assert.True(YamlConfiguration.TryParse<Options>(Good, "/etc/demo/demo.yaml", Options.TryRead, out var options, out var problems));
        Assert.Empty(problems);
        Assert.Equal(
            ("collector-1", TimeSpan.FromSeconds(10), 3, true, Mode.FirstCome, "127.0.0.1:7070", "/etc/demo/keys/own.key", "/etc/ca.pem"),
            (options!.Name, options.Grace, options.Attempts, options.Eager, options.Mode, options.Listen, options.Key, options.Ca));
        Assert.Equal([("one", ""), ("two", "a,b")], options.Services.ToArray());
    }

    [Fact]
    public void All_problems_appear_at_once_with_their_lines()
    {
        const string text = """
            nam: x
            grace: 10
            attempts: 99
            eager: yes
            mode: whatever
            listen: nowhere
            key:
            tls: none
            services:
              - address: one
                addres: two
                address: three
              - instances: [a, a]
              - plain
            """;
        Assert.Equal(
            [
                "f.yaml:1: name: is missing",
                "f.yaml:1: nam: is not known here; is 'name' meant?",
                "f.yaml:2: grace: must be a duration such as 500ms, 10s, 5m, 1h or 30d, from 0s to 1h",
                "f.yaml:3: attempts: must be a whole number from 1 to 10",
                "f.yaml:4: eager: must be true or false",
                "f.yaml:5: mode: must be first-come or round-robin",
                "f.yaml:6: listen: must be host:port, [ipv6]:port or unix:/absolute/path",
                "f.yaml:7: key: has no value; give one or leave the key out",
                "f.yaml:8: tls: must be a mapping of keys to values",
                "f.yaml:11: services[0].addres: is not known here; is 'address' meant?",
                "f.yaml:12: services[0].address: is given twice; first on line 10",
                "f.yaml:13: services[1].address: is missing",
                "f.yaml:13: services[1].instances[1]: is in the list already",
                "f.yaml:14: services[2]: must be a mapping of keys to values",
            ],
            Problems(text).ToArray());
    }

    [Theory]
    [InlineData("", "f.yaml:1: is empty")]
    [InlineData("# only a remark\n", "f.yaml:1: is empty")]
    [InlineData("- a\n", "f.yaml:1: is not a mapping of keys to values")]
    [InlineData("name: 'a\n", "f.yaml:1: is not YAML")]
    [InlineData("a: b\n---\nc: d\n", "f.yaml:2: has a second document")]
    [InlineData("a: &x [1]\nb: *x\n", "f.yaml:1: a: anchors (&name) are not understood here")]
    [InlineData("a: &x [1]\nb: *x\n", "f.yaml:2: b: aliases (*name) are not understood here")]
    [InlineData("a: !!python/object x\n", "f.yaml:1: a: tags (!name) are not understood here")]
    [InlineData("? [a, b]\n: c\n", "f.yaml:1: has a key that is not a word")]
    [InlineData("%YAML 9.9\n---\na: b\n", "f.yaml:1: is not YAML")]
    [InlineData("a: b: c\n", "f.yaml:1: is not YAML")]
    [InlineData("a\u0001b: c\n", "f.yaml:1: has a key that is not a word")]
    public void Odd_yaml_is_a_problem_and_no_exception(string text, string problem) =>
        Assert.Contains(Problems(text), told => told.StartsWith(problem, StringComparison.Ordinal));

    [Theory]
    [InlineData("\tb: 1\n")]
    [InlineData("b:\n\tc: 1\n")]
    [InlineData("b: [1,\n\t2]\nc: 1\n\td: 2\n")]
    [InlineData("b: 1\n\tc: 2\n")]
    public void A_tab_is_told_where_it_is(string text)
    {
        var line = 43 + text[..text.LastIndexOf('\t')].Count(character => character == '\n');
        var told = Problems(string.Concat(Enumerable.Range(1, 42).Select(number => $"k{number}: 1\n")) + text)[0];
        Assert.StartsWith($"f.yaml:{line}: is not YAML", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Bombs_are_refused_before_they_go_off()
    {
        Assert.Contains("nested more than 16", Problems("a: " + new string('[', 100_000))[0], StringComparison.Ordinal);
        Assert.Contains("nested more than 16", Problems(string.Concat(Enumerable.Range(0, 200).Select(depth => new string(' ', depth) + "a:\n")))[0], StringComparison.Ordinal);
        Assert.Contains("more than 20000 values", Problems("a: [" + string.Concat(Enumerable.Repeat("1,", 30_000)) + "]")[0], StringComparison.Ordinal);
        Assert.InRange(Problems(string.Concat(Enumerable.Range(0, 9000).Select(number => $"k{number}: 1\n"))).Length, 1, 100);
    }

    [Fact]
    public void Random_damage_never_throws()
    {
        var random = new Random(20261123);
        const string spice = "[]{}:-?&*!|>'\"%@`#,\n\t \0\u0085é𝄞~<=.";
        for (var round = 0; round < 1000; round++)
        {
            var text = new System.Text.StringBuilder(Good);
            for (var change = random.Next(1, 8); change > 0; change--)
                text[random.Next(text.Length)] = spice[random.Next(spice.Length)];
            YamlConfiguration.TryParse<Options>(text.ToString(), "f.yaml", Options.TryRead, out _, out _);
        }
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_one_problem()
    {
        using var folder = new TemporaryFolder();
        var large = folder.Write("large.yaml", new byte[300 * 1024]);
        var binary = folder.Write("binary.yaml", [0x61, 0x3a, 0xff, 0xfe]);

        Assert.Equal($"{folder.Path}/none.yaml: there is no such file", Assert.Single(FileProblems(folder.Path + "/none.yaml")));
        Assert.Equal($"{large}: is larger than 256 KiB", Assert.Single(FileProblems(large)));
        Assert.Equal($"{binary}: is not UTF-8 text", Assert.Single(FileProblems(binary)));
        Assert.Contains("cannot be read", Assert.Single(FileProblems(folder.Path)), StringComparison.Ordinal);
    }

    private static ImmutableArray<string> Problems(string text)
    {
        Assert.False(YamlConfiguration.TryParse<Options>(text, "f.yaml", Options.TryRead, out _, out var problems));
        return problems;
    }

    private static ImmutableArray<string> FileProblems(string path)
    {
        Assert.False(YamlConfiguration.TryRead<Options>(path, Options.TryRead, out _, out var problems));
        return problems;
    }

    private enum Mode
    {
        FirstCome,
        RoundRobin,
    }

    private sealed record Options(
        string Name,
        TimeSpan Grace,
        int Attempts,
        bool Eager,
        Mode Mode,
        string Listen,
        string Key,
        string Ca,
        ImmutableArray<(string Address, string Instances)> Services)
    {
        public static bool TryRead(ConfigurationSection root, out Options options)
        {
            options = new Options(
                root.Text("name"),
                root.Duration("grace", TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromSeconds(10)),
                root.Number("attempts", 1, 10, 5),
                root.Boolean("eager", false),
                root.Choice<Mode>("mode", Mode.RoundRobin),
                root.Endpoint("listen"),
                root.FilePath("key"),
                root.Section("tls").FilePath("ca"),
                [.. root.Sections("services").Select(service => (service.Text("address"), string.Join(',', service.Texts("instances", atLeast: 0))))]);
            return true;
        }
    }
}
