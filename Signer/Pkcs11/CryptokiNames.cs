namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>CKR_*: the return values that are told apart.</summary>
internal static class Ckr
{
    internal const nuint Ok = 0;
    internal const nuint KeyNotWrappable = 0x69;
    internal const nuint KeyUnextractable = 0x6A;
    internal const nuint PinIncorrect = 0xA0;
    internal const nuint PinLocked = 0xA4;
    internal const nuint TokenNotPresent = 0xE0;
    internal const nuint UserAlreadyLoggedIn = 0x100;
    internal const nuint CryptokiAlreadyInitialized = 0x191;
}

/// <summary>CKA_* and the CKO_*, CKK_* that are their values.</summary>
internal static class Cka
{
    internal const nuint Class = 0;
    internal const nuint Token = 1;
    internal const nuint Private = 2;
    internal const nuint Label = 3;
    internal const nuint Value = 0x11;
    internal const nuint KeyType = 0x100;
    internal const nuint Id = 0x102;
    internal const nuint Sensitive = 0x103;
    internal const nuint Wrap = 0x106;
    internal const nuint Modulus = 0x120;
    internal const nuint PublicExponent = 0x122;
    internal const nuint Extractable = 0x162;

    internal const nuint PrivateKeyClass = 3;
    internal const nuint SecretKeyClass = 4;
    internal const nuint RsaType = 0;
    internal const nuint GenericSecretType = 0x10;
    internal const nuint AesType = 0x1F;
}

/// <summary>CKM_*: mechanisms.</summary>
internal static class Ckm
{
    internal const nuint RsaPkcsOaep = 9;
    internal const nuint Sha1 = 0x220;
    internal const nuint AesGcm = 0x1087;
    internal const nuint AesKeyWrap = 0x2109;
    internal const nuint AesKeyWrapPad = 0x210A;
}

/// <summary>CKF_*: of tokens, of sessions and of mechanisms.</summary>
internal static class Ckf
{
    internal const nuint OsLockingOk = 2;
    internal const nuint RwSession = 2;
    internal const nuint SerialSession = 4;
    internal const nuint Encrypt = 0x100;
    internal const nuint Decrypt = 0x200;
    internal const nuint Wrap = 0x20000;
    internal const nuint UserPinFinalTry = 0x20000;
    internal const nuint UserPinLocked = 0x40000;
}

/// <summary>A call of the token's module that did not return CKR_OK. It stays within this folder.</summary>
internal sealed class CryptokiException(string function, nuint result)
    : Exception($"{function} returned {Name(result)}")
{
    public nuint Result { get; } = result;

    private static string Name(nuint result) => result switch
    {
        0x30 => "CKR_DEVICE_ERROR",
        0x32 => "CKR_DEVICE_REMOVED",
        Ckr.KeyNotWrappable => "CKR_KEY_NOT_WRAPPABLE: the key may be wrapped by trusted keys only",
        Ckr.KeyUnextractable => "CKR_KEY_UNEXTRACTABLE: the key was stored as not extractable",
        0x70 => "CKR_MECHANISM_INVALID",
        Ckr.PinIncorrect => "CKR_PIN_INCORRECT",
        Ckr.PinLocked => "CKR_PIN_LOCKED",
        Ckr.TokenNotPresent => "CKR_TOKEN_NOT_PRESENT",
        _ => $"0x{result:x}",
    };
}

/// <summary>What the operator can set right: its message is the whole line that is shown.</summary>
internal sealed class TokenFaultException(string message) : Exception(message)
{
    /// <summary>It may be gone once the module has looked again.</summary>
    public bool MayPass { get; init; }
}
