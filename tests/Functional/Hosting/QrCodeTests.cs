using System.Text;
using OnionBalance.Split.Hosting.Qr;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Hosting;

/// <summary>QR codes drawn here, read by zbar.</summary>
public sealed class QrCodeTests : IDisposable
{
    private const int Days = 30;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("qr-test-");
    private readonly byte[] _bundle;

    public QrCodeTests()
    {
        using var identity = IdentitySecretKey.Generate();
        using var signing = DescriptorSigningKey.Generate();
        var request = new DelegationRequest(
            OnionAddress.From(identity.PublicKey),
            [.. Enumerable.Range(0, Days).Select(day => new RequestedPeriod(new TimePeriod(20_700ul + (ulong)day, 1440), signing.PublicKey))]);
        _bundle = DelegationBundle.Grant(identity, request, NetworkTiming.Public.StartOf).ToText();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Zbar_reads_the_PNG_files_of_a_bundle_in_any_order_into_the_bundle()
    {
        var files = DelegationParts.Split(_bundle).Select(part =>
        {
            var file = Path.Combine(_folder.FullName, $"{part.Number}.png");
            File.WriteAllBytes(file, QrCode.ToPng(part.ToString()));
            return file;
        }).ToArray();
        new Random(1).Shuffle(files);

        // Without --raw zbarimg writes its own word before each text, as other readers may.
        var scanned = await ZbarAsync(files);
        Assert.True(DelegationInput.TryGather([("scanned", Encoding.ASCII.GetBytes(scanned))], out var text, out var problems), string.Join('\n', problems));
        Assert.Equal(_bundle, text);
    }

    [Fact]
    public async Task Zbar_reads_what_the_terminal_shows_and_it_fits_80_columns()
    {
        var part = DelegationParts.Split(_bundle)[0].ToString();
        var lines = QrCode.ToLines(part, colours: false);
        Assert.All(lines, line => Assert.InRange(line.Length, 21, 80));
        Assert.InRange(lines.Count, 21, 40);
        var picture = Path.Combine(_folder.FullName, "terminal.pgm");
        File.WriteAllBytes(picture, Picture(lines));
        Assert.Equal(part, (await ZbarAsync(["--raw", picture])).Trim());
    }

    private static Task<string> ZbarAsync(string[] arguments) =>
        Tool.OutputAsync(Tool.Start("zbarimg", ["--quiet", "-Sdisable", "-Sqrcode.enable", .. arguments]), TimeSpan.FromMinutes(2));

    /// <summary>What an eye sees: each half of a character cell as a square of 4 pixels, light where it is filled.</summary>
    private static byte[] Picture(IReadOnlyList<string> lines)
    {
        const int Side = 4;
        var pixels = lines.SelectMany(line => new[] { "█▀", "█▄" }.Select(filled => line.Select(cell => filled.Contains(cell, StringComparison.Ordinal) ? (byte)255 : (byte)0)))
            .SelectMany(row => Enumerable.Repeat(row.SelectMany(pixel => Enumerable.Repeat(pixel, Side)), Side))
            .SelectMany(row => row);
        return [.. Encoding.ASCII.GetBytes($"P5 {lines[0].Length * Side} {lines.Count * 2 * Side} 255\n"), .. pixels];
    }
}
