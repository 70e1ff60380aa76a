using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>Writes [HS-DESC-SECOND-LAYER] in C tor's line order (hs_descriptor.c, get_inner_encrypted_layer_plaintext).</summary>
internal static class InnerLayerWriter
{
    internal static byte[] Write(InnerLayer inner, ImmutableArray<IntroductionPointCertificates> certificates)
    {
        var writer = new DocumentWriter();
        writer.Append("create2-formats"u8);
        foreach (var format in inner.Create2Formats)
            writer.Append(" "u8).Append(format);
        writer.Append("\n"u8);
        if (!inner.IntroAuthRequired.IsEmpty)
            writer.Append("intro-auth-required "u8).Append(string.Join(' ', inner.IntroAuthRequired)).Append("\n"u8);
        if (inner.SingleOnionService)
            writer.Append("single-onion-service\n"u8);
        if (inner.FlowControl is { } flow)
            writer.Append("flow-control "u8).Append(flow.Versions).Append(" "u8).Append(flow.SendmeIncrement).Append("\n"u8);
        if (inner.PowParameters is { } pow)
            WritePowParameters(writer, pow);
        foreach (var line in inner.OtherLines)
            writer.Append(line).Append("\n"u8);
        foreach (var (point, certificate) in inner.IntroductionPoints.Zip(certificates))
            WriteIntroductionPoint(writer, point, certificate);
        return writer.Written.ToArray();
    }

    private static void WritePowParameters(DocumentWriter writer, PowParameters pow) =>
        writer.Append("pow-params v1 "u8).AppendBase64(pow.Seed.AsSpan())
            .Append(" "u8).Append(pow.SuggestedEffort)
            .Append(" "u8).Append(pow.Expires.UtcDateTime.ToString(InnerLayerParser.TimeFormat, CultureInfo.InvariantCulture)).Append("\n"u8);

    private static void WriteIntroductionPoint(DocumentWriter writer, IntroductionPoint point, IntroductionPointCertificates certificates) =>
        writer.Append("introduction-point "u8).AppendBase64(point.LinkSpecifiers.AsSpan())
            .Append("\nonion-key ntor "u8).AppendBase64(point.OnionKey.Bytes.Span)
            .Append("\nauth-key\n"u8).AppendObject("ED25519 CERT"u8, certificates.Auth.Encoded.AsSpan())
            .Append("\nenc-key ntor "u8).AppendBase64(point.EncKey.Bytes.Span)
            .Append("\nenc-key-cert\n"u8).AppendObject("ED25519 CERT"u8, certificates.Enc.Encoded.AsSpan())
            .Append("\n"u8);
}
