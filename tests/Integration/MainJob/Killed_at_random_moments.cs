using OnionBalance.Split.PrivateTorNetwork.Deployment;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>SIGKILL to one daemon after the other, at moments that nobody chose.</summary>
[Collection(SharedDeployment.Name)]
public sealed class Killed_at_random_moments(SharedDeployment shared)
{
    private readonly Random _random = new(20261123);
    private readonly DeployedNetwork _deployed = shared.Deployed;

    [Fact]
    public async Task The_service_is_published_no_counter_goes_back_and_no_file_is_half_written()
    {
        var split = _deployed.Split;
        DaemonProcess[] daemons = [split.Signer, split.Collector, .. split.Backends.Select(backend => backend.Agent)];
        var counters = new RisingCounters(_deployed);
        var kills = Measured.Times(5, 50);
        for (var i = 0; i < kills; i++)
        {
            var daemon = daemons[i < daemons.Length ? i : _random.Next(daemons.Length)];
            await Task.Delay(_random.Next(0, 1500));
            await daemon.KillAsync();
            await Task.Delay(_random.Next(0, 1500));
            await daemon.StartAsync();
            await counters.CheckAsync();
        }

        var recovery = await _deployed.WaitUntilWholeAsync();
        await counters.CheckAsync();
        split.CheckRunning();
        NoFileIsHalfWritten();
        var answer = await _deployed.Fetch.GetPatientlyAsync(_deployed.Master.ToFullString(), TimeSpan.FromSeconds(30));
        Assert.True(answer.Succeeded, answer.Error);
        Measured.Say($"{kills} kills at random moments: whole again {recovery.TotalSeconds:0.0} s after the last start");
    }

    /// <summary>Every state file is one that its daemon read without complaint when it started again. Two are marks, empty on purpose.</summary>
    private void NoFileIsHalfWritten()
    {
        var split = _deployed.Split;
        foreach (var daemon in new[] { split.Signer, split.Collector })
        {
            var files = Directory.EnumerateFiles(Path.Combine(split.Folder, daemon.Name + "-state"), "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is not ("lock" or "initialised"))
                .ToArray();
            Assert.NotEmpty(files);
            Assert.All(files, file => Assert.True(new FileInfo(file).Length > 0, file));
            Assert.DoesNotContain("set aside", daemon.LogText(), StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("damaged", daemon.LogText(), StringComparison.OrdinalIgnoreCase);
        }
    }
}
