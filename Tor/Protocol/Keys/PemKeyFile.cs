using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Protocol.Keys;

/// <summary>PKCS#8 PEM with an Ed25519 seed (RFC 8410 7), unencrypted: what OnionBalance's generator and OpenSSL write.</summary>
public static class PemKeyFile
{
    private const string Label = "PRIVATE KEY";
    private const int DerLength = 48;

    // SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING (32) } }
    private static ReadOnlySpan<byte> DerPrefix => [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    /// <summary>Reads exactly one "PRIVATE KEY" block that holds an Ed25519 seed; false for anything else.</summary>
    public static bool TryReadSecret(ReadOnlySpan<byte> file, [NotNullWhen(true)] out IdentitySecretKey? key)
    {
        key = null;
        if (!PemEncoding.TryFindUtf8(file, out var fields)
            || !file[fields.Label].SequenceEqual("PRIVATE KEY"u8)
            || fields.DecodedDataLength != DerLength)
        {
            return false;
        }

        using var der = SecretBytes.Allocate(DerLength + 3);
        if (Base64.DecodeFromUtf8(file[fields.Base64Data], der.Span, out _, out var written) != OperationStatus.Done
            || written != DerLength
            || !der.Span.StartsWith(DerPrefix))
        {
            return false;
        }

        key = IdentitySecretKey.FromSeed(der.Span[DerPrefix.Length..DerLength]);
        return true;
    }

    /// <summary>Writes a seed of 32 bytes as PEM text, in guarded memory.</summary>
    public static SecretBytes WriteSecret(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, 32);
        using var der = SecretBytes.Allocate(DerLength);
        DerPrefix.CopyTo(der.Span);
        seed.CopyTo(der.Span[DerPrefix.Length..]);
        var file = SecretBytes.Allocate(PemEncoding.GetEncodedSize(Label.Length, DerLength) + 1);
        _ = PemEncoding.TryWriteUtf8("PRIVATE KEY"u8, der.Span, file.Span, out var written);
        file.Span[written] = (byte)'\n';
        return file;
    }
}
