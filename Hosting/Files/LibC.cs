using System.Globalization;
using System.Runtime.InteropServices;

namespace OnionBalance.Split.Hosting.Files;

/// <summary>The few calls of the C library that .NET does not offer: owners of files and their names, syncing a directory, renaming without replacing, marks of descriptors.</summary>
internal static partial class LibC
{
    internal const int AtCurrentDirectory = -100;
    internal const int DoNotFollow = 0x100;
    internal const uint BasicStatus = 0x7ff;
    internal const int ReadOnlyAndCloseOnExec = 0x80000;

    /// <summary>F_GETFD.</summary>
    internal const int GetDescriptorFlags = 1;

    /// <summary>FD_CLOEXEC.</summary>
    internal const int CloseOnExec = 1;

    /// <summary>EACCES.</summary>
    internal const int AccessDenied = 13;

    /// <summary>W_OK and X_OK: new files can be made in a directory.</summary>
    internal const int WriteAndSearch = 3;

    /// <summary>AT_EACCESS: as the effective user.</summary>
    internal const int AsEffectiveUser = 0x200;

    /// <summary>RENAME_NOREPLACE.</summary>
    internal const uint NoReplace = 1;

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Status(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int User(uint user, out UserEntry entry, Span<byte> texts, nuint length, out nint found);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    /// <summary>fcntl, for the commands that take no argument.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Access(int directory, string path, int mode, int flags);

    internal static string LastError() => Marshal.GetLastPInvokeErrorMessage();

    /// <summary>A user's name; of one who has none, his number.</summary>
    internal static string UserName(uint user)
    {
        // On the stack, since the entry points into it.
        Span<byte> texts = stackalloc byte[4096];
        return User(user, out var entry, texts, (nuint)texts.Length, out var found) == 0 && found != 0
            ? Marshal.PtrToStringUTF8(entry.Name) ?? ""
            : user.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>struct passwd, of which the name comes first.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct UserEntry
    {
        public nint Name;
    }

    /// <summary>struct statx: the one form of file status that is laid out alike on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct FileStatus
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
