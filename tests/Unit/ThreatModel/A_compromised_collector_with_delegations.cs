using System.Collections.Immutable;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tests.Unit.ThreatModel;

/// <summary>
/// Row of the threat table: the Collector with an air-gapped Signer. It can publish what it likes until its delegations
/// end; it cannot learn KS_hs_id or KS_hs_blind_id, nor sign for a period that it has no delegation for. The attacker has
/// the bundle, all descriptor signing keys that it certifies, and each bundle before it.
/// </summary>
public sealed class A_compromised_collector_with_delegations : IDisposable
{
    private static readonly TimePeriod First = new(20_700, 1440);
    private static readonly ImmutableArray<TimePeriod> Delegated = [First, First.Next, First.Next.Next];

    private readonly IdentitySecretKey _identity = IdentitySecretKey.Generate();
    private readonly ImmutableArray<DescriptorSigningKey> _keys = [.. Delegated.Select(_ => DescriptorSigningKey.Generate())];
    private readonly MiddleLayerPlan _middle = MiddleLayerPlan.ForEverybody();
    private readonly InnerLayer _evil = new() { FlowControl = new FlowControl("1-2", 31), IntroductionPoints = [Instance.RandomPoint()] };
    private readonly DelegationBundle _bundle;

    public A_compromised_collector_with_delegations() => _bundle = Grant(_keys);

    public void Dispose()
    {
        _identity.Dispose();
        _middle.Dispose();
        foreach (var key in _keys)
            key.Dispose();
    }

    [Fact]
    public void Can_publish_what_it_likes_in_each_delegated_period_until_its_certificate_ends()
    {
        for (var i = 0; i < Delegated.Length; i++)
        {
            var certificate = _bundle.Periods[i].Certificate;
            var text = Publish(Delegated[i], _keys[i], certificate.Encoded);
            Assert.Equal(DescriptorFault.None, Fault(text, Delegated[i], certificate.Expiration));
            Assert.Equal(DescriptorFault.Expired, Fault(text, Delegated[i], certificate.Expiration.AddSeconds(1)));
        }
    }

    [Fact]
    public void Has_no_certificate_that_holds_in_another_period()
    {
        TimePeriod[] others = [First.Previous, Delegated[^1].Next, Delegated[^1].Next.Next];
        foreach (var other in others)
        {
            for (var i = 0; i < Delegated.Length; i++)
                Assert.NotEqual(DescriptorFault.None, Fault(Publish(other, _keys[i], _bundle.Periods[i].Certificate.Encoded), other));

            // Nor does one of its own making: by the signing key it holds, with the blinded key's name on it.
            var forged = Ed25519Certificate.Create(
                CertificateType.DescriptorSigning, Hours(other), _keys[0].PublicKey.Bytes, Blinded(other).Bytes, _keys[0].Sign);
            Assert.Equal(DescriptorFault.BadCertificate, Fault(Publish(other, _keys[0], [.. forged]), other));

            // Control: the Signer's own certificate for that period is all that is missing.
            using var blinded = _identity.Blind(other);
            var genuine = SigningKeyCertificate.Create(blinded, _keys[0].PublicKey, Hours(other));
            Assert.Equal(DescriptorFault.None, Fault(Publish(other, _keys[0], [.. genuine]), other));
        }
    }

    [Fact]
    public void Has_no_certificate_for_one_delegated_period_in_that_of_another()
    {
        for (var i = 0; i < Delegated.Length; i++)
        {
            foreach (var other in Delegated.Where(period => period != Delegated[i]))
                Assert.NotEqual(DescriptorFault.None, Fault(Publish(other, _keys[i], _bundle.Periods[i].Certificate.Encoded), other));
        }
    }

