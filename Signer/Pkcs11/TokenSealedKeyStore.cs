using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>A permanent key in a file that only a key of a token opens. Without the token the file is worth nothing.</summary>
internal sealed class TokenSealedKeyStore(string path, Pkcs11Uri uri, SecretSource pin, TokenModules tokens) : INewKeyStore
{
    public string Description => $"{path} sealed by {uri}";

    public bool MayBeAway => true;

    public bool TryOpen([NotNullWhen(true)] out IdentitySecretKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        try
        {
            if (!FileTrust.TryCheckPrivateFile(path, out fault))
                return false;
            if (!TokenSealedFile.TryParse(Read(), out var file))
            {
                fault = $"{path} is no key file sealed by a token, or of a newer version";
                return false;
            }

            using var expanded = tokens.Of(uri.ModulePath).Use(uri, pin, write: false, session => TokenSealing.Open(session, uri, file));
            fault = IdentitySecretKey.TryCreateExpanded(expanded.Span, out key) ? null : $"{path} holds no permanent key in tor's expanded form";
        }
        catch (TokenFaultException exception)
        {
            fault = $"{path} cannot be opened: {exception.Message}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            fault = $"the key {path} cannot be read: {exception.Message}";
        }

        return key is not null;
    }

    /// <summary>Seals random bytes and opens them again: whether the token's key is fit is seen before any key is at stake.</summary>
    public bool TryCheckRoom([NotNullWhen(false)] out string? fault)
    {
        using var trial = SecretBytes.Random(IdentitySecretKey.ExpandedLength);
        return NewFile.TryCheckRoom(path, out fault) && TrySeal(trial, out _, out fault);
    }

    /// <summary>Seals a key into a new file, never over one that is there, after it was opened again to see that it is whole.</summary>
    public bool TryCreate(IdentitySecretKey key, [NotNullWhen(false)] out string? fault)
    {
        using var expanded = SecretBytes.Allocate(IdentitySecretKey.ExpandedLength);
        key.ExportExpanded(expanded.Span);
        return NewFile.TryCheckRoom(path, out fault) && TrySeal(expanded, out var file, out fault) && NewFile.TryWrite(path, file.ToBytes(), out fault);
    }

    private bool TrySeal(SecretBytes expanded, [NotNullWhen(true)] out TokenSealedFile? file, [NotNullWhen(false)] out string? fault)
    {
        file = null;
        try
        {
            file = tokens.Of(uri.ModulePath).Use(uri, pin, write: false, session => Seal(session, expanded), expanded);
            fault = null;
        }
        catch (TokenFaultException exception)
        {
            fault = exception.Message;
        }
        catch (InvalidOperationException exception)
        {
            fault = $"{path} cannot be made: {exception.Message}";
        }

        return file is not null;
    }

    private TokenSealedFile Seal(TokenSession session, SecretBytes expanded)
    {
        var file = TokenSealing.Seal(session, uri, expanded);
        using var copy = TokenSealing.Open(session, uri, file);
        return CryptographicOperations.FixedTimeEquals(copy.Span, expanded.Span)
            ? file
            : throw new TokenFaultException("the token gives back another key than it was given");
    }

    /// <summary>One byte more than any good file, so that a longer one is seen to be.</summary>
    private byte[] Read()
    {
        using var handle = File.OpenHandle(path);
        var bytes = new byte[TokenSealedFile.MaximumLength + 1];
        return bytes[..RandomAccess.Read(handle, bytes, 0)];
    }
}
