using System.Runtime.InteropServices;
using System.Text;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The C_* functions of one PKCS#11 module (v2.40 list, by C_GetFunctionList): the only place that binds them. CK_ULONG
/// is nuint, structures are not packed, as on every Unix. Secrets pass as spans of native memory. Not for two threads.
/// </summary>
internal sealed unsafe class Cryptoki
{
    private const int MostSlots = 256;
    private const int TokenInfoLength = 256;

    /// <summary>Behind CK_VERSION, padded to a pointer.</summary>
    private readonly void** _functions;

    private Cryptoki(void** functions) => _functions = functions;

    /// <summary>Loads the library; it stays loaded, since modules leave threads behind.</summary>
    /// <exception cref="TokenFaultException">No such library, or no PKCS#11 in it.</exception>
    public static Cryptoki Load(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library))
            throw new TokenFaultException($"the PKCS#11 module {path} cannot be loaded: install it or correct module-path");
        if (!NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var entry))
            throw new TokenFaultException($"{path} is no PKCS#11 module: it has no C_GetFunctionList");
        void** list = null;
        Check("C_GetFunctionList", ((delegate* unmanaged[Cdecl]<void***, nuint>)entry)(&list));
        return new Cryptoki(list + 1);
    }

    public void Initialize()
    {
        // CK_C_INITIALIZE_ARGS: four mutex functions, flags, reserved.
        var arguments = stackalloc nuint[6] { 0, 0, 0, 0, Ckf.OsLockingOk, 0 };
        var result = ((delegate* unmanaged[Cdecl]<void*, nuint>)_functions[0])(arguments);
        if (result != Ckr.CryptokiAlreadyInitialized)
            Check("C_Initialize", result);
    }

    /// <summary>Whatever it returns, nothing can be done about it.</summary>
    public void Terminate() => _ = ((delegate* unmanaged[Cdecl]<void*, nuint>)_functions[1])(null);

    /// <summary>Slots with a token in them.</summary>
    public nuint[] Slots()
    {
        var slots = stackalloc nuint[MostSlots];
        nuint count = MostSlots;
        Check("C_GetSlotList", ((delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)_functions[4])(1, slots, &count));
        return new ReadOnlySpan<nuint>(slots, (int)nuint.Min(count, MostSlots)).ToArray();
    }

    /// <exception cref="CryptokiException">Also where the token has just been pulled.</exception>
    public TokenInfo Token(nuint slot)
    {
        var info = stackalloc byte[TokenInfoLength];
        Check("C_GetTokenInfo", ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)_functions[6])(slot, info));
        return new TokenInfo(slot, Text(info, 32), Text(info + 32, 32), Text(info + 64, 16), Text(info + 80, 16), *(nuint*)(info + 96));
    }

    public bool Offers(nuint slot, nuint mechanism)
    {
        // CK_MECHANISM_INFO: smallest and largest key, flags.
        var info = stackalloc nuint[3];
        return ((delegate* unmanaged[Cdecl]<nuint, nuint, nuint*, nuint>)_functions[8])(slot, mechanism, info) == Ckr.Ok;
    }

    public nuint OpenSession(nuint slot, nuint flags)
    {
        nuint session;
        Check("C_OpenSession", ((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint>)_functions[12])(slot, flags | Ckf.SerialSession, null, null, &session));
        return session;
    }

    public void CloseSession(nuint session) => _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[13])(session);

    /// <summary>CKR_* of C_Login as CKU_USER.</summary>
    public nuint Login(nuint session, ReadOnlySpan<byte> pin)
    {
        fixed (byte* bytes = pin)
            return ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)_functions[18])(session, 1, bytes, (nuint)pin.Length);
    }

    public nuint CreateObject(nuint session, CryptokiAttributes attributes)
    {
        nuint handle;
        var template = attributes.ToTemplate();
        fixed (CkAttribute* first = template)
            Check("C_CreateObject", ((delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, nuint*, nuint>)_functions[20])(session, first, (nuint)template.Length, &handle));
        return handle;
    }

    public void DestroyObject(nuint session, nuint handle) =>
        Check("C_DestroyObject", ((delegate* unmanaged[Cdecl]<nuint, nuint, nuint>)_functions[22])(session, handle));

    /// <summary>At most <paramref name="most"/> objects that have all the attributes.</summary>
    public nuint[] Find(nuint session, CryptokiAttributes attributes, int most)
    {
        var template = attributes.ToTemplate();
        fixed (CkAttribute* first = template)
            Check("C_FindObjectsInit", ((delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, nuint>)_functions[26])(session, first, (nuint)template.Length));
        var found = new nuint[most];
        nuint count = 0;
        nuint result;
        fixed (nuint* handles = found)
            result = ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)_functions[27])(session, handles, (nuint)most, &count);
        _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[28])(session);
        Check("C_FindObjects", result);
        return found[..(int)nuint.Min(count, (nuint)most)];
    }

    /// <summary>The wrapped key's length.</summary>
    public int WrapKey(nuint session, nuint mechanism, nuint wrappingKey, nuint key, Span<byte> wrapped)
    {
        // CK_MECHANISM: mechanism, parameter, its length.
        var how = stackalloc nuint[3] { mechanism, 0, 0 };
        var length = (nuint)wrapped.Length;
        fixed (byte* bytes = wrapped)
            Check("C_WrapKey", ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint, byte*, nuint*, nuint>)_functions[60])(session, how, wrappingKey, key, bytes, &length));
        return (int)nuint.Min(length, (nuint)wrapped.Length);
    }

    private static void Check(string function, nuint result)
    {
        if (result != Ckr.Ok)
            throw new CryptokiException(function, result);
    }

    /// <summary>A blank-padded field.</summary>
    private static string Text(byte* field, int length) => Encoding.UTF8.GetString(field, length).TrimEnd(' ', '\0');
}

/// <summary>CK_TOKEN_INFO, as far as it matters here, and the slot the token is in.</summary>
internal sealed record TokenInfo(nuint Slot, string Label, string Manufacturer, string Model, string Serial, nuint Flags);
