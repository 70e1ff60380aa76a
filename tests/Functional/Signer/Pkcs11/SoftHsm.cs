using System.Diagnostics;
using System.Runtime.InteropServices;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

/// <summary>
/// SoftHSM with tokens of one test, in a folder of their own. It finds its configuration by the environment of the
/// process, so tests of this kind run one after the other; each loads a copy of the library, so that none inherits
/// another's state.
/// </summary>
internal sealed partial class SoftHsm : IDisposable
{
    internal const string Pin = "31415926";

    private const string Library = "/usr/lib/softhsm/libsofthsm2.so";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softhsm-test-");

    /// <param name="troubled">Behind <see cref="Troubles"/>, which passes every call on until it is told otherwise.</param>
    /// <param name="bound">For <see cref="Modules"/>.</param>
    public SoftHsm(bool troubled = false, TimeSpan? bound = null)
    {
        Modules = new TokenModules(TimeProvider.System, bound);
        Directory.CreateDirectory(Tokens);
        Directory.CreateDirectory(Drawer);
        File.WriteAllText(Configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        File.Copy(Library, InFolder("libsofthsm2.so"));
        Module = troubled ? Troubles.Compile(InFolder("troubled.so"), InFolder("libsofthsm2.so")) : InFolder("libsofthsm2.so");
        Assert.Equal(0, SetEnvironment("SOFTHSM2_CONF", Configuration, 1));
        KeepPin(Pin);
    }

    public string Module { get; }

    public Troubles Troubles => new(Module);

    public SecretSource PinSource => new SecretSource.File(PinFile);

    public TokenModules Modules { get; }

    /// <summary>What SOFTHSM2_CONF names.</summary>
    public string Configuration => InFolder("softhsm2.conf");

    public string Tokens => InFolder("tokens");

    private string Drawer => InFolder("drawer");

    public string PinFile => InFolder("pin");

    public void AddToken(string label) => Run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "00000000", "--pin", Pin);

    /// <summary>All tokens leave their slots.</summary>
    public void Pull() => Move(Tokens, Drawer);

    public void PutBack() => Move(Drawer, Tokens);

    /// <summary>What the PIN's source holds from now on.</summary>
    public void KeepPin(string pin) => AtomicFile.Write(PinFile, System.Text.Encoding.UTF8.GetBytes(pin + "\n"));

    public void LosePin() => File.Delete(PinFile);

    public Pkcs11Uri Uri(string attributes) =>
        Pkcs11Uri.TryParse($"pkcs11:{attributes}?module-path={Module}", out var uri, out var fault) ? uri : throw new ArgumentException(fault);

    public TokenObjectKeyStore Store(string attributes, SecretSource? pin = null) => new(Uri(attributes), pin ?? PinSource, Modules);

    public TokenSealedKeyStore SealedStore(string path, string attributes) => new(path, Uri(attributes), PinSource, Modules);

    /// <summary>pkcs11-tool of OpenSC: another hand on the same token.</summary>
    public string OpenSc(params string[] arguments) => Run("pkcs11-tool", ["--module", InFolder("libsofthsm2.so"), .. arguments]);

    /// <summary>The same, logged in to a token.</summary>
    public string LogIn(string token, params string[] arguments) => OpenSc(["--token-label", token, "--login", "--pin", Pin, .. arguments]);

    public string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    private static void Move(string from, string to)
    {
        foreach (var token in Directory.GetDirectories(from))
            Directory.Move(token, Path.Combine(to, Path.GetFileName(token)));
    }

    private string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {output}{errors.Result}");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
