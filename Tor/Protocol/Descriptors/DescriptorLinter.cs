using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol.Certificates;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Reads a descriptor back with the reader's code and reports every difference from C tor's habits, by which an HSDir or a
/// client could tell it from one that tor made. One method for each rule; all findings are collected.
/// </summary>
public sealed class DescriptorLinter
{
    private readonly List<string> _findings = [];
    private readonly LintExpectation _expected;
    private readonly OpenedDescriptor _opened;
    private readonly ReadOnlyMemory<byte> _text;

    private DescriptorLinter(ReadOnlyMemory<byte> text, OpenedDescriptor opened, LintExpectation expected)
    {
        _text = text;
        _opened = opened;
        _expected = expected;
    }

    private OuterLayer Outer => _opened.Descriptor.Outer;

    private InnerLayer Inner => _opened.Descriptor.Inner;

    /// <summary>All findings, one line each; none is what a descriptor must have to be published.</summary>
    public static ImmutableArray<string> Lint(ReadOnlyMemory<byte> text, LintExpectation expected) => Lint([text], expected);

    /// <summary>
    /// The same of several copies of one descriptor. Each is verified and decrypted; an inner layer that comes out byte for
    /// byte like the first one's, under the same certificate, is not judged a second time.
    /// </summary>
    public static ImmutableArray<string> Lint(ImmutableArray<ReadOnlyMemory<byte>> copies, LintExpectation expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var findings = ImmutableArray.CreateBuilder<string>();
        OpenedDescriptor? first = null;
        foreach (var text in copies)
        {
            if (!OpenedDescriptor.TryOpen(
                text.Span,
                expected.Identity,
                [expected.Period],
                expected.Now,
                new DescriptorAccess(expected.ClientAuth, expected.Middle),
                DescriptorLimits.Default,
                first,
                out var opened,
                out var refusal))
            {
                findings.Add($"It does not read back: {refusal.Fault}. {refusal.Detail}");
                continue;
            }

            var linter = new DescriptorLinter(text, opened, expected);
            linter.LintOuterAndMiddleLayer();
            if (!ReferenceEquals(opened.Descriptor.Inner, first?.Descriptor.Inner))
                linter.LintInnerLayer();
            findings.AddRange(linter._findings);
            first ??= opened;
        }

        return findings.ToImmutable();
    }

    /// <summary>
    /// What C tor keeps apart and together when it sends one descriptor to several HSDirs: the same counter, key and
    /// certificate, and a fresh encryption for each.
    /// </summary>
    public static ImmutableArray<string> LintCopies(IReadOnlyList<ReadOnlyMemory<byte>> copies)
    {
        ArgumentNullException.ThrowIfNull(copies);
        var outers = new List<OuterLayer>();
        foreach (var copy in copies)
        {
            if (OuterDescriptor.TryReadOuter(copy.Span, out var outer, out _))
                outers.Add(outer);
        }

        var findings = ImmutableArray.CreateBuilder<string>();
        if (outers.Count != copies.Count)
            findings.Add($"{copies.Count - outers.Count} of {copies.Count} copies do not read back.");
        if (outers.DistinctBy(outer => (outer.RevisionCounter, outer.SigningKeyCertificate)).Count() > 1)
            findings.Add("The copies differ in revision counter or signing-key certificate.");
        if (outers.DistinctBy(outer => Convert.ToHexString(outer.Superencrypted.AsSpan(0, LayerEncryption.SaltLength))).Count() < outers.Count)
            findings.Add("Two copies are the same encryption.");
        return findings.ToImmutable();
    }

    private void LintOuterAndMiddleLayer()
    {
        OuterTextIsSpelledAsTorSpellsIt();
        LifetimeIsTors();
        MiddleLayerIsPaddedToTheNextMultiple();
        MiddleTextIsSpelledAsTorSpellsIt();
        ClientLinesAreAMultipleOf16();
        RevisionCounterIsTheExpectedOne();
        SigningKeyIsTheKeptOne();
        MiddleLayerIsTheKeptOne();
    }

    /// <summary>With all certificates, which hang together.</summary>
    private void LintInnerLayer()
    {
        InnerLayerIsNotPadded();
        InnerTextIsSpelledAsTorSpellsIt();
        InnerLinesAreThoseOfTor();
        CertificatesHaveTorsShape();
        CertificatesCertifyTheListedKeys();
        IntroductionPointsExpireTogether();
        SigningKeyExpiresAsCertifiedWithThem();
        IntroductionPointsAreTheExpectedOnes();
    }

    private void OuterTextIsSpelledAsTorSpellsIt()
    {
        var canonical = OuterLayerWriter.WriteUnsigned(
            Outer.LifetimeMinutes, Outer.SigningKeyCertificate.Encoded.AsSpan(), Outer.RevisionCounter, Outer.Superencrypted);
        // A control connection may have taken the last newline off.
        var signature = _text.Span.Length - canonical.Written.Length - "signature "u8.Length - DescriptorSignature.TextLength;
        Expect(_text.Span.StartsWith(canonical.Written) && signature is 0 or 1, "The outer layer has other lines, another order or other line breaks than tor's.");
    }

    private void LifetimeIsTors() =>
        Expect(Outer.LifetimeMinutes == OuterLayerWriter.UsualLifetimeMinutes, $"descriptor-lifetime is {Outer.LifetimeMinutes}, tor's is {OuterLayerWriter.UsualLifetimeMinutes}.");

