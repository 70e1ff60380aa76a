using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.PrivateTorNetwork.Probing.Direct;

/// <summary>The client's side of the ntor handshake, tor-spec "create-created-cells/ntor". One use.</summary>
internal sealed class NtorHandshake(RelayKeys relay) : IDisposable
{
    internal const int ClientLength = 20 + 32 + 32;

    private readonly X25519SecretKey _ephemeral = X25519SecretKey.Generate();

    private static ReadOnlySpan<byte> ProtocolId => "ntor-curve25519-sha256-1"u8;

    /// <summary>NODEID | KEYID | CLIENT_KP.</summary>
    internal byte[] ClientData() => [.. relay.Identity.Span, .. relay.OnionKey.Bytes.Span, .. _ephemeral.PublicKey.Bytes.Span];

    /// <summary>From the relay's SERVER_KP | AUTH: the keys of the hop, 72 bytes (Df, Db, Kf, Kb).</summary>
    internal byte[] Finish(ReadOnlySpan<byte> reply)
    {
        Span<byte> first = stackalloc byte[32];
        Span<byte> second = stackalloc byte[32];
        if (reply.Length < 64 || !Bytes32.TryCreate(reply[..32], out var serverKey))
            throw new IOException("The relay's handshake is too short.");
        if (!_ephemeral.TryAgree(new X25519PublicKey(serverKey), first) || !_ephemeral.TryAgree(relay.OnionKey, second))
            throw new IOException("The relay's handshake has a key of small order.");

        byte[] secretInput =
        [
            .. first, .. second, .. relay.Identity.Span, .. relay.OnionKey.Bytes.Span, .. _ephemeral.PublicKey.Bytes.Span, .. serverKey.Span, .. ProtocolId,
        ];
        var seed = Hmac(":key_extract"u8, secretInput);
        var verify = Hmac(":verify"u8, secretInput);
        byte[] authInput =
        [
            .. verify, .. relay.Identity.Span, .. relay.OnionKey.Bytes.Span, .. serverKey.Span, .. _ephemeral.PublicKey.Bytes.Span, .. ProtocolId, .. "Server"u8,
        ];
        if (!CryptographicOperations.FixedTimeEquals(Hmac(":mac"u8, authInput), reply[32..64]))
            throw new IOException("The relay does not hold the key that the consensus says.");
        return HKDF.Expand(HashAlgorithmName.SHA256, seed, 72, [.. ProtocolId, .. ":key_expand"u8]);
    }

    public void Dispose() => _ephemeral.Dispose();

    private static byte[] Hmac(ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> message) =>
        HMACSHA256.HashData([.. ProtocolId, .. suffix], message);
}

/// <summary>What is needed to extend a circuit to a relay: its RSA identity, ntor key and OR port on 127.0.0.1.</summary>
internal sealed record RelayKeys(ReadOnlyMemory<byte> Identity, X25519PublicKey OnionKey, int OrPort);
