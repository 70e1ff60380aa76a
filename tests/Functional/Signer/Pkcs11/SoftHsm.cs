using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Pkcs11;

/// <summary>
/// SoftHSM with tokens of one test, in a folder of their own. It finds its configuration by the environment of the
/// process, so tests of this kind run one after the other; each loads a copy of the library, so that none inherits
/// another's state.
/// </summary>
internal sealed partial class SoftHsm : IDisposable
{
    internal const string Pin = "31415926";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("softhsm-test-");

    public SoftHsm()
    {
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(Configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\n");
        File.Copy("/usr/lib/softhsm/libsofthsm2.so", Module);
        Assert.Equal(0, SetEnvironment("SOFTHSM2_CONF", Configuration, 1));
    }

    public string Module => Path.Combine(_folder.FullName, "libsofthsm2.so");

    public int PinReads { get; private set; }

    /// <summary>What the PIN's source holds now.</summary>
    public string PinKept { get; set; } = Pin;

    private string Configuration => Path.Combine(_folder.FullName, "softhsm2.conf");

    public string Tokens => Path.Combine(_folder.FullName, "tokens");

    private string Drawer => Path.Combine(_folder.FullName, "drawer");

    public void AddToken(string label) => Run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", "00000000", "--pin", Pin);

    public void Pull() => Directory.Move(Tokens, Drawer);

    public void PutBack() => Directory.Move(Drawer, Tokens);

    public Pkcs11Uri Uri(string attributes) =>
        Pkcs11Uri.TryParse($"pkcs11:{attributes}?module-path={Module}", out var uri, out var fault) ? uri : throw new ArgumentException(fault);

    public TokenObjectKeyStore Store(string attributes) => new(Uri(attributes), ReadPin);

    public TokenSealedKeyStore SealedStore(string path, string attributes) => new(path, Uri(attributes), ReadPin);

    /// <summary>pkcs11-tool of OpenSC: another hand on the same token.</summary>
    public string OpenSc(params string[] arguments) => Run("pkcs11-tool", ["--module", Module, .. arguments]);

    public void Dispose() => _folder.Delete(recursive: true);

    private bool ReadPin([NotNullWhen(true)] out SecretBytes? pin, [NotNullWhen(false)] out string? fault)
    {
        PinReads++;
        pin = SecretBytes.CopyOf(Encoding.UTF8.GetBytes(PinKept));
        fault = null;
        return true;
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
