using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

/// <summary>onionbalance-signer key, as an operator runs it.</summary>
[Collection("SoftHSM")]
public sealed class The_key_tools : IDisposable
{
    private static readonly string[] Targets = ["directory", "passphrase", "token", "aes", "rsa"];

    private readonly KeyToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Copy_a_key_from_every_kind_of_place_to_every_kind()
    {
        _bench.AddRsa();
        foreach (var to in Targets)
            await CopyAsync("pem", "", to, "first");
        string[] sources = ["secret file", .. Targets];
        var pairs = sources.SelectMany(from => Targets.Select(to => (From: from, To: to)));
        // One after the other: SoftHSM hides a token now and then from a program that begins while another writes to it.
        foreach (var pair in pairs)
        {
            var name = $"{pair.From}-to-{pair.To}".Replace(' ', '-');
            await CopyAsync(pair.From, "first", pair.To, name);
            var (code, output) = await _bench.RunAsync(["verify", .. _bench.From(pair.To, name), "--service", _bench.Address]);
            Assert.True(code == 0, output);
        }

        var secret = new byte[64];
        _bench.Key.ExportExpanded(secret);
        AssertPlainOnlyInDirectories(secret);
    }

    [Theory]
    [InlineData("directory")]
    [InlineData("passphrase")]
    [InlineData("token")]
    [InlineData("aes")]
    public async Task Make_a_key_where_none_is_and_overwrite_none(string kind)
    {
        string[] generate = ["generate", .. _bench.To(kind, "shop")];
        var (code, output) = await _bench.RunAsync(generate);
        Assert.Equal(1, code);
        Assert.Contains("It will be the only copy", output, StringComparison.Ordinal);
        Assert.Contains("give --yes in a script", output, StringComparison.Ordinal);
        Assert.NotEqual(0, (await _bench.RunAsync(["show", .. _bench.From(kind, "shop")])).Code);
        (code, output) = await _bench.RunAsync([.. generate, "--yes"]);
        Assert.True(code == 0, output);
        Assert.Contains("read back and is the same", output, StringComparison.Ordinal);
        (code, var shown) = await _bench.RunAsync(["verify", .. _bench.From(kind, "shop")]);
        Assert.True(code == 0, shown);
        var address = shown.Split('\n')[0]["address:     ".Length..];
        Assert.True(OnionAddress.TryParse(address, out _), shown);
        Assert.Contains(address, output, StringComparison.Ordinal);
        (code, output) = await _bench.RunAsync([.. generate, "--yes"]);
        Assert.Equal(1, code);
        Assert.Contains("overwritten", output, StringComparison.Ordinal);
        Assert.Equal((0, shown), await _bench.RunAsync(["verify", .. _bench.From(kind, "shop")]));
    }

