using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Asks for a secret on the controlling terminal, whatever the standard streams are: without echo, straight into guarded memory.</summary>
internal static partial class Terminal
{
    private const string Path = "/dev/tty";
    private const int FlushInput = 2;
    private const uint ReturnIsNewLine = 0x100;
    private const uint Signals = 0x1;
    private const uint Lines = 0x2;
    private const uint Echo = 0x8;
    private const uint EchoNewLine = 0x40;
    private const int SuspendCharacter = 10;

    /// <summary>Whether there is anybody to ask.</summary>
    public static bool IsThere()
    {
        try
        {
            Open().Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="question">Without its colon.</param>
    /// <param name="most">Bytes, the end of the line included.</param>
    /// <param name="line">What was typed, with the end of its line; the caller's to dispose.</param>
    /// <param name="fault">On false, why there is none.</param>
    public static bool TryAsk(string question, int most, [NotNullWhen(true)] out SecretBytes? line, [NotNullWhen(false)] out string? fault)
    {
        line = null;
        fault = null;
        try
        {
            using var terminal = Open();
            using var typed = SecretBytes.Allocate(most);
            var length = ReadWithoutEcho(terminal, question, typed.Span);
            if (length < 1)
                fault = "nothing was typed";
            else if (typed.Span[length - 1] != '\n')
                fault = $"the line is longer than {most} bytes or has no end";
            else
                line = SecretBytes.CopyOf(typed.Span[..length]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"there is no terminal to ask on ({question}): name a file, a credential or a descriptor to read it from";
        }

        return line is not null;
    }

    /// <summary>False where there is no terminal.</summary>
    public static bool TryTell(string text)
    {
        try
        {
            using var terminal = Open();
            terminal.Write(Encoding.UTF8.GetBytes($"{text}\n"));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream Open() =>
        new(Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });

    /// <summary>The terminal is as before when this returns, and when a signal ends the process meanwhile.</summary>
    private static int ReadWithoutEcho(FileStream terminal, string question, Span<byte> typed)
    {
        var handle = terminal.SafeFileHandle;
        if (tcgetattr(handle, out var before) != 0)
            throw new IOException();
        var quiet = before;
        // Whatever it was set to before: whole lines, with the usual keys to edit and to break off.
        quiet.Input |= ReturnIsNewLine;
        quiet.Local = (quiet.Local & ~Echo) | EchoNewLine | Lines | Signals;
        // Ctrl-Z would leave the shell without echo.
        quiet.Disable(SuspendCharacter);
        void Restore() => _ = tcsetattr(handle, FlushInput, in before);
        PosixSignalRegistration[] signals =
            [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
                .Select(signal => PosixSignalRegistration.Create(signal, _ => Restore()))];
        try
        {
            if (tcsetattr(handle, FlushInput, in quiet) != 0)
                throw new IOException();
            terminal.Write(Encoding.UTF8.GetBytes($"{question}: "));
            return terminal.Read(typed);
        }
        finally
        {
            Restore();
            foreach (var signal in signals)
                signal.Dispose();
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcgetattr(SafeFileHandle terminal, out Settings settings);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tcsetattr(SafeFileHandle terminal, int when, in Settings settings);

    /// <summary>struct termios of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Settings
    {
        public uint Input;
        public uint Output;
        public uint Control;
        public uint Local;
        public byte Discipline;
        public fixed byte Characters[32];
        public uint InputSpeed;
        public uint OutputSpeed;

        /// <summary>_POSIX_VDISABLE.</summary>
        public void Disable(int character) => Characters[character] = 0;
    }
}