    private void MiddleLayerIsPaddedToTheNextMultiple()
    {
        var text = OpenedDescriptor.WithoutPadding(_opened.MiddlePlaintext);
        var padded = DescriptorBuilder.PaddedLength(text.Length);
        Expect(_opened.MiddlePlaintext.Length == padded, $"The middle layer has {_opened.MiddlePlaintext.Length} bytes, tor's would have {padded}.");
        Expect(!_opened.MiddlePlaintext.AsSpan(text.Length).ContainsAnyExcept((byte)0), "The middle layer's padding is not all NULs.");
    }

    private void MiddleTextIsSpelledAsTorSpellsIt()
    {
        var middle = _opened.Descriptor.Middle;
        Expect(
            OpenedDescriptor.WithoutPadding(_opened.MiddlePlaintext).SequenceEqual(MiddleLayer.Write(middle.EphemeralKey, middle.Clients, middle.Encrypted)),
            "The middle layer has other lines, another order or other line breaks than tor's.");
    }

    private void ClientLinesAreAMultipleOf16()
    {
        var clients = _opened.Descriptor.Middle.Clients.Length;
        Expect(clients % MiddleLayerPlan.ClientMultiple == 0, $"There are {clients} auth-client lines, not a multiple of {MiddleLayerPlan.ClientMultiple}.");
    }

    private void InnerLayerIsNotPadded() =>
        Expect(!_opened.InnerPlaintext.AsSpan().Contains((byte)0), "The inner layer is padded, which tor's is not.");

    private void InnerTextIsSpelledAsTorSpellsIt() =>
        Expect(
            OpenedDescriptor.WithoutPadding(_opened.InnerPlaintext).SequenceEqual(InnerLayerWriter.Write(Inner, _opened.Certificates)),
            "The inner layer has other lines, another order or other line breaks than tor's.");

    private void InnerLinesAreThoseOfTor()
    {
        Expect(Inner.Create2Formats.SequenceEqual([InnerLayer.NtorHandshake]), "create2-formats is not \"2\".");
        Expect(Inner.IntroAuthRequired.IsEmpty, "There is an intro-auth-required line, which tor does not write.");
    }

    private void CertificatesHaveTorsShape()
    {
        foreach (var certificate in AllCertificates())
        {
            // Written again from what was read, it must come out the same but for the signature.
            var shape = Ed25519Certificate.Create(
                certificate.Type, certificate.ExpirationHours, certificate.CertifiedKey, certificate.SigningKey?.Bytes ?? default, static (_, _) => { });
            Expect(
                certificate.Encoded.Length == shape.Length && certificate.Encoded.AsSpan().StartsWith(shape.AsSpan(0, shape.Length - 64)),
                $"A certificate of type {(byte)certificate.Type:X2} has other extensions than tor's.");
        }
    }

    private void CertificatesCertifyTheListedKeys()
    {
        foreach (var (point, certificates) in Inner.IntroductionPoints.Zip(_opened.Certificates))
        {
            Expect(
                Curve25519Form.IsEd25519(certificates.Enc.CertifiedKey, point.EncKey),
                "An enc-key-cert certifies another key than the Ed25519 form of the enc-key.");
        }
    }

    private void IntroductionPointsExpireTogether()
    {
        var hours = _opened.Certificates.SelectMany(pair => new[] { pair.Auth.ExpirationHours, pair.Enc.ExpirationHours }).Distinct().ToArray();
        Expect(hours.Length <= 1, "The introduction points' certificates expire in different hours.");
        if (_expected.BuiltAt is { } builtAt && hours.Length > 0)
        {
            var usual = CertificateLifetime.OfIntroductionPoint(builtAt);
            Expect(hours[0] == usual, $"The introduction points' certificates expire at hour {hours[0]}, tor's would at {usual}.");
        }
    }

    private void SigningKeyExpiresAsCertifiedWithThem()
    {
        var hours = Outer.SigningKeyCertificate.ExpirationHours;
        if (_expected.SigningKeyExpirationHours is { } expected)
            Expect(hours == expected, $"The signing-key certificate expires at hour {hours}, not {expected}.");
        if (!_expected.CertifiedTogether || _opened.Certificates.IsEmpty)
            return;
        // The one is rounded up, the others from the start of the hour: one apart, but for the first second of an hour.
        var points = _opened.Certificates[0].Auth.ExpirationHours;
        Expect(hours == points + 1 || hours == points, $"The signing-key certificate expires at hour {hours}, the introduction points' at {points}; tor's are one apart.");
    }

    private void RevisionCounterIsTheExpectedOne()
    {
        if (_expected.RevisionCounter is { } revision)
            Expect(Outer.RevisionCounter == revision, "The revision counter is not the expected one.");
    }

    private void SigningKeyIsTheKeptOne()
    {
        if (_expected.SigningKey is { } signingKey)
            Expect(Outer.SigningKey == signingKey, "The signing key is not the one kept for this period.");
    }

    private void MiddleLayerIsTheKeptOne()
    {
        if (_expected.Middle is not { } plan)
            return;
        var middle = _opened.Descriptor.Middle;
        Expect(
            MiddleLayer.Write(middle.EphemeralKey, middle.Clients, []).AsSpan().SequenceEqual(MiddleLayer.Write(plan.EphemeralKey, plan.Clients, [])),
            "The ephemeral key or the auth-client lines are not those kept for this period.");
    }

    private void IntroductionPointsAreTheExpectedOnes()
    {
        if (_expected.IntroductionPoints is { } points)
            Expect(Inner.IntroductionPoints.SequenceEqual(points), "The introduction points are not the expected ones in the expected order.");
    }

    private IEnumerable<Ed25519Certificate> AllCertificates() =>
        [Outer.SigningKeyCertificate, .. _opened.Certificates.SelectMany(pair => new[] { pair.Auth, pair.Enc })];

    private void Expect(bool holds, string finding)
    {
        if (!holds)
            _findings.Add(finding);
    }
}
