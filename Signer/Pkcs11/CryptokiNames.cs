namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>CKR_*: the return values that are told apart.</summary>
internal static class Ckr
{
    internal const nuint Ok = 0;
    internal const nuint PinIncorrect = 0xA0;
    internal const nuint PinInvalid = 0xA1;
    internal const nuint PinLenRange = 0xA2;
    internal const nuint PinExpired = 0xA3;
    internal const nuint PinLocked = 0xA4;
    internal const nuint UserAlreadyLoggedIn = 0x100;
    internal const nuint CryptokiAlreadyInitialized = 0x191;

    /// <summary>The token or the session is gone, or the login: what was asked may well succeed with new ones.</summary>
    internal static bool IsLoss(nuint result) => Name(result) is
        "CKR_SLOT_ID_INVALID" or "CKR_DEVICE_ERROR" or "CKR_DEVICE_REMOVED" or "CKR_SESSION_CLOSED" or "CKR_SESSION_HANDLE_INVALID"
        or "CKR_TOKEN_NOT_PRESENT" or "CKR_TOKEN_NOT_RECOGNIZED" or "CKR_USER_NOT_LOGGED_IN" or "CKR_CRYPTOKI_NOT_INITIALIZED";

    /// <summary>C_Login: this PIN is not to be tried again.</summary>
    internal static bool IsRefusalOfPin(nuint result) => result is PinIncorrect or PinInvalid or PinLenRange or PinExpired or PinLocked;

    /// <summary>As the standard names it, or the number.</summary>
    internal static string Name(nuint result) => result switch
    {
        0x02 => "CKR_HOST_MEMORY",
        0x03 => "CKR_SLOT_ID_INVALID",
        0x05 => "CKR_GENERAL_ERROR",
        0x06 => "CKR_FUNCTION_FAILED",
        0x07 => "CKR_ARGUMENTS_BAD",
        0x12 => "CKR_ATTRIBUTE_TYPE_INVALID",
        0x13 => "CKR_ATTRIBUTE_VALUE_INVALID",
        0x30 => "CKR_DEVICE_ERROR",
        0x31 => "CKR_DEVICE_MEMORY",
        0x32 => "CKR_DEVICE_REMOVED",
        0x40 => "CKR_ENCRYPTED_DATA_INVALID",
        0x54 => "CKR_FUNCTION_NOT_SUPPORTED",
        0x62 => "CKR_KEY_SIZE_RANGE",
        0x63 => "CKR_KEY_TYPE_INCONSISTENT",
        0x68 => "CKR_KEY_FUNCTION_NOT_PERMITTED",
        0x69 => "CKR_KEY_NOT_WRAPPABLE: the key may be wrapped by trusted keys only",
        0x6A => "CKR_KEY_UNEXTRACTABLE: the key was stored as not extractable",
        0x70 => "CKR_MECHANISM_INVALID",
        0x71 => "CKR_MECHANISM_PARAM_INVALID",
        PinIncorrect => "CKR_PIN_INCORRECT",
        PinInvalid => "CKR_PIN_INVALID",
        PinLenRange => "CKR_PIN_LEN_RANGE",
        PinExpired => "CKR_PIN_EXPIRED",
        PinLocked => "CKR_PIN_LOCKED",
        0xB0 => "CKR_SESSION_CLOSED",
        0xB1 => "CKR_SESSION_COUNT: all of the token's sessions are taken",
        0xB3 => "CKR_SESSION_HANDLE_INVALID",
        0xD1 => "CKR_TEMPLATE_INCONSISTENT",
        0xE0 => "CKR_TOKEN_NOT_PRESENT",
        0xE1 => "CKR_TOKEN_NOT_RECOGNIZED",
        0xE2 => "CKR_TOKEN_WRITE_PROTECTED",
        0x101 => "CKR_USER_NOT_LOGGED_IN",
        0x102 => "CKR_USER_PIN_NOT_INITIALIZED",
        0x104 => "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
        0x150 => "CKR_BUFFER_TOO_SMALL",
        0x190 => "CKR_CRYPTOKI_NOT_INITIALIZED",
        _ => $"0x{result:x}",
    };
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
internal sealed class CryptokiException(string function, nuint result) : Exception($"{function} returned {Ckr.Name(result)}")
{
    /// <summary>See <see cref="Ckr.IsLoss"/>.</summary>
    public bool IsLoss => Ckr.IsLoss(result);
}

/// <summary>What the operator can set right: its message is the whole line that is shown, with the URI before it.</summary>
internal sealed class TokenFaultException(string message) : Exception(message)
{
    /// <summary>It may be gone once the module has looked again.</summary>
    public bool MayPass { get; init; }
}
