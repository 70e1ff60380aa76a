using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>The record of a ceremony, on the screen and, line by line on the disk, in a file that was not there before.</summary>
internal sealed class CeremonyTranscript : IDisposable
{
    private const int NameWidth = 13;

    private readonly string _path;
    private readonly TextWriter _screen;
    private readonly TimeProvider _time;
    private readonly FileStream _file;
    private int _steps;

    /// <param name="path">The new file.</param>
    /// <param name="screen">Shows the same.</param>
    /// <param name="time">For the times in it.</param>
    /// <exception cref="DaemonException">It cannot be made.</exception>
    public CeremonyTranscript(string path, TextWriter screen, TimeProvider time)
    {
        (_path, _screen, _time) = (path, screen, time);
        try
        {
            _file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = AtomicFile.OwnerOnly });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"the transcript {path} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>SHA3-256 in hexadecimal.</summary>
    public static string Digest(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA3_256.HashData(content));

    /// <summary>Of the transcript as it stands.</summary>
    public string Digest() => Digest(File.ReadAllBytes(_path));

    public void Step(string text) =>
        Line(string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow():HH:mm:ss} {++_steps,2}. {text}"));

    /// <summary>Something that belongs to the last step.</summary>
    public void Detail(string name, string value) => Line($"             {name.PadRight(NameWidth)}{value}");

    public void Field(string name, string value) => Line($"{name.PadRight(NameWidth)}{value}");

    public void Line(string text = "")
    {
        _screen.WriteLine(text);
        Write(text);
    }

    /// <summary>What must be told after a failure, even one of the file or the screen: by the other one, at least.</summary>
    /// <exception cref="DaemonException">The screen takes nothing.</exception>
    public void LastWords(string text)
    {
        var alone = "";
        try
        {
            Write(text);
        }
        catch (DaemonException fault)
        {
            alone = $"\nThe above is on this screen alone: {fault.Message}";
        }

        try
        {
            _screen.WriteLine(text + alone);
        }
        catch (IOException fault)
        {
            throw new DaemonException($"what exists is told in {_path}; the screen cannot be written: {fault.Message}{alone}", fault);
        }
    }

    public string Now() => _time.GetUtcNow().ToString("u", CultureInfo.InvariantCulture);

    public void Dispose() => _file.Dispose();

    private void Write(string text)
    {
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(text + "\n"));
            _file.Flush(flushToDisk: true);
        }
        catch (IOException exception)
        {
            throw new DaemonException($"the transcript {_path} cannot be written: {exception.Message}", exception);
        }
    }
}
