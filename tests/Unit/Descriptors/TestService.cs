using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>An onion service with real keys in one time period, as a tor or a Signer would have it.</summary>
internal sealed class TestService : IDisposable
{
    internal static readonly DateTimeOffset Now = new(2026, 11, 23, 4, 47, 11, TimeSpan.Zero);
    internal static readonly TimePeriod Period = new(20_780, 1440);

    internal IdentitySecretKey Identity { get; } = IdentitySecretKey.Generate();

    internal DescriptorSigningKey SigningKey { get; } = DescriptorSigningKey.Generate();

    internal MiddleLayerPlan Middle { get; init; } = MiddleLayerPlan.ForEverybody();

    internal BlindedPublicKey BlindedKey => Identity.PublicKey.Blind(Period);

    internal Subcredential Subcredential => Subcredential.Compute(Identity.PublicKey, BlindedKey);

    internal DescriptorKeys Keys(DateTimeOffset? certifiedAt = null)
    {
        using var blinded = Identity.Blind(Period);
        return new DescriptorKeys(
            blinded.PublicKey, Subcredential, SigningKey, [.. SigningKeyCertificate.Create(blinded, SigningKey.PublicKey, certifiedAt ?? Now)]);
    }

    internal byte[] Build(InnerLayer inner, ulong revision = 42) => DescriptorBuilder.Build(Keys(), inner, Middle, revision, Now);

    internal HsDescriptor Read(ReadOnlySpan<byte> text, X25519SecretKey? client = null)
    {
        Assert.True(DescriptorReader.TryRead(
            text, Identity.PublicKey, [Period], Now, client, DescriptorLimits.Default, out var descriptor, out _, out var detail), detail);
        return descriptor;
    }

    internal DescriptorFault Fault(ReadOnlySpan<byte> text, DateTimeOffset? now = null, X25519SecretKey? client = null)
    {
        Assert.False(DescriptorReader.TryRead(
            text, Identity.PublicKey, [Period], now ?? Now, client, DescriptorLimits.Default, out var descriptor, out var fault, out var detail));
        Assert.Null(descriptor);
        Assert.NotEqual(DescriptorFault.None, fault);
        Assert.NotEqual("", detail);
        return fault;
    }

    /// <summary>What tor 0.4.9 writes: ntor and flow control.</summary>
    internal static InnerLayer Inner(int points, Random? random = null) => new()
    {
        FlowControl = new FlowControl("1-2", 31),
        IntroductionPoints = [.. Enumerable.Range(0, points).Select(_ => Point(random ?? Random.Shared))],
    };

    /// <summary>A relay as tor describes one: IPv4, RSA identity, Ed25519 identity, at times IPv6.</summary>
    internal static IntroductionPoint Point(Random random)
    {
        var six = random.Next(2) == 0;
        byte[] block = [(byte)(six ? 4 : 3), 0, 6, .. Bytes(6), 2, 20, .. Bytes(20), 3, 32, .. Bytes(32), .. six ? [1, 18, .. Bytes(18)] : Array.Empty<byte>()];
        Assert.True(IntroductionPoint.TryCreate(
            block, new X25519PublicKey(Key()), new Ed25519PublicKey(Key()), new X25519PublicKey(Key()), out var point));
        return point;

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        Bytes32 Key() => Bytes32.Create(Bytes(32));
    }

    public void Dispose()
    {
        Identity.Dispose();
        SigningKey.Dispose();
        Middle.Dispose();
    }
}
