using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>Seals and opens under a non-extractable key of the token: AES-GCM in the token, or an RSA key's OAEP.</summary>
internal static class TokenSealing
{
    private const int ContentKeyLength = 32;
    private const int TagLength = 16;
    private const int LeastRsaBits = 2048;

    /// <exception cref="TokenFaultException">No fit key.</exception>
    public static TokenSealedFile Seal(TokenSession session, Pkcs11Uri uri, SecretBytes expanded) =>
        session.Find(uri, Cka.SecretKeyClass).Length != 0 ? SealInToken(session, uri, expanded) : SealUnderRsa(session, uri, expanded);

    private static TokenSealedFile SealInToken(TokenSession session, Pkcs11Uri uri, SecretBytes expanded)
    {
        var key = KeyFor(session, uri, rsa: false, Ckf.Encrypt | Ckf.Decrypt);
        var head = TokenSealedFile.Head(null);
        var iv = RandomNumberGenerator.GetBytes(TokenSealedFile.IvLength);
        // With room to see that a token adds something of its own.
        var content = new byte[2 * TokenSealedFile.ContentLength];
        int length;
        try
        {
            length = session.Cryptoki.EncryptGcm(session.Handle, key, iv, head, expanded.Span, content);
        }
        catch (CryptokiException exception) when (!exception.IsLoss)
        {
            // Some tokens take no IV but their own, and ask for room for it, cleared.
            iv.AsSpan().Clear();
            length = session.Cryptoki.EncryptGcm(session.Handle, key, iv, head, expanded.Span, content);
            if (!iv.AsSpan().ContainsAnyExcept((byte)0))
                throw new TokenFaultException(exception.Message);
        }

        return length == TokenSealedFile.ContentLength
            ? new TokenSealedFile(Rsa: false, head, [], iv, content[..length])
            : throw new TokenFaultException($"the token's AES-GCM gave {length} bytes instead of {TokenSealedFile.ContentLength}: seal under an RSA key instead");
    }

    private static TokenSealedFile SealUnderRsa(TokenSession session, Pkcs11Uri uri, SecretBytes expanded)
    {
        var privateKey = KeyFor(session, uri, rsa: true, Ckf.Decrypt);
        var modulus = session.Cryptoki.GetAttribute(session.Handle, privateKey, Cka.Modulus);
        using var contentKey = SecretBytes.Random(ContentKeyLength);
        var wrapped = Encrypt(contentKey, modulus, PublicExponent(session, privateKey));
        var authenticated = TokenSealedFile.Head(wrapped);
        var iv = RandomNumberGenerator.GetBytes(TokenSealedFile.IvLength);
        var content = new byte[TokenSealedFile.ContentLength];
        using var gcm = new AesGcm(contentKey.Span, TagLength);
        gcm.Encrypt(iv, expanded.Span, content.AsSpan(..^TagLength), content.AsSpan(^TagLength..), authenticated);
        return new TokenSealedFile(Rsa: true, authenticated, wrapped, iv, content);
    }

    /// <summary>Not every token has it with the private key. Should 65537 be wrong, the file does not open, and is not kept.</summary>
    private static byte[] PublicExponent(TokenSession session, nuint privateKey)
    {
        try
        {
            return session.Cryptoki.GetAttribute(session.Handle, privateKey, Cka.PublicExponent) is { Length: > 0 } exponent ? exponent : [1, 0, 1];
        }
        catch (CryptokiException exception) when (!exception.IsLoss)
        {
            return [1, 0, 1];
        }
    }

    private static byte[] Encrypt(SecretBytes contentKey, byte[] modulus, byte[] exponent)
    {
        try
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
            if (rsa.KeySize < LeastRsaBits)
                throw new TokenFaultException($"its RSA key has {rsa.KeySize} bits: seal under one of {LeastRsaBits} or more");
            var wrapped = new byte[(rsa.KeySize + 7) / 8];
            return rsa.TryEncrypt(contentKey.Span, wrapped, RSAEncryptionPadding.OaepSHA1, out var written) && written == wrapped.Length
                ? wrapped
                : throw new TokenFaultException($"its RSA key gives {written} bytes instead of {wrapped.Length}");
        }
        catch (CryptographicException exception)
        {
            throw new TokenFaultException($"its RSA key is none: {exception.Message}");
        }
    }

    /// <exception cref="CryptokiException">Also where the file was altered or is another key's: tokens do not agree on how they say so.</exception>
    public static SecretBytes Open(TokenSession session, Pkcs11Uri uri, TokenSealedFile file)
    {
        var key = KeyFor(session, uri, file.Rsa, Ckf.Decrypt);
        // Some tokens ask for room for the tag, too.
        using var plain = SecretBytes.Allocate(TokenSealedFile.ContentLength);
        if (!file.Rsa)
        {
            var length = session.Cryptoki.DecryptGcm(session.Handle, key, file.Iv, file.Authenticated, file.Content, plain.Span);
            return SecretBytes.CopyOf(plain.Span[..Math.Max(length, 1)]);
        }

        using var contentKey = SecretBytes.Allocate(1024);
        if (session.Cryptoki.DecryptOaep(session.Handle, key, file.WrappedKey, contentKey.Span) != ContentKeyLength)
            throw new TokenFaultException("the sealed file is not this key's");
        using var gcm = new AesGcm(contentKey.Span[..ContentKeyLength], TagLength);
        var secret = SecretBytes.Allocate(TokenSealedFile.ContentLength - TagLength);
        try
        {
            gcm.Decrypt(file.Iv, file.Content.AsSpan(..^TagLength), file.Content.AsSpan(^TagLength..), secret.Span, file.Authenticated);
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            secret.Dispose();
            throw new TokenFaultException("the sealed file was altered");
        }
    }

    private static nuint KeyFor(TokenSession session, Pkcs11Uri uri, bool rsa, nuint use)
    {
        var key = session.FindKey(uri, rsa ? Cka.PrivateKeyClass : Cka.SecretKeyClass);
        var type = session.Cryptoki.GetAttribute(session.Handle, key, Cka.KeyType);
        if (type.Length != nuint.Size || MemoryMarshal.Read<nuint>(type) != (rsa ? Cka.RsaType : Cka.AesType))
            throw new TokenFaultException("the key is neither AES nor RSA");
        if (session.Cryptoki.GetAttribute(session.Handle, key, Cka.Extractable) is not [0])
            throw new TokenFaultException("the key can be taken out of the token (CKA_EXTRACTABLE): seal under one that cannot");
        return session.Cryptoki.Offers(session.Token.Slot, rsa ? Ckm.RsaPkcsOaep : Ckm.AesGcm, use)
            ? key
            : throw new TokenFaultException($"the token does not offer {(rsa ? "CKM_RSA_PKCS_OAEP" : "CKM_AES_GCM")} for this");
    }
}
