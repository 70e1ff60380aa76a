using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Unit.Architecture;

namespace OnionBalance.Split.Tests.Functional.Deploy;

/// <summary>The units as systemd reads them; with a program in place of ours, which is not installed where tests run.</summary>
public sealed class SystemdUnitTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("onionbalance-units-");

    public static TheoryData<string> Daemons => ["agent", "collector", "signer"];

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Daemons))]
    public async Task Systemd_finds_nothing_wrong_with_it(string daemon)
    {
        await using var verify = Tool.Start("systemd-analyze", ["verify", "--man=no", Unit(daemon)]);
        var (code, output) = await verify.EndAsync(Patience);
        Assert.Equal((0, "", ""), (code, output, verify.Errors.Trim()));
    }

    [Theory]
    [MemberData(nameof(Daemons))]
    public async Task It_gives_the_daemon_little(string daemon)
    {
        // systemd's own measure, 0 to 10.0: a service without any of this has 9.6.
        await using var security = Tool.Start("systemd-analyze", ["security", "--offline=true", "--threshold=20", "--no-pager", Unit(daemon)]);
        var (code, output) = await security.EndAsync(Patience);
        Assert.True(code == 0, output + security.Errors);
    }

    private string Unit(string daemon)
    {
        var name = $"onionbalance-{daemon}.service";
        var unit = Repository.Read(Path.Combine("deploy/systemd", name));
        var program = $"/opt/onionbalance-split/onionbalance-{daemon}";
        Assert.Contains($"ExecStart={program} run\n", unit, StringComparison.Ordinal);
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, unit.Replace(program, "/bin/true", StringComparison.Ordinal));
        return path;
    }
}
