using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>A backend with an identity of its own, which makes real descriptors as its tor would.</summary>
internal sealed class Instance : IDisposable
{
    private readonly IdentitySecretKey _identity = IdentitySecretKey.Generate();
    private readonly DescriptorSigningKey _signingKey = DescriptorSigningKey.Generate();
    private readonly MiddleLayerPlan _middle = MiddleLayerPlan.ForEverybody();

    public OnionAddress Address => OnionAddress.From(_identity.PublicKey);

    /// <summary>The inner layer that <see cref="Describe(TimePeriod, DateTimeOffset, ulong)"/> writes, as tor 0.4.9 has it.</summary>
    public InnerLayer Inner { get; set; } = new()
    {
        FlowControl = new FlowControl("1-2", 31),
        IntroductionPoints = [RandomPoint(), RandomPoint(), RandomPoint()],
    };

    /// <summary>Whether only a client of its own could read its descriptors.</summary>
    public bool RestrictsDiscovery { get; set; }

    public ImmutableArray<IntroductionPoint> Points => Inner.IntroductionPoints;

    public byte[] Describe(TimePeriod period, DateTimeOffset now, ulong revision = 1000) => Describe(period, now, revision, Inner);

    /// <summary>With another inner layer than its own.</summary>
    public byte[] Describe(TimePeriod period, DateTimeOffset now, ulong revision, InnerLayer inner)
    {
        using var blinded = _identity.Blind(period);
        var certificate = Ed25519Certificate.Create(
            CertificateType.DescriptorSigning,
            CertificateLifetime.OfDescriptorSigning(now),
            _signingKey.PublicKey.Bytes,
            blinded.PublicKey.Bytes,
            blinded.Sign);
        var keys = new DescriptorKeys(
            blinded.PublicKey, Subcredential.Compute(_identity.PublicKey, blinded.PublicKey), _signingKey, [.. certificate]);
        using var restricted = RestrictsDiscovery ? MiddleLayerPlan.ForClients(keys.Subcredential, [RandomPoint().EncKey]) : null;
        return DescriptorBuilder.Build(keys, inner, restricted ?? _middle, revision, now);
    }

    /// <summary>Its own inner layer, and last in it a point with another's KP_hs_ipt_sid, of which all else is its own.</summary>
    public InnerLayer Robbing(IntroductionPoint other)
    {
        var own = RandomPoint();
        return IntroductionPoint.TryCreate(own.LinkSpecifiers.AsSpan(), own.OnionKey, other.AuthKey, own.EncKey, out var stolen)
            ? Inner with { IntroductionPoints = Points.Add(stolen) }
            : throw new InvalidOperationException("The link specifiers are misshapen.");
    }

    /// <summary>The descriptor as a Collector presents it.</summary>
    public OnionBalance.Split.Protos.Evidence Show(byte[] descriptor) => new()
    {
        InstanceAddress = Address.ToFullString(),
        Digest = ByteString.CopyFrom(SHA3_256.HashData(descriptor)),
        Text = ByteString.CopyFrom(descriptor),
    };

    public static IntroductionPoint RandomPoint()
    {
        byte[] relay = [3, 0, 6, .. RandomNumberGenerator.GetBytes(6), 2, 20, .. RandomNumberGenerator.GetBytes(20), 3, 32, .. RandomNumberGenerator.GetBytes(32)];
        return IntroductionPoint.TryCreate(relay, new X25519PublicKey(Key()), new Ed25519PublicKey(Key()), new X25519PublicKey(Key()), out var point)
            ? point
            : throw new InvalidOperationException("The link specifiers are misshapen.");

        static Bytes32 Key() => Bytes32.Create(RandomNumberGenerator.GetBytes(32));
    }

    public void Dispose()
    {
        _identity.Dispose();
        _signingKey.Dispose();
        _middle.Dispose();
    }
}
