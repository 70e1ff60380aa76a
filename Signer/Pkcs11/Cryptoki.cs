using System.Diagnostics.CodeAnalysis;
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

    /// <summary>False when another part of this process has initialised it already.</summary>
    public bool Initialize()
    {
        // CK_C_INITIALIZE_ARGS: four mutex functions, flags, reserved.
        var arguments = stackalloc nuint[6] { 0, 0, 0, 0, Ckf.OsLockingOk, 0 };
        var result = ((delegate* unmanaged[Cdecl]<void*, nuint>)_functions[0])(arguments);
        if (result == Ckr.CryptokiAlreadyInitialized)
            return false;
        Check("C_Initialize", result);
        return true;
    }

    /// <summary>Whatever it returns, nothing can be done about it.</summary>
    public void Terminate() => _ = ((delegate* unmanaged[Cdecl]<void*, nuint>)_functions[1])(null);

    /// <summary>The tokens that are there. One that cannot tell its name just now is not.</summary>
    public IReadOnlyList<TokenInfo> Tokens()
    {
        var list = (delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)_functions[4];
        var slots = stackalloc nuint[MostSlots];
        nuint count = 0;
        // Only when it is asked for the count does a module look again what slots there are.
        Check("C_GetSlotList", list(1, null, &count));
        count = MostSlots;
        Check("C_GetSlotList", list(1, slots, &count));
        var tokens = new List<TokenInfo>();
        for (nuint i = 0; i < nuint.Min(count, MostSlots); i++)
        {
            if (TryToken(slots[i], out var token))
                tokens.Add(token);
        }

        return tokens;
    }

    public bool TryToken(nuint slot, [NotNullWhen(true)] out TokenInfo? token)
    {
        var info = stackalloc byte[TokenInfoLength];
        token = ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)_functions[6])(slot, info) == Ckr.Ok
            ? new TokenInfo(slot, Text(info, 32), Text(info + 32, 32), Text(info + 64, 16), Text(info + 80, 16), *(nuint*)(info + 96))
            : null;
        return token is not null;
    }

    /// <param name="slot">With the token.</param>
    /// <param name="mechanism">CKM_*.</param>
    /// <param name="use">CKF_*: for this.</param>
    public bool Offers(nuint slot, nuint mechanism, nuint use)
    {
        // CK_MECHANISM_INFO: smallest and largest key, flags.
        var info = stackalloc nuint[3];
        return ((delegate* unmanaged[Cdecl]<nuint, nuint, nuint*, nuint>)_functions[8])(slot, mechanism, info) == Ckr.Ok
            && (info[2] & use) == use;
    }

    public nuint OpenSession(nuint slot, nuint flags)
    {
        nuint session;
        Check("C_OpenSession", ((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint>)_functions[12])(slot, flags | Ckf.SerialSession, null, null, &session));
        return session;
    }

    public void CloseSession(nuint session) => _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[13])(session);

    /// <summary>Those of this process on the token; its login ends with them.</summary>
    public void CloseAllSessions(nuint slot) => _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[14])(slot);

    /// <summary>Whether the session is there, and the user logged in.</summary>
    public bool IsUserSession(nuint session)
    {
        // CK_SESSION_INFO: slot, state (1 and 3: CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS), flags, device error.
        var info = stackalloc nuint[4];
        return ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint>)_functions[15])(session, info) == Ckr.Ok && info[1] is 1 or 3;
    }

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

    /// <summary>A value of at most 1024 bytes that is no secret.</summary>
    public byte[] GetAttribute(nuint session, nuint handle, nuint type)
    {
        var value = stackalloc byte[1024];
        var attribute = new CkAttribute { Type = type, Value = value, Length = 1024 };
        Check("C_GetAttributeValue", ((delegate* unmanaged[Cdecl]<nuint, nuint, CkAttribute*, nuint, nuint>)_functions[24])(session, handle, &attribute, 1));
        // CK_UNAVAILABLE_INFORMATION, beside CKR_OK, is a module's fault: then there is none.
        return attribute.Length <= 1024 ? new ReadOnlySpan<byte>(value, (int)attribute.Length).ToArray() : [];
    }

    /// <summary>CKM_AES_GCM with a tag of 16 bytes; the length. Some tokens choose the IV: it is written back.</summary>
    public int EncryptGcm(nuint session, nuint key, Span<byte> iv, ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> plain, Span<byte> sealedBytes)
    {
        fixed (byte* nonce = iv, header = authenticated)
        {
            var gcm = stackalloc nuint[6] { (nuint)nonce, (nuint)iv.Length, (nuint)iv.Length * 8, (nuint)header, (nuint)authenticated.Length, 128 };
            return Crypt("C_Encrypt", 29, session, key, Ckm.AesGcm, new ReadOnlySpan<nuint>(gcm, 6), plain, sealedBytes);
        }
    }

    /// <summary>The length of what CKM_AES_GCM opened.</summary>
    public int DecryptGcm(nuint session, nuint key, Span<byte> iv, ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        fixed (byte* nonce = iv, header = authenticated)
        {
            var gcm = stackalloc nuint[6] { (nuint)nonce, (nuint)iv.Length, (nuint)iv.Length * 8, (nuint)header, (nuint)authenticated.Length, 128 };
            return Crypt("C_Decrypt", 33, session, key, Ckm.AesGcm, new ReadOnlySpan<nuint>(gcm, 6), sealedBytes, plain);
        }
    }

    /// <summary>The length of what CKM_RSA_PKCS_OAEP opened: SHA-1 and MGF1 with it, which every token has, no label.</summary>
    public int DecryptOaep(nuint session, nuint key, ReadOnlySpan<byte> sealedBytes, Span<byte> plain) =>
        Crypt("C_Decrypt", 33, session, key, Ckm.RsaPkcsOaep, [Ckm.Sha1, 1, 1, 0, 0], sealedBytes, plain);

    /// <summary>At most <paramref name="most"/> objects that have all the attributes.</summary>
    public nuint[] Find(nuint session, CryptokiAttributes attributes, int most)
    {
        var template = attributes.ToTemplate();
        fixed (CkAttribute* first = template)
            Check("C_FindObjectsInit", ((delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, nuint>)_functions[26])(session, first, (nuint)template.Length));
        var found = new nuint[most];
        var count = 0;
        nuint result = Ckr.Ok;
        fixed (nuint* handles = found)
        {
            // A module may give fewer at a time than there are: none means that there are no more.
            for (nuint more = 1; more > 0 && count < most && result == Ckr.Ok; count += (int)nuint.Min(more, (nuint)(most - count)))
            {
                more = 0;
                result = ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)_functions[27])(session, handles + count, (nuint)(most - count), &more);
            }
        }

        _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)_functions[28])(session);
        Check("C_FindObjects", result);
        return found[..count];
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

    /// <summary>C_EncryptInit and C_Encrypt, or the same of C_Decrypt, at <paramref name="first"/> and behind it.</summary>
    private int Crypt(string function, int first, nuint session, nuint key, nuint mechanism, ReadOnlySpan<nuint> parameter, ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (nuint* settings = parameter)
        {
            var how = stackalloc nuint[3] { mechanism, (nuint)settings, (nuint)(parameter.Length * sizeof(nuint)) };
            Check($"{function}Init", ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint>)_functions[first])(session, how, key));
            var length = (nuint)output.Length;
            fixed (byte* from = input, to = output)
                Check(function, ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint>)_functions[first + 1])(session, from, (nuint)input.Length, to, &length));
            return (int)nuint.Min(length, (nuint)output.Length);
        }
    }

    private static void Check(string function, nuint result)
    {
        if (result != Ckr.Ok)
            throw new CryptokiException(function, result);
    }

    /// <summary>A blank-padded field; what no terminal or log should be given is shown as '?'.</summary>
    private static string Text(byte* field, int length) =>
        string.Concat(Encoding.UTF8.GetString(field, length).TrimEnd(' ', '\0').Select(character => char.IsControl(character) ? '?' : character));
}

/// <summary>CK_TOKEN_INFO, as far as it matters here, and the slot the token is in.</summary>
internal sealed record TokenInfo(nuint Slot, string Label, string Manufacturer, string Model, string Serial, nuint Flags)
{
    /// <summary>The same token has it in every slot.</summary>
    public string Name => $"{Manufacturer}\n{Model}\n{Serial}\n{Label}";

    /// <summary>The same token in the same slot.</summary>
    public bool IsSame(TokenInfo other) => Slot == other.Slot && Name == other.Name;
}