    [Fact]
    public async Task Warn_of_a_key_that_comes_to_lie_in_plain()
    {
        var (_, output) = await CopyAsync("pem", "", "passphrase", "shop");
        Assert.DoesNotContain("WARNING", output, StringComparison.Ordinal);
        Assert.Contains("The old place stays as it is, in plain, until you remove it", output, StringComparison.Ordinal);
        (_, output) = await CopyAsync("passphrase", "shop", "directory", "plain");
        Assert.Contains("WARNING: the key will lie there in plain.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_a_key_directory_that_does_not_agree_with_itself_and_a_key_of_another_address()
    {
        await CopyAsync("pem", "", "directory", "shop");
        using var other = IdentitySecretKey.Generate();
        var stranger = OnionAddress.From(other.PublicKey).ToFullString();
        await AssertRefusedAsync("of another address", "verify", "--key", _bench.InFolder("shop"), "--service", stranger);
        File.WriteAllText(_bench.InFolder("shop/hostname"), stranger + "\n");
        await AssertRefusedAsync("shop/hostname is not the address of the secret beside it", "verify", "--key", _bench.InFolder("shop"));
        File.WriteAllBytes(_bench.InFolder("shop/hs_ed25519_public_key"), TorKeyFile.WritePublic(other.PublicKey));
        await AssertRefusedAsync("hs_ed25519_public_key is not the public key", "verify", "--key", _bench.InFolder("shop"));
    }

    [Fact]
    public async Task Refuse_what_is_not_as_it_should_be_and_leave_nothing()
    {
        var old = _bench.InFolder("old.pem");
        var open = Directory.CreateDirectory(_bench.InFolder("open"));
        File.SetUnixFileMode(open.FullName, (UnixFileMode)Convert.ToInt32("777", 8));
        AtomicFile.Write(_bench.InFolder("wrong"), "27182818\n"u8);
        AtomicFile.Write(_bench.InFolder("short"), "eleven byte\n"u8);
        AtomicFile.Write(_bench.InFolder("encrypted.pem"), System.Text.Encoding.ASCII.GetBytes(KeyToolBench.EncryptedPem()));
        await CopyAsync("pem", "", "directory", "shop");
        await CopyAsync("pem", "", "passphrase", "given");
        var before = Everything();
        var passphrase = _bench.InFolder("passphrase");
        await AssertRefusedAsync("for these places there is key import or key seal", "copy", "--key", old, "--to", $"sealed:{_bench.InFolder("x")}");
        await AssertRefusedAsync("for these places there is key import", "unseal", "--key", old, "--to", _bench.InFolder("x"));
        await AssertRefusedAsync($"the passphrase for {_bench.InFolder("x")} is too short", "import", "--key", old, "--to", $"sealed:{_bench.InFolder("x")}", "--to-passphrase-file", _bench.InFolder("short"));
        await AssertRefusedAsync("is too short: it has", "generate", "--to", $"sealed:{_bench.InFolder("x")}", "--to-passphrase-file", _bench.InFolder("short"));
        await AssertRefusedAsync("is no folder", "import", "--key", old, "--to", $"sealed:{_bench.InFolder("no/x")}", "--to-passphrase-file", passphrase);
        await AssertRefusedAsync("is mode 0777", "import", "--key", old, "--to", $"sealed:{_bench.InFolder("open/x")}", "--to-passphrase-file", passphrase);
        await AssertRefusedAsync("is mode 0777", "import", "--key", old, "--to", _bench.InFolder("open/x"));
        await AssertRefusedAsync("exists already", "import", "--key", old, "--to", _bench.InFolder("shop"));
        await AssertRefusedAsync("cannot be made by this program", "import", "--key", old, "--to", "credential:shop");
        await AssertRefusedAsync("--to has no passphrase", "import", "--key", old, "--to", _bench.InFolder("x"), "--to-passphrase-file", passphrase);
        await AssertRefusedAsync("--key is on no token", "show", "--key", old, "--pin-file", passphrase);
        await AssertRefusedAsync("name the same secret", "show", "--key", "sealed:x", "--passphrase-file", passphrase, "--passphrase-fd", "3");
        await AssertRefusedAsync("must be from 3 to 1023", "show", "--key", "sealed:x", "--passphrase-fd", "1");
        await AssertRefusedAsync("descriptor 5 was not passed in", "show", "--key", $"sealed:{_bench.InFolder("given.sealed")}", "--passphrase-fd", "5");
        await AssertRefusedAsync("names no file behind sealed:", "show", "--key", "sealed:");
        await AssertRefusedAsync("it must name the key", "show", "--key", "pkcs11:token=one?module-path=/x");
        await AssertRefusedAsync("pin-value is not taken", "show", "--key", "pkcs11:token=one;pin-value=1");
        await AssertRefusedAsync("behind credential:", "show", "--key", "credential:../x");
        await AssertRefusedAsync("no such key", "seal", "--key", old, "--to", $"sealed:{_bench.InFolder("x")},{_bench.Uri("none")}", "--to-pin-file", _bench.InFolder("pin"));
        await AssertRefusedAsync("refuses the PIN", "import", "--key", old, "--to", _bench.Uri("x"), "--to-pin-file", _bench.InFolder("wrong"));
        await AssertRefusedAsync("encrypted.pem: is an encrypted PKCS#8 PEM file; decrypt it", "import", "--key", _bench.InFolder("encrypted.pem"), "--to", _bench.InFolder("x"));
        await AssertRefusedAsync("a sealed file is named as one", "show", "--key", passphrase);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public async Task Say_what_is_forgotten_most_often_with_SoftHSM()
    {
        await CopyAsync("pem", "", "token", "shop");
        var start = _bench.Command(["key", "show", .. _bench.From("token", "shop")]);
        start.Environment.Remove("SOFTHSM2_CONF");
        var (code, output) = await SignerUnderTest.RunAsync(start);
        Assert.True(code == 1 && output.Contains(" (SOFTHSM2_CONF is not set", StringComparison.Ordinal), output);
        await AssertRefusedAsync("the token is not present\n", "show", "--key", _bench.Hsm.Uri("token=none;object=shop").Text, "--pin-file", _bench.InFolder("pin"));
    }

    private IEnumerable<string> Everything() => Directory.GetFileSystemEntries(_bench.InFolder(""), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>With the verb that is for this pair.</summary>
    private async Task<(int Code, string Output)> CopyAsync(string from, string fromName, string to, string toName)
    {
        var verb = from is "pem" or "secret file" or "directory" ? "import" : to switch { "directory" => "unseal", "token" => "copy", _ => "seal" };
        var (code, output) = await _bench.RunAsync([verb, .. _bench.From(from, fromName), .. _bench.To(to, toName), "--yes"]);
        Assert.True(code == 0, $"{from} to {to}: {output}");
        Assert.Contains(_bench.Address, output, StringComparison.Ordinal);
        return (code, output);
    }

    private async Task AssertRefusedAsync(string reason, params string[] arguments)
    {
        string[] yes = arguments[0] is "show" or "verify" ? [] : ["--yes"];
        var (code, output) = await _bench.RunAsync([.. arguments, .. yes]);
        Assert.True(code == 1, output);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private void AssertPlainOnlyInDirectories(byte[] secret)
    {
        var found = Directory.GetFiles(_bench.InFolder(""), "*", SearchOption.AllDirectories)
            .Where(file => File.ReadAllBytes(file).AsSpan().IndexOf(secret.AsSpan(32)) >= 0)
            .Select(Path.GetFileName)
            .Distinct();
        Assert.Equal(["hs_ed25519_secret_key"], found);
    }
}
