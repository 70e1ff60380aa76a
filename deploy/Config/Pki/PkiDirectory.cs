using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Config.Pki;

/// <summary>
/// The operator's PKI on disk: ca.crt, ca.key and NAME.crt with NAME.key. Whatever fails is a <see cref="PkiException"/>
/// with one line for the operator.
/// </summary>
internal sealed class PkiDirectory(string directory)
{
    /// <summary>A PEM file of one certificate or key has a few hundred bytes.</summary>
    private const int MaxPemBytes = 64 * 1024;

    public string CaCertificatePath => Path.Combine(directory, "ca.crt");

    public string CaKeyPath => Path.Combine(directory, "ca.key");

    public OperatorCa CreateCa(DateTimeOffset now, TimeSpan lifetime)
    {
        MakeDirectory(directory);
        RefuseToOverwrite(CaKeyPath, "a new CA would make every certificate of the old one worthless; take another directory");
        RefuseToOverwrite(CaCertificatePath, "take another directory");
        OperatorCa ca = OperatorCa.Create(now, lifetime);
        WriteKey(CaKeyPath, ca.ExportKeyPem());
        Write(CaCertificatePath, Encoding.ASCII.GetBytes(ca.CertificatePem()), AtomicFile.ReadableByAll);
        return ca;
    }

    public OperatorCa LoadCa()
    {
        string certificate = Read(CaCertificatePath);
        char[] key = Read(CaKeyPath).ToCharArray();
        try
        {
            RequireTrust(FileTrust.TryCheckPrivateFile(CaKeyPath, out string? fault) && FileTrust.TryCheckFile(CaCertificatePath, out fault), fault);
            return OperatorCa.TryLoad(certificate, key, out OperatorCa? ca, out string problem)
                ? ca!
                : throw new PkiException($"{CaCertificatePath} and {CaKeyPath} do not make a CA: {problem}");
        }
        finally
        {
            Array.Clear(key);
        }
    }

    /// <summary>Writes NAME.key, then NAME.crt: a daemon that re-reads in between keeps what it has until both fit.</summary>
    public (string CertificatePath, string KeyPath) Store(PeerIdentity peer, PeerCertificate issued, bool renew)
    {
        var name = peer.Name;
        if (name == "ca")
            throw new PkiException("the name 'ca' would overwrite the CA's own files; take another name");
        MakeDirectory(directory);
        string certificatePath = Path.Combine(directory, name + ".crt");
        string keyPath = Path.Combine(directory, name + ".key");
        if (!renew)
        {
            RefuseToOverwrite(certificatePath, "give --renew to replace it");
            RefuseToOverwrite(keyPath, "give --renew to replace it");
        }
        else
        {
            RefuseAnotherRole(certificatePath, peer);
        }

        WriteKey(keyPath, issued.ExportKeyPem());
        Write(certificatePath, Encoding.ASCII.GetBytes(issued.CertificatePem()), AtomicFile.ReadableByAll);
        return (certificatePath, keyPath);
    }

    /// <summary>Every *.crt but the CA's own, by file name; null where a file holds no certificate.</summary>
    public IEnumerable<(string FileName, X509Certificate2? Certificate)> PeerCertificates()
    {
        if (!Directory.Exists(directory))
            throw new PkiException($"{directory}: no such directory");
        foreach (string path in Directory.EnumerateFiles(directory, "*.crt").Order(StringComparer.Ordinal))
        {
            if (path != CaCertificatePath)
                yield return (Path.GetFileName(path), TryReadCertificate(path, out X509Certificate2? certificate) ? certificate : null);
        }
    }

    public X509Certificate2 ReadCaCertificate() =>
        TryReadCertificate(CaCertificatePath, out X509Certificate2? certificate)
            ? certificate
            : throw new PkiException($"{CaCertificatePath} is not a PEM certificate");

    private static bool TryReadCertificate(string path, [NotNullWhen(true)] out X509Certificate2? certificate)
    {
        certificate = null;
        try
        {
            certificate = X509Certificate2.CreateFromPem(Read(path));
            return true;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    private static void MakeDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path, AtomicFile.OwnerOnly | UnixFileMode.UserExecute);
            RequireTrust(FileTrust.TryCheckDirectory(path, out string? problem), problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"{path}: cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Who can change a file of the CA, or put another in its place, can be any daemon.</summary>
    private static void RequireTrust(bool trusted, string? problem)
    {
        if (!trusted)
            throw new PkiException(problem!);
    }

    private static void RefuseToOverwrite(string path, string advice)
    {
        if (Path.Exists(path))
            throw new PkiException($"{path} exists already and stays as it is: {advice}");
    }

    private static void RefuseAnotherRole(string path, PeerIdentity peer)
    {
        if (!File.Exists(path) || !TryReadCertificate(path, out var certificate))
            return;
        using (certificate)
        {
            if (PeerIdentity.TryFromCertificate(certificate, out var bearer, out _) && bearer.Role != peer.Role)
                throw new PkiException($"{path} is the certificate of {bearer.ToUri()} and stays as it is: --renew does not make one of {peer.ToUri()} of it; give the --role that it has, or another --name");
        }
    }

    private static void WriteKey(string path, char[] pem)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(pem);
        try
        {
            Write(path, bytes, AtomicFile.OwnerOnly);
        }
        finally
        {
            Array.Clear(pem);
            Array.Clear(bytes);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode)
    {
        try
        {
            AtomicFile.Write(path, content, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"{path}: cannot be written: {e.Message}", e);
        }
    }

    private static string Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new PkiException($"{path}: no such file ('onionbalance-config pki init' makes a CA)");
            return file.Length <= MaxPemBytes
                ? File.ReadAllText(path, Encoding.ASCII)
                : throw new PkiException($"{path}: too large for a PEM file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"{path}: cannot be read: {e.Message}", e);
        }
    }
}
