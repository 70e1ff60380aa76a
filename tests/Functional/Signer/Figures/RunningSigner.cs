using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace OnionBalance.Split.Tests.Functional.Signer.Figures;

/// <summary>What the kernel and the service manager's protocol tell of a Signer's process.</summary>
internal static class RunningSigner
{
    /// <summary>User and system time so far. The kernel counts in hundredths of a second.</summary>
    public static TimeSpan Cpu(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (Number(fields[11]) + Number(fields[12])));
    }

    /// <summary>VmRSS in MiB.</summary>
    public static double Resident(int process) =>
        Number(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024.0;

    /// <summary>From the start of the process to READY=1 (sd_notify).</summary>
    public static async Task<TimeSpan> ReadyAsync(SignerUnderTest signer)
    {
        var path = signer.InFolder("notify");
        File.Delete(path);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        signer.Environment["NOTIFY_SOCKET"] = path;
        var started = TimeProvider.System.GetTimestamp();
        signer.Start();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var message = new byte[1024];
        while (!Encoding.UTF8.GetString(message.AsSpan(0, await socket.ReceiveAsync(message, late.Token))).Contains("READY=1", StringComparison.Ordinal))
        {
        }

        return TimeProvider.System.GetElapsedTime(started);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
