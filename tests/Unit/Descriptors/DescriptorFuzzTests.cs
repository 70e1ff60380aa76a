using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>Whatever the bytes, the reader answers: it does not throw, and it allocates in proportion to what it was given.</summary>
public sealed class DescriptorFuzzTests : IDisposable
{
    // A descriptor of 14 kB has 10 kB and 4 kB of layers, each held encoded, encrypted and plain.
    private const long MostAllocatedPerByte = 40;
    private const long MostAllocatedAnyway = 200_000;

    private static readonly bool Long = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1";

    private readonly TestService _service = new();
    private readonly Forge _forge;
    private readonly X25519SecretKey _client = X25519SecretKey.Generate();
    private readonly Random _random = new(20261123);
    private readonly TextMutator _mutator;

    public DescriptorFuzzTests()
    {
        var inner = TestService.Inner(2, _random);
        var certificates = inner.IntroductionPoints.ToDictionary(
            point => point, point => IntroductionPointCertificates.Create(point, _service.SigningKey, Forge.Hours));
        _forge = new Forge(_service, inner) { Certify = point => certificates[point] };
        _mutator = new TextMutator(_random);
    }

    public void Dispose()
    {
        _service.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void Mutated_descriptors_are_answered()
    {
        var text = _forge.Build();
        for (var i = 0; i < (Long ? 1_000_000 : 12_000); i++)
            Read(_mutator.Mutate(text), mayBeGood: false);
    }

    [Fact]
    public void Mutated_layers_under_good_signatures_are_answered()
    {
        var faults = new HashSet<DescriptorFault>();
        for (var i = 0; i < (Long ? 200_000 : 4_000); i++)
        {
            var forge = _random.Next(3) switch
            {
                0 => _forge with { AlterUnsigned = _mutator.Mutate },
                1 => _forge with { AlterMiddle = _mutator.Mutate },
                _ => _forge with { AlterInner = _mutator.Mutate },
            };
            _ = faults.Add(Read(forge.Build(), mayBeGood: true));
        }

        // The mutations must have got past each gate, or nothing was tested behind it.
        Assert.Superset(
            new HashSet<DescriptorFault>
            {
                DescriptorFault.Malformed, DescriptorFault.CannotDecrypt, DescriptorFault.MalformedMiddleLayer,
                DescriptorFault.ClientAuthorizationNeeded, DescriptorFault.MalformedInnerLayer, DescriptorFault.BadIntroductionPoint,
                DescriptorFault.BadIntroductionPointCertificate, DescriptorFault.None,
            },
            faults);
    }

    [Fact]
    public void Mutated_plaintexts_are_answered_by_each_parser()
    {
        byte[] middle = [], inner = [];
        _ = (_forge with { AlterMiddle = text => middle = text, AlterInner = text => inner = text }).Build();
        for (var i = 0; i < (Long ? 1_000_000 : 8_000); i++)
        {
            _ = MiddleLayer.TryParse(_mutator.Mutate(middle), out _);
            var parser = new InnerLayerParser(_service.SigningKey.PublicKey, TestService.Now);
            if (parser.TryParse(_mutator.Mutate(inner), out var layer, out var refusal))
                Assert.InRange(layer.IntroductionPoints.Length, 0, DescriptorLimits.MaximumIntroductionPoints);
            else
                Assert.NotEqual(DescriptorFault.None, refusal.Fault);
        }
    }

    private DescriptorFault Read(byte[] text, bool mayBeGood)
    {
        var client = _random.Next(8) == 0 ? _client : null;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = DescriptorReader.TryRead(text, _service.Identity.PublicKey, [TestService.Period], TestService.Now, client, out var descriptor, out var fault);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, MostAllocatedAnyway + text.Length * MostAllocatedPerByte);
        Assert.Equal(read, fault == DescriptorFault.None);
        Assert.Equal(read, descriptor is not null);
        // Base64 ignores some mutations; what the signature covers, it must notice.
        if (read && !mayBeGood)
            Assert.Equal(_forge.Inner.IntroductionPoints, descriptor!.Inner.IntroductionPoints.AsEnumerable());
        return fault;
    }
}
