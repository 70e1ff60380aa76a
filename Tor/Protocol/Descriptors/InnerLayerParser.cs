using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Reads [HS-DESC-SECOND-LAYER], rend-spec-v3 2.5.2.2: "create2-formats" first, then the descriptor's own lines, then the
/// introduction points. C tor leaves a malformed introduction point out; here it condemns the descriptor, since a tor
/// that works writes none.
/// </summary>
internal sealed class InnerLayerParser(Ed25519PublicKey signingKey, DateTimeOffset now)
{
    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss";

    private static readonly SearchValues<byte> VersionListBytes = SearchValues.Create("0123456789-,"u8);

    private readonly ImmutableArray<string>.Builder _otherLines = ImmutableArray.CreateBuilder<string>();
    private readonly ImmutableArray<IntroductionPoint>.Builder _points = ImmutableArray.CreateBuilder<IntroductionPoint>();
    private readonly ImmutableArray<IntroductionPointCertificates>.Builder _certificates = ImmutableArray.CreateBuilder<IntroductionPointCertificates>();
    private readonly HashSet<Ed25519PublicKey> _authKeys = [];
    private ImmutableArray<ushort> _create2Formats;
    private ImmutableArray<string> _introAuthRequired = [];
    private bool _singleOnionService;
    private FlowControl? _flowControl;
    private PowParameters? _powParameters;

    /// <summary>The certificates of the introduction points, in their order.</summary>
    internal ImmutableArray<IntroductionPointCertificates> Certificates => _certificates.ToImmutable();

