using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.Tests.Integration.Network;

public sealed class A_killed_owner
{
    [Fact]
    public async Task Leaves_no_process_and_no_folder_of_its_network_behind()
    {
        var parent = Directory.CreateTempSubdirectory("onionbalance-owner-").FullName;
        var usable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var owner = GuardedProcess.Start(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "onionbalance-demo.dll"), "network", "--folder", parent],
            output: line =>
            {
                if (line.Contains("is usable", StringComparison.Ordinal))
                    usable.TrySetResult();
            });
        await Task.WhenAny(usable.Task, owner.Ended).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(ProcessesOf(parent).Count >= 11, "the network did not start");

        await owner.KillAsync();

        // tor's own look at its owner comes every 15 s: what is gone sooner was ended by the pipe.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        while (ProcessesOf(parent).Count > 0 || Directory.EnumerateFileSystemEntries(parent).Any())
            await Task.Delay(100, deadline.Token);
        Directory.Delete(parent);
    }

    private static List<string> ProcessesOf(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0]))
            .Select(CommandLine)
            .Where(line => line.Contains(folder, StringComparison.Ordinal) && !line.Contains("onionbalance-demo", StringComparison.Ordinal)),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
