using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Tests.Unit.Hosting;

public sealed class DaemonCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private string[] _faults = [];

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task A_good_configuration_is_said_to_be_so()
    {
        var file = _folder.Write("good.yaml", "name: x\n"u8.ToArray());
        Assert.Equal(ExitCode.Fine, await RunAsync("check-config", "--config", file));
        Assert.Equal((file + ": OK\n", ""), (_output.ToString(), _error.ToString()));
    }

    [Theory]
    [InlineData("check-config")]
    [InlineData("run")]
    public async Task A_bad_one_is_told_line_by_line_with_exit_code_2(string verb)
    {
        var file = _folder.Write("bad.yaml", "nmae: x\nother: y\n"u8.ToArray());
        Assert.Equal(ExitCode.Usage, await RunAsync(verb, "--config", file));
        Assert.Equal(
            $"{file}:1: name: is missing\n{file}:1: nmae: is not known here; is 'name' meant?\n{file}:2: other: is not known here; known: name\n",
            _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task What_is_wrong_with_the_files_that_it_names_is_told_too()
    {
        _faults = ["/etc/x.crt: expired", "/var/lib/x belongs to user y"];
        var file = _folder.Write("good.yaml", "name: x\n"u8.ToArray());
        Assert.Equal(ExitCode.Usage, await RunAsync("check-config", "--config", file));
        Assert.Equal(("", "x: /etc/x.crt: expired\nx: /var/lib/x belongs to user y\n"), (_output.ToString(), _error.ToString()));
    }

    [Fact]
    public async Task The_default_file_is_the_daemons_own()
    {
        Assert.Equal(ExitCode.Usage, await RunAsync("check-config"));
        Assert.Equal("/etc/onionbalance-split/tester.yaml: there is no such file\n", _error.ToString());
    }

    [Theory]
    [InlineData("", "a verb is missing; known: run, check-config, status, version")]
    [InlineData("", "'rnu' is not known here; is 'run' meant?", "rnu", "--config", "x")]
    [InlineData("", "'nothing' is not known here; known: check-config, run, status, version", "nothing")]
    [InlineData("", "'--hlep' is not known here; is '--help' meant?", "--hlep")]
    [InlineData(" run", "'--confg' is not known here; is '--config' meant?", "run", "--confg", "x")]
    [InlineData(" run", "Required argument missing for option: '--config'.", "run", "--config")]
    [InlineData(" check-config", "'stray' is one word too many", "check-config", "stray")]
    [InlineData(" status", "'lit' is not known here; is 'list' meant?", "status", "lit")]
    [InlineData(" status list", "'--servic' is not known here; is '--service' meant?|Option '--service' is required.", "status", "list", "--servic", "x")]
    [InlineData(" status list", "--most must be a whole number, not 'abc'|--least must be a whole number, not '1.5'", "status", "list", "--service", "x", "--most", "abc", "--least", "1.5")]
    public async Task A_wrong_command_line_is_a_line_and_a_hint(string verb, string faults, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await RunAsync(arguments));
        Assert.Equal(
            string.Concat(faults.Split('|').Select(fault => $"onionbalance-tester{verb}: {fault}\n")) + $"Try 'onionbalance-tester{verb} --help'.\n", _error.ToString());
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Help_and_version_are_fine()
    {
        Assert.Equal(ExitCode.Fine, await RunAsync("--help"));
        foreach (var word in (string[])["It tests.", "run", "check-config", "version", "status"])
            Assert.Contains(word, _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Fine, await RunAsync("version"));
        Assert.Matches(@"onionbalance-tester [0-9]+\.[0-9]+.*\(\.NET 10", _output.ToString());
    }

    [Fact]
    public async Task A_verb_of_the_daemons_own_has_its_own_exit_code() => Assert.Equal(7, await RunAsync("status"));

    [Fact]
    public async Task A_host_that_cannot_be_built_is_one_line_and_exit_code_1()
    {
        var file = _folder.Write("good.yaml", "name: x\n"u8.ToArray());
        Assert.Equal(ExitCode.Failure, await RunAsync("run", "--config", file));
        Assert.Equal("onionbalance-tester: /var/lib/x is gone: make it\n", _error.ToString());
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        var status = new Command("status", "Tell how things are.");
        status.SetAction(_ => 7);
        var list = new Command("list", "One by one.") { new Option<string>("--service") { Required = true }, new Option<int?>("--most"), new Option<int>("--least") };
        list.SetAction(_ => 8);
        status.Subcommands.Add(list);
        return DaemonCommand.RunAsync(
            new DaemonDefinition<Options>
            {
                Name = "tester",
                Description = "It tests.",
                Binder = TryRead,
                FaultsOfFiles = options => _faults.Select(fault => $"{options.Name}: {fault}"),
                BuildHost = _ => throw new DaemonException("/var/lib/x is gone: make it"),
                Verbs = [status],
            },
            arguments,
            _output,
            _error);
    }

    private static bool TryRead(ConfigurationSection root, out Options options)
    {
        options = new Options(root.Text("name"));
        return true;
    }

    private sealed record Options(string Name);
}
