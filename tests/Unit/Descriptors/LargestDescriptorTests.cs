using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>Whatever enrolled instances put into their descriptors, a master descriptor of it can be built.</summary>
public sealed class LargestDescriptorTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public void Twenty_points_as_long_as_points_may_be_and_all_other_lines_fit()
    {
        var source = TestService.Inner(1) with { OtherLines = [new string('x', DescriptorSelection.MostOtherLines)] };
        var combined = DescriptorSelection.Combine([source], [.. Enumerable.Range(0, 20).Select(_ => Longest())]);
        Assert.Equal(source.OtherLines, combined.OtherLines);
        Assert.InRange(_service.Build(combined).Length, 1, 50_000);
    }

    [Fact]
    public void Longer_points_are_no_points_and_longer_lines_are_left_out()
    {
        Assert.False(TryPoint(LinkSpecifierBlock.MaximumLength + 1, out _));
        var source = TestService.Inner(1) with { OtherLines = [new string('x', DescriptorSelection.MostOtherLines + 1)] };
        Assert.Empty(DescriptorSelection.Combine([source], source.IntroductionPoints).OtherLines);
    }

    private static IntroductionPoint Longest()
    {
        Assert.True(TryPoint(LinkSpecifierBlock.MaximumLength, out var point));
        return point!;
    }

    /// <summary>With one link specifier of a type that nobody knows, to fill the length.</summary>
    private static bool TryPoint(int length, out IntroductionPoint? point)
    {
        var usual = TestService.Point(Random.Shared);
        var specifiers = usual.LinkSpecifiers.ToArray();
        byte[] block = [(byte)(specifiers[0] + 1), .. specifiers[1..], 200, (byte)(length - specifiers.Length - 2), .. new byte[length - specifiers.Length - 2]];
        Assert.Equal(length, block.Length);
        return IntroductionPoint.TryCreate(block, usual.OnionKey, usual.AuthKey, usual.EncKey, out point);
    }
}
