using System.Runtime.InteropServices;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Helpers;

/// <summary>Keeps the content of a file where a careless program would keep a secret, and where a careful one does.</summary>
internal static class KeepHelper
{
    public static Task<int> Run(string file)
    {
        var managed = File.ReadAllBytes(file);
        Span<byte> stack = stackalloc byte[managed.Length];
        managed.CopyTo(stack);
        var heap = Marshal.AllocHGlobal(managed.Length);
        Marshal.Copy(managed, 0, heap, managed.Length);
        using var guarded = SecretBytes.CopyOf(managed);
        Console.Out.WriteLine("kept");
        Thread.Sleep(Timeout.Infinite);
        GC.KeepAlive(managed);
        return Task.FromResult(stack[0] + heap.ToInt32());
    }
}
