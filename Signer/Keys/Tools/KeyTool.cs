using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>What the verbs share: open a key, put one into a new place, tell what became of it.</summary>
internal static class KeyTool
{
    /// <summary>The key, for the caller to dispose.</summary>
    /// <exception cref="DaemonException">There is none now.</exception>
    public static IdentitySecretKey Open(IIdentityKeyStore store)
    {
        // What a key tool holds is as precious as what the daemon holds; its warnings are for the daemon's unit.
        ProcessHardening.Apply(NullLogger.Instance);
        return store.TryOpen(out var key, out var fault) ? key : throw new DaemonException(fault);
    }

    /// <summary>A new key, for the caller to dispose.</summary>
    /// <exception cref="DaemonException">The system does not give the memory for it.</exception>
    public static IdentitySecretKey Generate()
    {
        ProcessHardening.Apply(NullLogger.Instance);
        try
        {
            return IdentitySecretKey.Generate();
        }
        catch (InvalidOperationException exception)
        {
            throw new DaemonException(exception.Message, exception);
        }
    }

    /// <summary>The store of a place that has room for a key.</summary>
    /// <exception cref="DaemonException">A key cannot be put there.</exception>
    public static INewKeyStore OpenNew(KeyLocation location, TokenModules tokens)
    {
        ProcessHardening.Apply(NullLogger.Instance);
        if (KeyStores.Open(location, tokens) is not INewKeyStore store)
            throw new DaemonException("a systemd credential cannot be made by this program: make a file, and hand it to systemd-creds encrypt");
        return NewKey.TryCheckRoom(store, out var fault) ? store : throw new DaemonException(fault);
    }

    /// <exception cref="DaemonException">It is not there, or not as it should be.</exception>
    public static void Put(ParseResult parsed, INewKeyStore store, IdentitySecretKey key, KeyLocation location)
    {
        if (!NewKey.TryCreate(store, key, out var fault))
            throw new DaemonException(fault);
        var console = parsed.InvocationConfiguration;
        console.Error.WriteLine($"The key is in {store.Description}; it was read back and is the same. In signer.yaml:");
        console.Error.WriteLine("    key:");
        foreach (var line in KeyLocationText.Lines(location))
            console.Error.WriteLine($"      {line}");
        console.Output.WriteLine(OnionAddress.From(key.PublicKey).ToFullString());
    }

    public static void Tell(ParseResult parsed, IdentityPublicKey key)
    {
        var writer = parsed.InvocationConfiguration.Output;
        writer.WriteLine($"address:     {OnionAddress.From(key).ToFullString()}");
        writer.WriteLine($"public key:  {key.Bytes.ToHex()}");
    }

    /// <summary>What a new place means for whoever answers for the key.</summary>
    public static string Meaning(KeyLocation location) => location switch
    {
        KeyLocation.File => "WARNING: the key will lie there in plain. Whoever reads that folder, a backup of it or its disk has the service for good.",
        KeyLocation.SealedFile => "Who loses the passphrase loses this copy; who has file and passphrase has the service for good.",
        KeyLocation.TokenObject => "The token and its PIN together give the key. A lost token is a lost copy: keep another elsewhere.",
        KeyLocation.TokenSealedFile => "The file opens only with that token and its PIN. A lost token is a lost copy: keep another elsewhere.",
        _ => "",
    };
}
