namespace OnionBalance.Split.Tests.Functional.Signer.Keys;

/// <summary>The prompt of the key tools, on a real terminal.</summary>
[Collection("SoftHSM")]
public sealed class A_secret_typed_on_a_terminal : IDisposable
{
    private const int Interrupted = -2;

    private readonly KeyToolBench _bench = new();

    private string[] Import => ["import", "--key", _bench.InFolder("old.pem"), "--to", _bench.Place("passphrase", "shop")];

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Is_asked_for_twice_when_new_and_never_shown()
    {
        var (code, shown, echoes) = await _bench.TypeAsync(
            [["Type yes: ", "yes\r"], ["(new): ", "wrong but never mind\x15" + KeyToolBench.Passphrase + "\r"], ["(again): ", KeyToolBench.Passphrase + "\r"]],
            Import);
        Assert.True(code == 0, shown);
        Assert.Contains(_bench.Address, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", shown, StringComparison.Ordinal);
        Assert.True(echoes);
        (code, shown, echoes) = await _bench.TypeAsync(
            [["Passphrase of ", KeyToolBench.Passphrase + "\r"]], "verify", "--key", _bench.Place("passphrase", "shop"));
        Assert.True(code == 0, shown);
        Assert.DoesNotContain("horse", shown, StringComparison.Ordinal);
        Assert.True(echoes);
    }

    [Fact]
    public async Task Is_asked_for_again_after_a_slip()
    {
        var (code, shown, _) = await _bench.TypeAsync(
            [
                ["(new): ", "too short\r"], ["(again): ", "too short\r"], ["is too short", ""],
                ["(new): ", KeyToolBench.Passphrase + "\r"], ["(again): ", "slipped\r"], ["differs from the first. Try again.", ""],
                ["(new): ", KeyToolBench.Passphrase + "\r"], ["(again): ", KeyToolBench.Passphrase + "\r"],
            ],
            [.. Import, "--yes"]);
        Assert.True(code == 0, shown);
        (code, shown, _) = await _bench.TypeAsync(
            [["Passphrase of ", "slipped\r"], ["Try again.", ""], ["Passphrase of ", KeyToolBench.Passphrase + "\r"]], "verify", "--key", _bench.Place("passphrase", "shop"));
        Assert.True(code == 0, shown);
    }

    [Fact]
    public async Task Makes_nothing_when_the_second_time_differs_three_times()
    {
        string[][] slip = [["(new): ", "correct horse\r"], ["(again): ", "correct horsf\r"]];
        var (code, shown, _) = await _bench.TypeAsync([.. slip, .. slip, .. slip], [.. Import, "--yes"]);
        Assert.Equal(1, code);
        Assert.Contains("differs from the first", shown, StringComparison.Ordinal);
        Assert.False(File.Exists(_bench.InFolder("shop.sealed")));
    }

    [Fact]
    public async Task Leaves_the_terminal_as_it_was_after_Ctrl_C()
    {
        var (code, shown, echoes) = await _bench.TypeAsync([["(new): ", "correct\x03"]], [.. Import, "--yes"]);
        Assert.Equal(Interrupted, code);
        Assert.DoesNotContain("correct", shown, StringComparison.Ordinal);
        Assert.True(echoes);
        Assert.False(File.Exists(_bench.InFolder("shop.sealed")));
    }

    [Fact]
    public async Task Is_a_tokens_pin_too()
    {
        var (code, shown, echoes) = await _bench.TypeAsync(
            [["PIN of the token one: ", Pkcs11.SoftHsm.Pin + "\r"]], "import", "--key", _bench.InFolder("old.pem"), "--to", _bench.Place("token", "shop"), "--yes");
        Assert.True(code == 0, shown);
        Assert.DoesNotContain(Pkcs11.SoftHsm.Pin, shown, StringComparison.Ordinal);
        Assert.True(echoes);
    }

    [Fact]
    public async Task Is_not_waited_for_where_there_is_no_terminal()
    {
        var start = new System.Diagnostics.ProcessStartInfo("/usr/bin/setsid", ["--wait", SignerUnderTest.Command("key").FileName, "key", .. Import, "--yes"])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var (code, output) = await SignerUnderTest.RunAsync(start);
        Assert.Equal(1, code);
        Assert.Contains("there is no terminal to ask on", output, StringComparison.Ordinal);
    }
}
