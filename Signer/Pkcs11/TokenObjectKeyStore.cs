using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// A permanent key on a token: its 64-byte expanded form as a private, sensitive generic secret. No PKCS#11 mechanism
/// blinds, so the token hands it out for each use, wrapped under an AES key made for that use alone.
/// </summary>
internal sealed class TokenObjectKeyStore(Pkcs11Uri uri, PinReader pin) : IIdentityKeyStore
{
    private const int CheckLength = 8;

    public string Description => uri.Text;

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        try
        {
            using var expanded = TokenModule.Of(uri.ModulePath).Use(uri, pin, write: false, Recover);
            fault = IdentitySecretKey.TryCreateExpanded(expanded.Span, out key) ? null : $"{uri}: what the token holds is no permanent key in tor's expanded form";
        }
        catch (TokenFaultException exception)
        {
            fault = exception.Message;
        }

        return key is not null;
    }

    /// <summary>Writes a key to the token under the URI's names; never over one that is there.</summary>
    public bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
            key.ExportExpanded(expanded.Span);
            using var copy = TokenModule.Of(uri.ModulePath).Use(uri, pin, write: true, session => Create(session, expanded));
            fault = CryptographicOperations.FixedTimeEquals(copy.Span, expanded.Span) ? null : $"{uri}: the token gives back another key than it was given";
        }
        catch (TokenFaultException exception)
        {
            fault = exception.Message;
        }

        return fault is null;
    }

    private SecretBytes Create(TokenSession session, SecretBytes expanded)
    {
        if (session.Find(uri, Cka.SecretKeyClass).Length != 0)
            throw new TokenFaultException($"{uri}: the token has a key of that name, and none is overwritten");
        using var template = new CryptokiAttributes()
            .Add(Cka.Class, Cka.SecretKeyClass)
            .Add(Cka.KeyType, Cka.GenericSecretType)
            .Add(Cka.Token, true)
            .Add(Cka.Private, true)
            .Add(Cka.Sensitive, true)
            .Add(Cka.Extractable, true)
            .AddInPlace(Cka.Value, expanded.Span);
        TokenSession.AddNames(template, uri);
        session.Cryptoki.CreateObject(session.Handle, template);
        GC.KeepAlive(expanded);
        return Recover(session);
    }

    private SecretBytes Recover(TokenSession session)
    {
        var key = session.FindKey(uri, Cka.SecretKeyClass);
        using var wrapping = SecretBytes.Random(32);
        using var template = new CryptokiAttributes()
            .Add(Cka.Class, Cka.SecretKeyClass)
            .Add(Cka.KeyType, Cka.AesType)
            .Add(Cka.Token, false)
            .Add(Cka.Wrap, true)
            .AddInPlace(Cka.Value, wrapping.Span);
        var wrappingKey = session.Cryptoki.CreateObject(session.Handle, template);
        using var wrapped = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength + (2 * CheckLength));
        try
        {
            var length = session.Cryptoki.WrapKey(session.Handle, Mechanism(session), wrappingKey, key, wrapped.Span);
            return AesKeyUnwrap.TryUnwrap(wrapping.Span, wrapped.Span[..length], IdentitySecretKey.ExpandedLength, out var secret)
                ? secret
                : throw new TokenFaultException($"{uri}: what the token holds is no key of {IdentitySecretKey.ExpandedLength} bytes");
        }
        finally
        {
            session.Cryptoki.DestroyObject(session.Handle, wrappingKey);
        }
    }

    private nuint Mechanism(TokenSession session) =>
        session.Cryptoki.Offers(session.Token.Slot, Ckm.AesKeyWrapPad, Ckf.Wrap) ? Ckm.AesKeyWrapPad
        : session.Cryptoki.Offers(session.Token.Slot, Ckm.AesKeyWrap, Ckf.Wrap) ? Ckm.AesKeyWrap
        : throw new TokenFaultException($"{uri}: the token offers neither CKM_AES_KEY_WRAP_PAD nor CKM_AES_KEY_WRAP: seal a file under one of its keys instead");
}