    internal bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out InnerLayer? layer, out DescriptorRefusal refusal)
    {
        layer = null;
        refusal = DescriptorRefusal.None;
        var reader = new DocumentReader(text);
        var point = default(IntroductionPointParser);
        var started = false;
        while (reader.TryReadNext(out var item))
        {
            if (item.Is("introduction-point"u8))
            {
                if (_create2Formats.IsDefault)
                    break;
                if (started && !TryAdd(ref point, out refusal))
                    return false;
                started = true;
                point = default;
            }

            if (started ? !point.TryTake(item) : !TryTake(item, text))
            {
                refusal = started ? Bad("has a line that is repeated, out of place or cannot be read") : Malformed("A line is repeated, out of place or has a value that cannot be read.");
                return false;
            }
        }

        if (reader.Failed || _create2Formats.IsDefault)
        {
            refusal = Malformed("It is not of the document format or does not start with \"create2-formats\".");
            return false;
        }

        if (started && !TryAdd(ref point, out refusal))
            return false;
        layer = new InnerLayer
        {
            Create2Formats = _create2Formats,
            IntroAuthRequired = _introAuthRequired,
            SingleOnionService = _singleOnionService,
            FlowControl = _flowControl,
            PowParameters = _powParameters,
            OtherLines = _otherLines.ToImmutable(),
            IntroductionPoints = _points.ToImmutable(),
        };
        return true;
    }

    /// <summary>A keyword that belongs before the introduction points.</summary>
    internal static bool IsKnown(in DocumentItem item) =>
        item.Is("create2-formats"u8) || item.Is("intro-auth-required"u8) || item.Is("single-onion-service"u8)
        || item.Is("flow-control"u8) || item.Is("pow-params"u8);

    private bool TryTake(in DocumentItem item, ReadOnlySpan<byte> text)
    {
        var rest = item.Arguments;
        if (_create2Formats.IsDefault)
            return item.Is("create2-formats"u8) && !item.HasObject && TryTakeCreate2Formats(rest);
        if (item.Is("create2-formats"u8) || IntroductionPointParser.IsKnown(item) || (IsKnown(item) && item.HasObject))
            return false;
        if (item.Is("intro-auth-required"u8))
            return _introAuthRequired.IsEmpty && TryTakeIntroAuth(rest);
        if (item.Is("single-onion-service"u8))
            return !_singleOnionService && (_singleOnionService = true);
        if (item.Is("flow-control"u8))
            return _flowControl is null && TryTakeFlowControl(rest);
        if (item.Is("pow-params"u8))
            return TryTakePowParameters(rest);
        _otherLines.Add(Encoding.ASCII.GetString(text[item.Start..item.End].TrimEnd((byte)'\n')));
        return true;
    }

    private bool TryTakeCreate2Formats(ReadOnlySpan<byte> rest)
    {
        var formats = ImmutableArray.CreateBuilder<ushort>();
        for (var argument = DocumentItem.NextArgument(ref rest); !argument.IsEmpty; argument = DocumentItem.NextArgument(ref rest))
        {
            if (!TryReadNumber(argument, out var format) || format is 0 or > ushort.MaxValue)
                return false;
            formats.Add((ushort)format);
        }

        _create2Formats = formats.ToImmutable();
        return formats.Contains(InnerLayer.NtorHandshake);
    }

    private bool TryTakeIntroAuth(ReadOnlySpan<byte> rest)
    {
        var types = ImmutableArray.CreateBuilder<string>();
        for (var argument = DocumentItem.NextArgument(ref rest); !argument.IsEmpty; argument = DocumentItem.NextArgument(ref rest))
            types.Add(Encoding.ASCII.GetString(argument));
        _introAuthRequired = types.ToImmutable();
        return types.Contains("ed25519");
    }

    private bool TryTakeFlowControl(ReadOnlySpan<byte> rest)
    {
        var versions = DocumentItem.NextArgument(ref rest);
        var taken = TryReadNumber(DocumentItem.NextArgument(ref rest), out var increment) && increment is > 0 and <= byte.MaxValue
            && !versions.ContainsAnyExcept(VersionListBytes);
        if (taken)
            _flowControl = new FlowControl(Encoding.ASCII.GetString(versions), (byte)increment);
        return taken;
    }

    private bool TryTakePowParameters(ReadOnlySpan<byte> rest)
    {
        // Puzzles of other schemes are skipped: they are as little use in another descriptor as this one.
        if (!DocumentItem.NextArgument(ref rest).SequenceEqual("v1"u8))
            return true;
        Span<byte> seed = stackalloc byte[32];
        var taken = Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), seed)
            & TryReadNumber(DocumentItem.NextArgument(ref rest), out var effort)
            & DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(DocumentItem.NextArgument(ref rest)), TimeFormat,
                CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires);
        if (!taken || effort > uint.MaxValue || _powParameters is not null)
            return false;
        _powParameters = new PowParameters([.. seed], (uint)effort, expires);
        return true;
    }

    private bool TryAdd(ref IntroductionPointParser parser, out DescriptorRefusal refusal)
    {
        refusal = _points.Count == DescriptorLimits.MaximumIntroductionPoints
            ? new(DescriptorFault.TooManyIntroductionPoints, $"More than {DescriptorLimits.MaximumIntroductionPoints} introduction points.")
            : parser.TryFinish(signingKey, now, _points.Count + 1, out var point, out var certificates, out var found)
                ? Keep(point, certificates)
                : found;
        return refusal.Fault == DescriptorFault.None;
    }

    private DescriptorRefusal Keep(IntroductionPoint point, IntroductionPointCertificates certificates)
    {
        if (!_authKeys.Add(point.AuthKey))
            return new(DescriptorFault.RepeatedIntroductionPoint, $"Introduction point {_points.Count + 1} has the authentication key of an earlier one.");
        _points.Add(point);
        _certificates.Add(certificates);
        return DescriptorRefusal.None;
    }

    private DescriptorRefusal Bad(string what) =>
        new(DescriptorFault.BadIntroductionPoint, $"Introduction point {_points.Count + 1} {what}.");

    private static DescriptorRefusal Malformed(string detail) => new(DescriptorFault.MalformedInnerLayer, detail);

    private static bool TryReadNumber(ReadOnlySpan<byte> argument, out ulong number) =>
        Utf8Parser.TryParse(argument, out number, out var consumed) && consumed == argument.Length;
}