    [Fact]
    public void Can_change_no_byte_of_a_certificate_and_so_extend_none()
    {
        var certificate = _bundle.Periods[0].Certificate;
        for (var at = 0; at < certificate.Encoded.Length; at++)
        {
            foreach (var bit in (byte[])[1, 128])
            {
                var changed = certificate.Encoded.SetItem(at, (byte)(certificate.Encoded[at] ^ bit));
                Assert.NotEqual(DescriptorFault.None, Fault(Publish(First, _keys[0], changed), First));
            }
        }

        // The four bytes of its end, as an attacker would set them.
        var later = certificate.Encoded.RemoveRange(2, 4).InsertRange(2, BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Hours(First) + 24 * 365)));
        Assert.True(Ed25519Certificate.TryParse(later.AsSpan(), out var extended));
        Assert.Equal(certificate.Expiration.AddDays(365), extended.Expiration);
        Assert.Equal(DescriptorFault.BadCertificate, Fault(Publish(First, _keys[0], later), First, certificate.Expiration.AddDays(1)));
    }

    [Fact]
    public void Can_give_no_delegation_to_a_key_that_was_not_certified()
    {
        using var other = DescriptorSigningKey.Generate();
        Assert.NotEqual(DescriptorFault.None, Fault(Publish(First, other, _bundle.Periods[0].Certificate.Encoded), First));
        var encoded = _bundle.Periods[0].Certificate.Encoded.ToArray();
        other.PublicKey.Bytes.Span.CopyTo(encoded.AsSpan(7));
        Assert.Equal(DescriptorFault.BadCertificate, Fault(Publish(First, other, [.. encoded]), First));
    }

    [Fact]
    public void Finds_no_secret_key_in_all_that_it_holds()
    {
        var hunt = Hunt();
        byte[] loot = [.. _bundle.ToText(), .. _bundle.Signature, .. _bundle.Periods.SelectMany(period => (byte[])[.. period.Certificate.Encoded, .. period.CounterKey.Bytes.Span])];
        Assert.False(hunt.Succeeds(loot));

        // Control: each secret is found, as it is and as text.
        var expanded = new byte[64];
        _identity.ExportExpanded(expanded);
        using var blinded = _identity.Blind(Delegated[^1].Next);
        foreach (var secret in (byte[][])[expanded[..32], blinded.Expanded[..32].ToArray()])
        {
            Assert.True(hunt.Succeeds([.. loot, .. secret]));
            Assert.True(hunt.Succeeds([.. loot, .. System.Text.Encoding.ASCII.GetBytes($" {Convert.ToBase64String(secret)}\n")]));
            Assert.True(hunt.Succeeds([.. loot, .. System.Text.Encoding.ASCII.GetBytes($" {Convert.ToHexString(secret)}\n")]));
        }
    }

    [Fact]
    public void Learns_nothing_from_any_number_of_signatures_by_one_key()
    {
        // As many bundles for the same periods as it can get granted: the same blinded keys sign again and again.
        var keys = Enumerable.Range(0, 12).Select(_ => Delegated.Select(_ => DescriptorSigningKey.Generate()).ToImmutableArray()).ToArray();
        var signed = keys.Select(held => Grant(held).Periods[0].Certificate).Select(Signed).ToArray();
        var blindedKey = Blinded(First).Bytes;
        Assert.All(signed, one => Assert.All(signed, two => Assert.Null(NonceReuse.Scalar(blindedKey, one, two))));
        Array.ForEach([.. keys.SelectMany(held => held)], key => key.Dispose());

        // Control: of a signer whose nonce does not depend on the message, two are enough, even for KS_hs_id.
        using var blinded = _identity.Blind(First);
        var weak = signed.Take(2).Select(one => (one.Message, NonceReuse.SignWithOneNonce(blinded.Expanded[..32], blindedKey, one.Message))).ToArray();
        var scalar = NonceReuse.Scalar(blindedKey, weak[0], weak[1]);
        Assert.NotNull(scalar);
        Assert.Equal(blinded.Expanded[..32], scalar);
        Assert.True(ExpandedEd25519.TryPublicKey(NonceReuse.Unblind(scalar, _identity.PublicKey, First), out var found));
        Assert.Equal(_identity.PublicKey.Bytes, found);
    }

    private DelegationBundle Grant(ImmutableArray<DescriptorSigningKey> keys) => DelegationBundle.Grant(
        _identity,
        new DelegationRequest(OnionAddress.From(_identity.PublicKey), [.. Delegated.Select((period, i) => new RequestedPeriod(period, keys[i].PublicKey))]),
        NetworkTiming.Public.StartOf);

    /// <summary>For the secrets of the permanent key and of a month's blinded keys.</summary>
    private KeyHunt Hunt() => new([_identity.PublicKey.Bytes, .. Enumerable.Range(-5, 30).Select(day => Blinded(new TimePeriod((ulong)((long)First.Number + day), 1440)).Bytes)]);

    private BlindedPublicKey Blinded(TimePeriod period) => _identity.PublicKey.Blind(period);

    /// <summary>
    /// A descriptor with a foreign introduction point, from public keys and what the attacker holds; by its own program, for
    /// ours would not build it with a certificate that does not hold.
    /// </summary>
    private byte[] Publish(TimePeriod period, DescriptorSigningKey key, ImmutableArray<byte> certificate)
    {
        const ulong Revision = 1;
        var (blinded, hours) = (Blinded(period), Hours(period));
        var subcredential = Subcredential.Compute(_identity.PublicKey, blinded);
        var inner = InnerLayerWriter.Write(_evil, [.. _evil.IntroductionPoints.Select(point => IntroductionPointCertificates.Create(point, key, hours))]);
        var middle = MiddleLayer.Write(
            _middle.EphemeralKey, _middle.Clients, LayerEncryption.Encrypt(LayerSecret.OfInner(blinded, subcredential, Revision, []), inner));
        Array.Resize(ref middle, DescriptorBuilder.PaddedLength(middle.Length));
        var superencrypted = LayerEncryption.Encrypt(LayerSecret.OfMiddle(blinded, subcredential, Revision), middle);
        var unsigned = OuterLayerWriter.WriteUnsigned(180, certificate.AsSpan(), Revision, superencrypted).Written.ToArray();
        var signature = new byte[64];
        DescriptorSignature.Sign(key, unsigned, signature);
        return new DocumentWriter().Append(unsigned).Append("signature "u8).AppendBase64WithoutPadding(signature).Append("\n"u8).Written.ToArray();
    }

    /// <summary>What a client or an HSDir finds wrong with it.</summary>
    private DescriptorFault Fault(byte[] text, TimePeriod period, DateTimeOffset? at = null)
    {
        var now = at ?? NetworkTiming.Public.StartOf(First).AddHours(1);
        return DescriptorReader.TryRead(text, _identity.PublicKey, [period], now, null, out _, out var fault) ? DescriptorFault.None : fault;
    }

    private static uint Hours(TimePeriod period) => CertificateLifetime.OfDescriptorSigning(NetworkTiming.Public.StartOf(period));

    private static (byte[] Message, byte[] Signature) Signed(Ed25519Certificate certificate) =>
        ([.. certificate.Encoded[..^64]], [.. certificate.Encoded[^64..]]);
}
