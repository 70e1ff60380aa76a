namespace OnionBalance.Split.Hosting.Files;

/// <summary>
/// Which file descriptors this process was started with. Those are never marked to be closed on exec; all that the .NET
/// runtime and its libraries open are.
/// </summary>
public static class InheritedDescriptor
{
    /// <summary>Whether it is open, and was before the program began.</summary>
    public static bool Is(int descriptor) =>
        LibC.Control(descriptor, LibC.GetDescriptorFlags) is >= 0 and var flags && (flags & LibC.CloseOnExec) == 0;
}
