using System.Runtime.InteropServices;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>CK_ATTRIBUTE: on Linux not packed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkAttribute
{
    internal nuint Type;
    internal void* Value;
    internal nuint Length;
}

/// <summary>
/// A template of attributes. Public values are copied into native memory of its own; a secret is pointed at where it
/// lies, so whoever adds one keeps it alive until the call is done.
/// </summary>
internal sealed unsafe class CryptokiAttributes : IDisposable
{
    private readonly List<CkAttribute> _attributes = [];
    private readonly List<nint> _owned = [];

    public CryptokiAttributes Add(nuint type, bool value) => Add(type, [value ? (byte)1 : (byte)0]);

    public CryptokiAttributes Add(nuint type, nuint value) =>
        Add(type, MemoryMarshal.AsBytes(new ReadOnlySpan<nuint>(in value)));

    public CryptokiAttributes Add(nuint type, ReadOnlySpan<byte> value)
    {
        var copy = NativeMemory.Alloc((nuint)Math.Max(value.Length, 1));
        _owned.Add((nint)copy);
        value.CopyTo(new Span<byte>(copy, value.Length));
        _attributes.Add(new CkAttribute { Type = type, Value = copy, Length = (nuint)value.Length });
        return this;
    }

    /// <param name="type">CKA_*.</param>
    /// <param name="secret">In native memory, which does not move.</param>
    public CryptokiAttributes AddInPlace(nuint type, Span<byte> secret)
    {
        fixed (byte* place = secret)
            _attributes.Add(new CkAttribute { Type = type, Value = place, Length = (nuint)secret.Length });
        return this;
    }

    public CkAttribute[] ToTemplate() => [.. _attributes];

    public void Dispose()
    {
        foreach (var place in _owned)
            NativeMemory.Free((void*)place);
        _owned.Clear();
    }
}
