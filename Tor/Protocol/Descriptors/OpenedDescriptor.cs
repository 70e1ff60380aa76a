using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>A verified descriptor with the plaintexts it was read from, which the linter looks at.</summary>
internal sealed record OpenedDescriptor(
    HsDescriptor Descriptor, byte[] MiddlePlaintext, byte[] InnerPlaintext, ImmutableArray<IntroductionPointCertificates> Certificates)
{
    /// <summary>Outer layer, key, certificates, signature, then both encrypted layers: nothing is decrypted before it is authentic.</summary>
    internal static bool TryOpen(
        ReadOnlySpan<byte> text,
        IdentityPublicKey identity,
        ReadOnlySpan<TimePeriod> periods,
        DateTimeOffset now,
        DescriptorAccess access,
        DescriptorLimits limits,
        [NotNullWhen(true)] out OpenedDescriptor? opened,
        out DescriptorRefusal refusal) => TryOpen(text, identity, periods, now, access, limits, sibling: null, out opened, out refusal);

    /// <summary>
    /// The same for one of several copies. What it has byte for byte in common with <paramref name="sibling"/>, another one
    /// opened for the same identity and time, is taken from there: the blinded key's period, and the inner layer under the
    /// same certificate.
    /// </summary>
    internal static bool TryOpen(
        ReadOnlySpan<byte> text,
        IdentityPublicKey identity,
        ReadOnlySpan<TimePeriod> periods,
        DateTimeOffset now,
        DescriptorAccess access,
        DescriptorLimits limits,
        OpenedDescriptor? sibling,
        [NotNullWhen(true)] out OpenedDescriptor? opened,
        out DescriptorRefusal refusal)
    {
        opened = null;
        if (!OuterLayerParser.TryParse(text, limits, out var parser, out var outer, out refusal))
            return false;
        var period = sibling?.Descriptor.Period ?? default;
        if (sibling?.Descriptor.Outer.BlindedKey != outer.BlindedKey && !TryFindPeriod(outer.BlindedKey, identity, periods, out period))
        {
            refusal = new(DescriptorFault.WrongKey, $"The blinded key is not this service's in any of {periods.Length} time periods.");
            return false;
        }

        if (!parser.TryVerify(text, outer, out refusal))
            return false;
        if (now > outer.SigningKeyCertificate.Expiration)
        {
            refusal = new(DescriptorFault.Expired, $"The signing-key certificate expired at {outer.SigningKeyCertificate.Expiration:u}.");
            return false;
        }

        return TryOpenLayers(outer, Subcredential.Compute(identity, outer.BlindedKey), period, now, access, sibling, out opened, out refusal);
    }

    private static bool TryOpenLayers(
        OuterLayer outer,
        Subcredential subcredential,
        TimePeriod period,
        DateTimeOffset now,
        DescriptorAccess access,
        OpenedDescriptor? sibling,
        [NotNullWhen(true)] out OpenedDescriptor? opened,
        out DescriptorRefusal refusal)
    {
        opened = null;
        var middleSecret = LayerSecret.OfMiddle(outer.BlindedKey, subcredential, outer.RevisionCounter);
        if (!LayerEncryption.TryDecrypt(middleSecret, outer.Superencrypted, out var middleText))
        {
            refusal = new(DescriptorFault.CannotDecrypt, "The middle layer's MAC does not match.");
            return false;
        }

        if (!MiddleLayer.TryParse(WithoutPadding(middleText), out var middle))
        {
            refusal = new(DescriptorFault.MalformedMiddleLayer, "The middle layer cannot be read.");
            return false;
        }

        Span<byte> cookie = stackalloc byte[ClientAuthorization.CookieLength];
        var known = access.TryGetCookie(middle, subcredential, cookie);
        var innerSecret = LayerSecret.OfInner(outer.BlindedKey, subcredential, outer.RevisionCounter, known ? cookie : default);
        if (!LayerEncryption.TryDecrypt(innerSecret, middle.Encrypted, out var innerText))
        {
            refusal = access.IsForEverybody
                ? new(DescriptorFault.ClientAuthorizationNeeded, "The inner layer cannot be decrypted without a client's key.")
                : new(DescriptorFault.ClientAuthorizationRefused, "The inner layer cannot be decrypted with this client's key.");
            return false;
        }

        if (sibling is not null && sibling.Descriptor.Outer.SigningKeyCertificate == outer.SigningKeyCertificate && innerText.AsSpan().SequenceEqual(sibling.InnerPlaintext))
        {
            refusal = DescriptorRefusal.None;
            opened = sibling with { Descriptor = new HsDescriptor(period, outer, middle, sibling.Descriptor.Inner), MiddlePlaintext = middleText };
            return true;
        }

        var parser = new InnerLayerParser(outer.SigningKey, now);
        if (!parser.TryParse(WithoutPadding(innerText), out var inner, out refusal))
            return false;
        opened = new OpenedDescriptor(new HsDescriptor(period, outer, middle, inner), middleText, innerText, parser.Certificates);
        return true;
    }

    private static bool TryFindPeriod(BlindedPublicKey blindedKey, IdentityPublicKey identity, ReadOnlySpan<TimePeriod> periods, out TimePeriod period)
    {
        foreach (var candidate in periods)
        {
            period = candidate;
            if (identity.Blind(candidate) == blindedKey)
                return true;
        }

        period = default;
        return false;
    }

    /// <summary>Up to the first NUL, as C tor does.</summary>
    internal static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> plaintext)
    {
        var end = plaintext.IndexOf((byte)0);
        return end < 0 ? plaintext : plaintext[..end];
    }
}
