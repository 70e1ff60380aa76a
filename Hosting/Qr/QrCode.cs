using QRCoder;

namespace OnionBalance.Split.Hosting.Qr;

/// <summary>One text as a QR code, its quiet zone of four modules included.</summary>
public static class QrCode
{
    /// <summary>The lowest level is for clean screens; what it leaves to a damaged code, the text's own checksum finds.</summary>
    private const QRCodeGenerator.ECCLevel Correction = QRCodeGenerator.ECCLevel.L;

    private const int PixelsPerModule = 6;

    /// <summary>Black on white, as an escape sequence that holds whatever the terminal's own colours are.</summary>
    private const string BlackOnWhite = "\e[38;5;231;48;5;16m";

    private const string UsualColours = "\e[0m";

    /// <summary>
    /// Lines of half-block characters, a module one column wide and half a line high: 77 columns and 39 lines for a code of
    /// version 13.
    /// </summary>
    /// <param name="text">What the code says; characters of QR's alphanumeric mode take the least room.</param>
    /// <param name="colours">Sets white and black by escape sequences; without, light modules take the text's colour.</param>
    public static IReadOnlyList<string> ToLines(string text, bool colours)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, Correction);
        using var drawing = new AsciiQRCode(code);
        var lines = drawing.GetGraphicSmall(drawQuietZones: true, invert: false, endOfLine: "\n").Split('\n');
        return colours ? [.. lines.Select(line => BlackOnWhite + line + UsualColours)] : lines;
    }

    /// <summary>A PNG file, black on white.</summary>
    public static byte[] ToPng(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, Correction);
        using var drawing = new PngByteQRCode(code);
        return drawing.GetGraphic(PixelsPerModule);
    }
}
