using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>key seal: a copy of a key, sealed by a passphrase.</summary>
internal static class KeySealCommand
{
    public static Command Create()
    {
        var key = new Option<string>("--key", "-k") { Description = "The key: tor's key directory, its secret file, or a PKCS#8 PEM file.", HelpName = "PATH", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The sealed file to make.", HelpName = "FILE", Required = true };
        var passphrase = new Option<string>("--passphrase-file") { Description = "A private file with the passphrase, one line.", HelpName = "PATH", Required = true };
        var yes = Confirmation.Option();
        var command = new Command(
            "seal",
            """
            Make a copy of a key that is sealed by a passphrase (Argon2id, XChaCha20-Poly1305), for key: {sealed_file: FILE} in
            the configuration. The key that it is made from stays as it is. A file that is there already is never overwritten.
            """)
        {
            key, output, passphrase, yes,
        };
        command.SetAction(parsed =>
        {
            var file = Path.GetFullPath(parsed.GetRequiredValue(output));
            var source = new SecretSource.File(Path.GetFullPath(parsed.GetRequiredValue(passphrase)));
            if (Path.Exists(file))
                throw new DaemonException($"{file} exists already and is not overwritten: choose another file");
            using var store = new FileIdentityKeyStore(Path.GetFullPath(parsed.GetRequiredValue(key)));
            if (!store.TryOpen(out var identity, out var fault))
                throw new DaemonException(fault);
            using (identity)
            {
                Confirmation.Ask(
                    parsed,
                    yes,
                    $"""
                    This seals the key of {OnionAddress.From(identity.PublicKey).ToFullString()}
                    in {store.Description} into the new file {file}.
                    Who loses the passphrase loses that copy. {store.Description} stays, unsealed, until you remove it.
                    """);
                Seal(identity, source, file);
            }

            Check(file, source, identity.PublicKey);
            return ExitCode.Fine;
        });
        return command;
    }

    private static void Seal(IdentitySecretKey identity, SecretSource source, string file)
    {
        if (!source.TryRead(out var passphrase, out var fault))
            throw new DaemonException(fault);
        using (passphrase)
        {
            if (!PassphraseKey.TryDerive(passphrase.Span, PassphraseDerivation.Create(), out var passphraseKey))
                throw new DaemonException("the key cannot be sealed: the system does not give the 256 MiB of memory that it takes");
            using (passphraseKey)
                Write(file, SealedKeyFile.Seal(identity, passphraseKey));
        }
    }

    private static void Write(string file, byte[] content)
    {
        try
        {
            AtomicFile.Write(file, content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{file} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Reads it back as the Signer will.</summary>
    private static void Check(string file, SecretSource source, IdentityPublicKey expected)
    {
        using var store = new SealedFileIdentityKeyStore(file, source);
        if (KeyCheck.Fault(store, OnionAddress.From(expected)) is { } fault)
            throw new DaemonException($"the file was written but is not usable: {fault}");
    }
}
