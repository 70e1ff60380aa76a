using System.Security.Cryptography;

namespace OnionBalance.Split.Config.Pki;

/// <summary>A private key as PKCS#8 PEM in an array that can be wiped, which a string cannot.</summary>
internal static class PrivateKeyPem
{
    private const string Label = "PRIVATE KEY";

    public static char[] Export(ECDsa key)
    {
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        try
        {
            char[] pem = new char[PemEncoding.GetEncodedSize(Label.Length, pkcs8.Length) + 1];
            PemEncoding.TryWrite(Label, pkcs8, pem, out int written);
            pem[written] = '\n';
            return pem;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }
}
