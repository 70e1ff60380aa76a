using System.Diagnostics;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>What becomes of a Signer's disk while it runs.</summary>
public enum DiskFault
{
    None,
    Full,
    ReadOnly,
}

/// <summary>A small disk of its own (tmpfs) under a folder, which fills up or turns read-only beneath the files that are open on it.</summary>
internal sealed class ScarceDisk : IDisposable
{
    private readonly string _folder;
    private readonly DiskFault _fault;
    private bool _isSpoiled;

    public ScarceDisk(string folder, DiskFault fault)
    {
        _folder = folder;
        _fault = fault;
        Directory.CreateDirectory(folder);
        Run("mount", "-t", "tmpfs", "-o", "size=32m", "none", folder);
        Directory.CreateDirectory(ReadOnlyView);
        Run("mount", "--bind", folder, ReadOnlyView);
        Run("mount", "-o", "remount,bind,ro", ReadOnlyView);
    }

    private string Filler => Path.Combine(_folder, "filler");

    private string ReadOnlyView => _folder + ".read-only";

    public void Spoil()
    {
        if (_isSpoiled)
            return;
        _isSpoiled = true;
        switch (_fault)
        {
            case DiskFault.Full:
                Fill();
                break;
            case DiskFault.ReadOnly:
                // The disk itself cannot turn read-only while files on it are open for writing; a view that hides it can.
                Run("mount", "--bind", ReadOnlyView, _folder);
                break;
        }
    }

    public void Mend()
    {
        if (!_isSpoiled)
            return;
        _isSpoiled = false;
        if (_fault == DiskFault.Full)
            File.Delete(Filler);
        else if (_fault == DiskFault.ReadOnly)
            Run("umount", "--lazy", _folder);
    }

    public void Dispose()
    {
        Mend();
        Run("umount", "--lazy", ReadOnlyView);
        Run("umount", "--lazy", _folder);
    }

    private void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[1 << 20, 1 << 12])
        {
            try
            {
                while (true)
                    filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Full, to blocks of this size: which is what is wanted.
                continue;
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}

/// <summary>A theory that mounts disks.</summary>
internal sealed class MountingTheoryAttribute : TheoryAttribute
{
    public MountingTheoryAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "It mounts disks: only root may.";
    }
}
