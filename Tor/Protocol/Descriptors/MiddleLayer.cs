using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>[HS-DESC-FIRST-LAYER] rend-spec-v3 2.5.1.2: the "superencrypted" layer, which carries client authorization.</summary>
public sealed record MiddleLayer
{
    private MiddleLayer(X25519PublicKey ephemeralKey, ImmutableArray<AuthorizedClient> clients, byte[] encrypted)
    {
        EphemeralKey = ephemeralKey;
        Clients = clients;
        Encrypted = encrypted;
    }

    /// <summary>"desc-auth-ephemeral-key".</summary>
    public X25519PublicKey EphemeralKey { get; }

    /// <summary>The "auth-client" lines, real and fake ones, in the order of the text.</summary>
    public ImmutableArray<AuthorizedClient> Clients { get; }

    /// <summary>"encrypted": the encrypted inner layer.</summary>
    internal byte[] Encrypted { get; }

    /// <summary>Reads the plaintext up to its padding. Unknown items are skipped.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out MiddleLayer? layer)
    {
        layer = null;
        var reader = new DocumentReader(text);
        if (!reader.TryReadNext(out var first) || !first.Is("desc-auth-type"u8) || !FirstArgument(first).SequenceEqual("x25519"u8))
            return false;
        X25519PublicKey? ephemeralKey = null;
        byte[]? encrypted = null;
        var clients = ImmutableArray.CreateBuilder<AuthorizedClient>(16);
        while (reader.TryReadNext(out var item))
        {
            if (item.Is("desc-auth-type"u8) || (item.Is("auth-client"u8) && !TryAddClient(item, clients)))
                return false;
            if (item.Is("desc-auth-ephemeral-key"u8))
            {
                if (ephemeralKey is not null || !TryReadKey(FirstArgument(item), out var key))
                    return false;
                ephemeralKey = key;
            }
            else if (item.Is("encrypted"u8))
            {
                if (encrypted is not null || !item.Arguments.IsEmpty || !item.TryDecodeObject("MESSAGE"u8, out encrypted))
                    return false;
            }
        }

        // Clients ask for at least one auth-client line, and so for what tor never leaves out.
        if (reader.Failed || ephemeralKey is null || encrypted is null || clients.Count == 0)
            return false;
        layer = new MiddleLayer(ephemeralKey.Value, clients.ToImmutable(), encrypted);
        return true;
    }

    internal static byte[] Write(X25519PublicKey ephemeralKey, ImmutableArray<AuthorizedClient> clients, ReadOnlySpan<byte> encrypted)
    {
        var writer = new DocumentWriter();
        writer.Append("desc-auth-type x25519\n"u8)
            .Append("desc-auth-ephemeral-key "u8).AppendBase64(ephemeralKey.Bytes.Span).Append("\n"u8);
        foreach (var client in clients)
        {
            writer.Append("auth-client "u8).AppendBase64WithoutPadding(client.Id)
                .Append(" "u8).AppendBase64WithoutPadding(client.Iv)
                .Append(" "u8).AppendBase64WithoutPadding(client.EncryptedCookie).Append("\n"u8);
        }

        // C tor ends this layer without a newline.
        return writer.Append("encrypted\n"u8).AppendObject("MESSAGE"u8, encrypted).Written.ToArray();
    }

    private static bool TryAddClient(in DocumentItem item, ImmutableArray<AuthorizedClient>.Builder clients)
    {
        Span<byte> id = stackalloc byte[AuthorizedClient.IdLength];
        Span<byte> iv = stackalloc byte[AesCtr.IvLength];
        Span<byte> cookie = stackalloc byte[ClientAuthorization.CookieLength];
        var rest = item.HasObject ? default : item.Arguments;
        if (!Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), id)
            || !Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), iv)
            || !Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), cookie))
        {
            return false;
        }

        clients.Add(AuthorizedClient.From(id, iv, cookie));
        return true;
    }

    /// <summary>Of a line without an object; empty otherwise.</summary>
    private static ReadOnlySpan<byte> FirstArgument(in DocumentItem item)
    {
        var rest = item.HasObject ? default : item.Arguments;
        return DocumentItem.NextArgument(ref rest);
    }

    private static bool TryReadKey(ReadOnlySpan<byte> argument, out X25519PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[32];
        var read = Base64Text.TryDecodeExact(argument, bytes);
        key = new X25519PublicKey(Bytes32.Create(bytes));
        return read;
    }
}
