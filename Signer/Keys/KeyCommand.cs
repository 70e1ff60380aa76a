using System.CommandLine;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>The verbs under "key".</summary>
internal static class KeyCommand
{
    private const string PublicName = "hs_ed25519_public_key";
    private const string HostName = "hostname";

    public static Command Create()
    {
        var command = new Command("key", "The permanent keys of master services.");
        command.Subcommands.Add(Generate());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(KeySealCommand.Create());
        return command;
    }

    private static Command Generate()
    {
        var output = new Option<string>("--output", "-o") { Description = "The folder to make the key in; made with mode 0700 when missing.", HelpName = "DIR", Required = true };
        var command = new Command(
            "generate",
            $"""
            Make a new permanent key, and with it a new onion address, in the form of tor's own key directory:
            {FileIdentityKeyStore.TorSecretName}, {PublicName} and {HostName}. A key that is there already is never overwritten.
            Whoever has the secret file is the service: back it up offline, and never copy it to a Collector or a backend.
            """)
        {
            output,
        };
        command.SetAction(parsed =>
        {
            var address = MakeDirectory(Path.GetFullPath(parsed.GetRequiredValue(output)));
            parsed.InvocationConfiguration.Output.WriteLine(address.ToFullString());
            return ExitCode.Fine;
        });
        return command;
    }

    private static Command Show()
    {
        var key = new Option<string>("--key", "-k") { Description = $"The key: tor's key directory, its {FileIdentityKeyStore.TorSecretName}, or a PKCS#8 PEM file.", HelpName = "PATH", Required = true };
        var command = new Command("show", "Show the onion address and the public key that belong to a key. The secret is not shown.") { key };
        command.SetAction(parsed =>
        {
            using var store = new FileIdentityKeyStore(Path.GetFullPath(parsed.GetRequiredValue(key)));
            if (!store.TryOpen(out var identity, out var fault))
                throw new DaemonException(fault);
            using (identity)
            {
                var writer = parsed.InvocationConfiguration.Output;
                writer.WriteLine($"address:    {OnionAddress.From(identity.PublicKey).ToFullString()}");
                writer.WriteLine($"public key: {identity.PublicKey.Bytes.ToHex()}");
            }

            return ExitCode.Fine;
        });
        return command;
    }

    private static OnionAddress MakeDirectory(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (var name in (string[])[FileIdentityKeyStore.TorSecretName, PublicName, HostName])
            {
                if (File.Exists(Path.Combine(folder, name)))
                    throw new DaemonException($"{Path.Combine(folder, name)} exists already and is not overwritten: choose another folder");
            }

            using var identity = IdentitySecretKey.Generate();
            using var secret = TorKeyFile.WriteSecret(identity);
            var address = OnionAddress.From(identity.PublicKey);
            AtomicFile.Write(Path.Combine(folder, FileIdentityKeyStore.TorSecretName), secret.Span);
            AtomicFile.Write(Path.Combine(folder, PublicName), TorKeyFile.WritePublic(identity.PublicKey));
            AtomicFile.Write(Path.Combine(folder, HostName), Encoding.ASCII.GetBytes(address.ToFullString() + "\n"));
            return address;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"the key cannot be written to {folder}: {exception.Message}", exception);
        }
    }
}
