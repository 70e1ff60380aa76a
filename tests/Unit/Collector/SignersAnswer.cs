using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Unit.Descriptors;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

/// <summary>What a Signer that has the key answers.</summary>
internal static class SignersAnswer
{
    internal static SignResult To(SignRequest request, IdentitySecretKey key, int copies, ulong counter = 42)
    {
        var period = new TimePeriod(request.TimePeriod.Number, request.TimePeriod.LengthMinutes);
        var descriptor = ByteString.CopyFrom(Descriptor(key, period, counter));
        return Of(request, counter, Enumerable.Repeat(descriptor, copies));
    }

    internal static SignResult Of(SignRequest request, ulong counter, IEnumerable<ByteString> copies) => new()
    {
        Id = request.Id,
        Signed = new SignedDescriptors { RevisionCounter = counter, Selections = { new SignedSelection { Copies = { copies } } } },
    };

    internal static byte[] Descriptor(IdentitySecretKey key, TimePeriod period, ulong counter)
    {
        using var blinded = key.Blind(period);
        using var signing = DescriptorSigningKey.Generate();
        using var middle = MiddleLayerPlan.ForEverybody();
        var keys = new DescriptorKeys(
            blinded.PublicKey, Subcredential.Compute(key.PublicKey, blinded.PublicKey), signing, [.. SigningKeyCertificate.Create(blinded, signing.PublicKey, Some.Now)]);
        return DescriptorBuilder.Build(keys, TestService.Inner(3), middle, counter, Some.Now);
    }
}
