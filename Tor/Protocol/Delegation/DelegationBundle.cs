using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>What lets a Collector publish by itself in one period.</summary>
/// <param name="Certificate">Type 08: KS_hs_blind_id of the period certifies KP_hs_desc_sign.</param>
/// <param name="CounterKey">What the period's revision counters are computed with.</param>
public sealed record DelegatedPeriod(TimePeriod Period, Ed25519Certificate Certificate, RevisionCounterKey CounterKey);

/// <summary>
/// A Signer's answer to a <see cref="DelegationRequest"/>, signed as a whole by the permanent key. One that exists was
/// verified: its signature by the address that it names, each certificate by the blinded key derived from it.
/// </summary>
public sealed record DelegationBundle
{
    private const int SignatureLength = 64;

    private DelegationBundle(OnionAddress service, ImmutableArray<DelegatedPeriod> periods, ImmutableArray<byte> signature)
    {
        Service = service;
        Periods = periods;
        Signature = signature;
    }

    public OnionAddress Service { get; }

    public ImmutableArray<DelegatedPeriod> Periods { get; }

    /// <summary>Of KS_hs_id, over a prefix of its own and the text before the signature's line.</summary>
    public ImmutableArray<byte> Signature { get; }

    /// <summary>The last moment at which one of its certificates holds: nothing can be published by it later. It is what every program tells as its end.</summary>
    public DateTimeOffset End => Periods.Max(period => period.Certificate.Expiration);

    private static ReadOnlySpan<byte> Heading => "onionbalance-split-delegation 1"u8;

    /// <summary>No descriptor and no certificate begins so: the permanent key's signature over a bundle is good for nothing else.</summary>
    private static ReadOnlySpan<byte> SignaturePrefix => "OnionBalance.Split delegation bundle v1\0"u8;

    /// <summary>Grants a request whole. Whether it may be granted is the caller's to decide before.</summary>
    /// <param name="publication">When the first descriptor of a period is made, from which C tor's certificate runs.</param>
    /// <exception cref="ArgumentException">The key is not that of the service asked for.</exception>
    public static DelegationBundle Grant(IdentitySecretKey identity, DelegationRequest request, Func<TimePeriod, DateTimeOffset> publication)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(publication);
        if (identity.PublicKey != request.Service.PublicKey)
            throw new ArgumentException("The key is not that of the service asked for.", nameof(identity));
        var periods = request.Periods.Select(asked => Grant(identity, asked, publication(asked.Period))).ToImmutableArray();
        var signature = new byte[SignatureLength];
        identity.Sign(SignedMessage(WriteUnsigned(request.Service, periods).Written), signature);
        return new DelegationBundle(request.Service, periods, [.. signature]);
    }

    /// <summary>The whole file.</summary>
    public byte[] ToText() => DelegationText.Finish(
        WriteUnsigned(Service, Periods).Append("signature "u8).AppendBase64WithoutPadding(Signature.AsSpan()).Append("\n"u8));

    /// <summary>Reads and verifies a whole file; every value has one spelling.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out DelegationBundle? bundle, out DelegationFault fault)
    {
        fault = TryRead(text, out bundle);
        if (bundle is not null)
            fault = text.SequenceEqual(bundle.ToText()) ? bundle.FaultInside() : DelegationFault.Malformed;
        if (fault != DelegationFault.None)
            bundle = null;
        return bundle is not null;
    }

    /// <summary>Whether a Collector that holds these descriptor signing keys can use it now.</summary>
    public DelegationFault FaultFor(OnionAddress service, IReadOnlySet<Ed25519PublicKey> heldKeys, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(heldKeys);
        return Service != service ? DelegationFault.WrongService
            : Periods.Any(period => !heldKeys.Contains(new Ed25519PublicKey(period.Certificate.CertifiedKey))) ? DelegationFault.ForeignKey
            : now > End ? DelegationFault.Expired
            : DelegationFault.None;
    }

    private static DelegatedPeriod Grant(IdentitySecretKey identity, RequestedPeriod asked, DateTimeOffset publication)
    {
        using var blinded = identity.Blind(asked.Period);
        var encoded = SigningKeyCertificate.Create(blinded, asked.SigningKey, publication);
        return Ed25519Certificate.TryParse(encoded, out var certificate)
            ? new DelegatedPeriod(asked.Period, certificate, RevisionCounterKey.Of(blinded))
            : throw new InvalidOperationException("A certificate made here does not read.");
    }

    private static DelegationFault TryRead(ReadOnlySpan<byte> text, out DelegationBundle? bundle)
    {
        bundle = null;
        var fault = DelegationText.Open(text, Heading, out var items);
        if (fault != DelegationFault.None)
            return fault;
        var reader = new DocumentReader(items);
        if (!DelegationText.TryReadService(ref reader, out var service))
            return DelegationFault.Malformed;
        var periods = ImmutableArray.CreateBuilder<DelegatedPeriod>();
        Span<byte> signature = stackalloc byte[SignatureLength];
        while (reader.TryReadNext(out var item))
        {
            if (item.Is("signature"u8))
            {
                if (!item.TryGetOnlyArgument(out var argument) || !Base64Text.TryDecodeExact(argument, signature) || item.End != items.Length)
                    return DelegationFault.Malformed;
                bundle = new DelegationBundle(service, periods.ToImmutable(), [.. signature]);
                return DelegationFault.None;
            }

            if (periods.Count > DelegationText.MostPeriods)
                return DelegationFault.Periods;
            if (!TryReadPeriod(item, out var period))
                return DelegationFault.Malformed;
            periods.Add(period);
        }

        return DelegationFault.Malformed;
    }

    private static bool TryReadPeriod(DocumentItem item, [NotNullWhen(true)] out DelegatedPeriod? delegated)
    {
        delegated = null;
        Span<byte> encoded = stackalloc byte[Ed25519Certificate.UsualLength];
        if (DelegationText.TryReadPeriod(item, out var period, out var rest)
            && DelegationText.TryReadBytes32(ref rest, out var counterKey)
            && Base64Text.TryDecodeExact(DocumentItem.NextArgument(ref rest), encoded)
            && Ed25519Certificate.TryParse(encoded, out var certificate))
        {
            delegated = new DelegatedPeriod(period, certificate, new RevisionCounterKey(counterKey));
        }

        return delegated is not null;
    }

    private DelegationFault FaultInside() =>
        !DelegationText.AreInOrder([.. Periods.Select(period => period.Period)]) ? DelegationFault.Periods
        : !Service.PublicKey.Verify(SignedMessage(WriteUnsigned(Service, Periods).Written), Signature.AsSpan()) ? DelegationFault.Signature
        : !Periods.All(IsCertified) ? DelegationFault.Certificate
        : DelegationFault.None;

    private bool IsCertified(DelegatedPeriod period) => period.Certificate.TryVerify(
        CertificateType.DescriptorSigning,
        new Ed25519PublicKey(Service.PublicKey.Blind(period.Period).Bytes),
        DateTimeOffset.UnixEpoch,
        out _);

    private static DocumentWriter WriteUnsigned(OnionAddress service, ImmutableArray<DelegatedPeriod> periods)
    {
        var writer = DelegationText.Begin(Heading, service);
        foreach (var period in periods)
        {
            writer.AppendPeriod(period.Period).AppendBase64WithoutPadding(period.CounterKey.Bytes.Span)
                .Append(" "u8).AppendBase64WithoutPadding(period.Certificate.Encoded.AsSpan()).Append("\n"u8);
        }

        return writer;
    }

    private static byte[] SignedMessage(ReadOnlySpan<byte> text) => [.. SignaturePrefix, .. text];
}
