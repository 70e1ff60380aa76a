using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

/// <summary>The real program's key tools, a SoftHSM with a token and a key to seal under, and a folder with a key from OnionBalance.</summary>
internal sealed class KeyToolBench : IDisposable
{
    internal const string Passphrase = "correct horse";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("key-tools-test-");

    public KeyToolBench()
    {
        Hsm.AddToken("one");
        OnToken("--keygen", "--key-type", "AES:32", "--label", "aes", "--sensitive");
        byte[] seed = [.. Enumerable.Repeat((byte)7, 32)];
        Key = IdentitySecretKey.FromSeed(seed);
        using var pem = PemKeyFile.WriteSecret(seed);
        AtomicFile.Write(InFolder("old.pem"), pem.Span);
        AtomicFile.Write(InFolder("passphrase"), "correct horse\n"u8);
        AtomicFile.Write(InFolder("pin"), System.Text.Encoding.ASCII.GetBytes(SoftHsm.Pin + "\n"));
    }

    /// <summary>Of openssl genpkey with a cipher.</summary>
    public static string EncryptedPem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048));
    }

    public SoftHsm Hsm { get; } = new();

    /// <summary>It takes long to make.</summary>
    public void AddRsa() => OnToken("--keypairgen", "--key-type", "RSA:2048", "--label", "rsa");

    /// <summary>The key of old.pem.</summary>
    public IdentitySecretKey Key { get; }

    public string Address => OnionAddress.From(Key.PublicKey).ToFullString();

    public string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public string Uri(string label) => Hsm.Uri($"token=one;object={label}").Text;

    /// <summary>A place as it is written on the command line; a name of its own keeps places of one kind apart.</summary>
    public string Place(string kind, string name) => kind switch
    {
        "pem" => InFolder("old.pem"),
        "directory" => InFolder(name),
        "secret file" => Path.Combine(InFolder(name), TorKeyDirectory.SecretName),
        "passphrase" => $"sealed:{InFolder(name)}.sealed",
        "token" => Uri(name),
        "aes" or "rsa" => $"sealed:{InFolder(name)}.{kind},{Uri(kind)}",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The options that name it, secrets included.</summary>
    public string[] From(string kind, string name) => ["--key", Place(kind, name), .. Secret("--", kind)];

    public string[] To(string kind, string name) => ["--to", Place(kind, name), .. Secret("--to-", kind)];

    /// <summary>A verb under "key".</summary>
    public Task<(int Code, string Output)> RunAsync(params string[] arguments) => SignerAsync(["key", .. arguments]);

    public Task<(int Code, string Output)> SignerAsync(params string[] arguments) => SignerUnderTest.RunAsync(Command(arguments));

    /// <summary>A verb under "key", on a terminal of its own.</summary>
    public Task<(int Code, string Shown, bool Echoes)> TypeAsync(string[][] typed, params string[] arguments) => TypeSignerAsync(typed, ["key", .. arguments]);

    /// <summary>Runs it on a terminal of its own.</summary>
    /// <param name="typed">What to wait for, what to type then, and what the shell is to do before.</param>
    /// <param name="arguments">Of the program.</param>
    public async Task<(int Code, string Shown, bool Echoes)> TypeSignerAsync(string[][] typed, params string[] arguments)
    {
        var program = Command(arguments);
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Signer/Keys/typist.py"), JsonSerializer.Serialize(typed), program.FileName, .. program.ArgumentList])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["SOFTHSM2_CONF"] = Hsm.Configuration },
        };
        var (code, output) = await SignerUnderTest.RunAsync(start);
        Assert.True(code == 0, output);
        var told = JsonDocument.Parse(output).RootElement;
        return (told.GetProperty("code").GetInt32(), told.GetProperty("shown").GetString()!, told.GetProperty("echo").GetBoolean());
    }

    public string OnToken(params string[] arguments) => Hsm.LogIn("one", arguments);

    /// <summary>The program, with the token in reach.</summary>
    public ProcessStartInfo Command(string[] arguments)
    {
        var start = SignerUnderTest.Command(arguments);
        start.Environment["SOFTHSM2_CONF"] = Hsm.Configuration;
        return start;
    }

    public void Dispose()
    {
        Key.Dispose();
        Hsm.Dispose();
        _folder.Delete(recursive: true);
    }

    private string[] Secret(string prefix, string kind) => kind switch
    {
        "passphrase" => [$"{prefix}passphrase-file", InFolder("passphrase")],
        "token" or "aes" or "rsa" => [$"{prefix}pin-file", InFolder("pin")],
        _ => [],
    };
}
