using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OnionBalance.Split.Tor.Protocol.Crypto;

/// <summary>
/// The system's libsodium (1.0.18 or newer): the only place that binds it. Names and argument orders are libsodium's;
/// callers in this assembly check lengths, since spans are passed as bare pointers.
/// </summary>
internal static partial class Sodium
{
    private const string Library = "libsodium";

    static Sodium()
    {
        NativeLibrary.SetDllImportResolver(typeof(Sodium).Assembly, Resolve);
        if (sodium_init() < 0)
            throw new InvalidOperationException("libsodium could not be initialised.");
    }

    [LibraryImport(Library)]
    internal static partial nint sodium_malloc(nuint size);

    [LibraryImport(Library)]
    internal static partial void sodium_free(nint address);

    [LibraryImport(Library)]
    internal static partial int sodium_mlock(nint address, nuint length);

    /// <summary>Overwrites so many bytes of stack below the caller's.</summary>
    [LibraryImport(Library)]
    internal static partial void sodium_stackzero(nuint length);

    [LibraryImport(Library)]
    internal static partial void randombytes_buf(Span<byte> buffer, nuint size);

    [LibraryImport(Library)]
    internal static partial int crypto_core_ed25519_is_valid_point(ReadOnlySpan<byte> point);

    /// <summary>64 bytes modulo l, to 32.</summary>
    [LibraryImport(Library)]
    internal static partial void crypto_core_ed25519_scalar_reduce(Span<byte> result, ReadOnlySpan<byte> wide);

    /// <summary>Reduces its inputs.</summary>
    [LibraryImport(Library)]
    internal static partial void crypto_core_ed25519_scalar_mul(Span<byte> product, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>Loses the carry of inputs that are not reduced.</summary>
    [LibraryImport(Library)]
    internal static partial void crypto_core_ed25519_scalar_add(Span<byte> sum, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>Clears bit 255 of the scalar; -1 for a point with a torsion part and for an identity result.</summary>
    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_ed25519_noclamp(Span<byte> result, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_ed25519_base_noclamp(Span<byte> result, ReadOnlySpan<byte> scalar);

    [LibraryImport(Library)]
    internal static partial int crypto_sign_ed25519_verify_detached(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ulong length, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_curve25519(Span<byte> shared, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> publicKey);

    [LibraryImport(Library)]
    internal static partial int crypto_scalarmult_curve25519_base(Span<byte> publicKey, ReadOnlySpan<byte> secret);

    [LibraryImport(Library)]
    internal static partial int crypto_hash_sha512_init(ref Sha512State state);

    [LibraryImport(Library)]
    internal static partial int crypto_hash_sha512_update(ref Sha512State state, ReadOnlySpan<byte> data, ulong length);

    [LibraryImport(Library)]
    internal static partial int crypto_hash_sha512_final(ref Sha512State state, Span<byte> digest);

    /// <summary>crypto_pwhash_ALG_ARGON2ID13 is 2; -1 when the system does not give the memory.</summary>
    [LibraryImport(Library)]
    internal static partial int crypto_pwhash(
        Span<byte> key, ulong keyLength, ReadOnlySpan<byte> passphrase, ulong passphraseLength, ReadOnlySpan<byte> salt, ulong passes, nuint memory, int algorithm);

    /// <summary>The length is not asked for and there is no secret nonce: both are null.</summary>
    [LibraryImport(Library)]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(
        Span<byte> sealedText, nint sealedLength, ReadOnlySpan<byte> text, ulong textLength, ReadOnlySpan<byte> header, ulong headerLength, nint secretNonce, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    /// <summary>-1 when the text, its header, nonce or key is not the one that was sealed.</summary>
    [LibraryImport(Library)]
    internal static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(
        Span<byte> text, nint textLength, nint secretNonce, ReadOnlySpan<byte> sealedText, ulong sealedLength, ReadOnlySpan<byte> header, ulong headerLength, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key);

    [LibraryImport(Library)]
    private static partial int sodium_init();

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
            return 0;
        // Debian's runtime package carries only the versioned name; 1.0.18 to 1.0.19 are .23, later ones .26.
        foreach (var file in (ReadOnlySpan<string>)["libsodium.so.23", "libsodium.so.26", "libsodium.so"])
        {
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        }

        throw new DllNotFoundException("libsodium is missing: install your system's libsodium (Debian: apt install libsodium23).");
    }

    /// <summary>crypto_hash_sha512_state: on our stack, so that what it hashed can be wiped.</summary>
    [InlineArray(26)]
    internal struct Sha512State
    {
        private ulong _first;
    }
}
