using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// A permanent key on a token: its 64-byte expanded form as a private, sensitive generic secret. No PKCS#11 mechanism
/// blinds, so the token hands it out for each use, wrapped under an AES key made for that use alone.
/// </summary>
internal sealed class TokenObjectKeyStore(Pkcs11Uri uri, SecretSource pin, TokenModules tokens) : INewKeyStore
{
    /// <summary>Of the labels of throw-away keys.</summary>
    internal const string RehearsalPrefix = "rehearsal-";

    private const int CheckLength = 8;

    public string Description => uri.Text;

    public bool MayBeAway => true;

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        try
        {
            using var expanded = tokens.Of(uri.ModulePath).Use(uri, pin, write: false, session => Recover(session, session.FindKey(uri, Cka.SecretKeyClass), Mechanism(session)));
            fault = IdentitySecretKey.TryCreateExpanded(expanded.Span, out key) ? null : $"{uri}: what the token holds is no permanent key in tor's expanded form";
        }
        catch (TokenFaultException exception)
        {
            fault = exception.Message;
        }
        catch (InvalidOperationException exception)
        {
            fault = $"{uri}: {exception.Message}";
        }

        return key is not null;
    }

    public bool TryCheckRoom([NotNullWhen(false)] out string? fault) => TryWrite(CheckRoom, null, out fault);

    /// <summary>Writes a key to the token under the URI's names, never over one that is there, and takes it out again to see that it is whole.</summary>
    public bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
        key.ExportExpanded(expanded.Span);
        return TryWrite(session => Create(session, expanded), expanded, out fault);
    }

    /// <summary>Takes the throw-away key of a rehearsal off the token again; no other.</summary>
    public bool TryRemoveRehearsal([NotNullWhen(false)] out string? fault) => TryWrite(RemoveRehearsal, null, out fault);

    private bool RemoveRehearsal(TokenSession session)
    {
        if (uri.Object?.StartsWith(RehearsalPrefix, StringComparison.Ordinal) != true)
            throw new TokenFaultException("is not of a rehearsal, and no other key is removed");
        session.Cryptoki.DestroyObject(session.Handle, session.FindKey(uri, Cka.SecretKeyClass));
        return true;
    }

    private bool TryWrite(Func<TokenSession, bool> work, SecretBytes? secret, [NotNullWhen(false)] out string? fault)
    {
        try
        {
            _ = tokens.Of(uri.ModulePath).Use(uri, pin, write: true, work, secret);
            fault = null;
        }
        catch (TokenFaultException exception)
        {
            fault = exception.Message;
        }
        catch (InvalidOperationException exception)
        {
            fault = $"{uri}: {exception.Message}";
        }

        return fault is null;
    }

    /// <summary>True, or an exception: no key of that name, and a way to get one out again.</summary>
    private bool CheckRoom(TokenSession session) =>
        session.Find(uri, Cka.SecretKeyClass).Length == 0
            ? Mechanism(session) != 0
            : throw new TokenFaultException("the token has a key of that name, and none is overwritten");

    /// <summary>True, or an exception; then what was made is removed again.</summary>
    private bool Create(TokenSession session, SecretBytes expanded)
    {
        _ = CheckRoom(session);
        var mechanism = Mechanism(session);
        using var template = new CryptokiAttributes()
            .Add(Cka.Class, Cka.SecretKeyClass)
            .Add(Cka.KeyType, Cka.GenericSecretType)
            .Add(Cka.Token, true)
            .Add(Cka.Private, true)
            .Add(Cka.Sensitive, true)
            .Add(Cka.Extractable, true)
            .AddInPlace(Cka.Value, expanded.Span);
        TokenSession.AddNames(template, uri);
        var made = session.Cryptoki.CreateObject(session.Handle, template);
        try
        {
            using var copy = Recover(session, made, mechanism);
            return CryptographicOperations.FixedTimeEquals(copy.Span, expanded.Span)
                ? true
                : throw new TokenFaultException("the token gives back another key than it was given");
        }
        catch
        {
            session.Cryptoki.DestroyObject(session.Handle, made);
            throw;
        }
    }

    private static SecretBytes Recover(TokenSession session, nuint key, nuint mechanism)
    {
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
            var length = session.Cryptoki.WrapKey(session.Handle, mechanism, wrappingKey, key, wrapped.Span);
            return AesKeyUnwrap.TryUnwrap(wrapping.Span, wrapped.Span[..length], IdentitySecretKey.ExpandedLength, out var secret)
                ? secret
                : throw new TokenFaultException($"what the token holds is no key of {IdentitySecretKey.ExpandedLength} bytes");
        }
        finally
        {
            session.Cryptoki.DestroyObject(session.Handle, wrappingKey);
        }
    }

    private static nuint Mechanism(TokenSession session) =>
        session.Cryptoki.Offers(session.Token.Slot, Ckm.AesKeyWrapPad, Ckf.Wrap) ? Ckm.AesKeyWrapPad
        : session.Cryptoki.Offers(session.Token.Slot, Ckm.AesKeyWrap, Ckf.Wrap) ? Ckm.AesKeyWrap
        : throw new TokenFaultException("the token offers neither CKM_AES_KEY_WRAP_PAD nor CKM_AES_KEY_WRAP: seal a file under one of its keys instead");
}
