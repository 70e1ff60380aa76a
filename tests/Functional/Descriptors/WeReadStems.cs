using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Functional.Descriptors;

public sealed class WeReadStems
{
    [Fact]
    public async Task A_descriptor_made_by_stem_reads_and_verifies()
    {
        var now = TimeProvider.System.GetUtcNow();
        var made = await Stem.RunAsync("stem_writes.py", [], "20780", "1440");
        Assert.True(OnionAddress.TryParse(made.GetProperty("address").GetString(), out var address));
        var text = Encoding.ASCII.GetBytes(made.GetProperty("text").GetString()!);
        Assert.True(DescriptorReader.TryRead(
            text, address.PublicKey, [new TimePeriod(20_779, 1440), new TimePeriod(20_780, 1440)], now, null, DescriptorLimits.Default,
            out var descriptor, out _, out var detail), detail);
        Assert.Equal(77u, descriptor.RevisionCounter);
        Assert.Equal(20_780u, descriptor.Period.Number);
        Assert.Equal(
            made.GetProperty("authKeys").EnumerateArray().Select(key => key.GetString()),
            descriptor.Inner.IntroductionPoints.Select(point => point.AuthKey.Bytes.ToHex()));
        Assert.False(DescriptorReader.TryRead(text, address.PublicKey, [new TimePeriod(20_781, 1440)], now, null, out _, out var fault));
        Assert.Equal(DescriptorFault.WrongKey, fault);
    }
}
