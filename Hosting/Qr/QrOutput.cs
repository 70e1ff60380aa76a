using System.CommandLine;
using System.Globalization;

namespace OnionBalance.Split.Hosting.Qr;

/// <summary>The options of a verb that gives a file out as QR codes too, and what they do.</summary>
public sealed class QrOutput
{
    private readonly Option<bool> _terminal = new("--qr")
    {
        Description = "Show it as QR codes too, on a terminal of 80 columns and 42 lines.",
    };

    private readonly Option<string?> _folder = new("--png")
    {
        Description = "Write it as QR codes too: PNG files in a new or empty folder.",
        HelpName = "DIR",
    };

    public void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        command.Options.Add(_terminal);
        command.Options.Add(_folder);
    }

    /// <summary>Tells before anything is done what would be in the way.</summary>
    /// <exception cref="DaemonException">The folder has files already.</exception>
    public void Check(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        if (parsed.GetValue(_folder) is { } folder && (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())))
            throw new DaemonException($"{folder} is there already and not an empty folder: choose another for the QR codes");
    }

    /// <summary>Gives the parts of one file out, in their order, as was asked for.</summary>
    /// <exception cref="DaemonException">A PNG file cannot be written.</exception>
    public void Give(ParseResult parsed, IReadOnlyList<string> parts)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        ArgumentNullException.ThrowIfNull(parts);
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(_folder) is { } folder)
        {
            WriteAll(folder, parts);
            output.WriteLine($"Wrote {Counted(parts)} to {folder}.");
        }

        if (parsed.GetValue(_terminal))
            Show(output, parts, interactive: !Console.IsOutputRedirected && !Console.IsInputRedirected);
    }

    private static string Counted(IReadOnlyList<string> parts) => parts.Count == 1 ? "1 QR code" : $"{parts.Count} QR codes";

    /// <summary>One code at a time where a person is there to go on; all of them elsewhere.</summary>
    private static void Show(TextWriter output, IReadOnlyList<string> parts, bool interactive)
    {
        for (var index = 0; index < parts.Count; index++)
        {
            foreach (var line in QrCode.ToLines(parts[index], colours: interactive))
                output.WriteLine(line);
            output.WriteLine($"QR code {index + 1} of {parts.Count}{(interactive && index + 1 < parts.Count ? "; Enter shows the next" : "")}");
            if (interactive && index + 1 < parts.Count)
                Console.ReadLine();
        }
    }

    private static void WriteAll(string folder, IReadOnlyList<string> parts)
    {
        try
        {
            Directory.CreateDirectory(folder, AtomicFile.ReadableByAll | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            for (var index = 0; index < parts.Count; index++)
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"part-{index + 1:D3}-of-{parts.Count:D3}.png");
                AtomicFile.Create(Path.Combine(folder, name), QrCode.ToPng(parts[index]), AtomicFile.ReadableByAll);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"the QR codes cannot be written to {folder}: {exception.Message}", exception);
        }
    }
}
