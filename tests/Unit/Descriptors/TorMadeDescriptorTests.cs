using System.Globalization;
using System.Text.Json;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

/// <summary>Descriptors that tor 0.4.9.11 made: the measure for the reader, the linter and the builder.</summary>
public sealed class TorMadeDescriptorTests
{
    public static TheoryData<int> All => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(All))]
    public void Each_reads_and_verifies(int index)
    {
        using var made = new TorMade(index);
        Assert.True(DescriptorReader.TryRead(
            made.Text, made.Identity, [made.Period], made.TakenAt, made.Client, DescriptorLimits.Default, out var descriptor, out _, out var detail), detail);
        Assert.Equal(made.Row.GetProperty("revisionCounter").GetUInt64(), descriptor.RevisionCounter);
        Assert.Equal(made.Row.GetProperty("introductionPoints").GetInt32(), descriptor.Inner.IntroductionPoints.Length);
        Assert.Equal(new FlowControl("1-2", 31), descriptor.Inner.FlowControl);
        Assert.True(descriptor.Inner.Create2Formats.SequenceEqual([(ushort)2]));
        Assert.Empty(descriptor.Inner.OtherLines);
        Assert.All(descriptor.Inner.IntroductionPoints, point => Assert.NotNull(point.RelayIdentity));
        Assert.Equal(made.Name == "proof of work", descriptor.Inner.PowParameters is not null);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_linter_finds_nothing_in_any(int index)
    {
        using var made = new TorMade(index);
        Assert.Empty(DescriptorLinter.Lint(
            made.Text, new LintExpectation(made.Identity, made.Period, made.TakenAt) { ClientAuth = made.Client }));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void One_of_ours_with_the_same_introduction_points_has_the_same_length(int index)
    {
        using var made = new TorMade(index);
        Assert.True(DescriptorReader.TryRead(made.Text, made.Identity, [made.Period], made.TakenAt, made.Client, out var theirs, out _));
        using var service = new TestService();
        var ours = service.Build(theirs.Inner, theirs.RevisionCounter);
        Assert.Equal(made.Text.Length, ours.Length);
    }

    [Fact]
    public void Restricted_discovery_needs_the_clients_key()
    {
        using var made = new TorMade(1);
        Assert.NotNull(made.Client);
        Assert.False(DescriptorReader.TryRead(made.Text, made.Identity, [made.Period], made.TakenAt, null, out _, out var fault));
        Assert.Equal(DescriptorFault.ClientAuthorizationNeeded, fault);
    }

    private sealed class TorMade : IDisposable
    {
        internal TorMade(int index)
        {
            Row = Vectors.Load("tor-0.4.9.11-descriptors")[index];
            Assert.True(OnionAddress.TryParse(Row.GetProperty("address").GetString(), out var address));
            Identity = address.PublicKey;
            Period = new TimePeriod(Row.GetProperty("periodNumber").GetUInt64(), Row.GetProperty("periodMinutes").GetUInt32());
            TakenAt = DateTimeOffset.Parse(Row.GetProperty("takenAt").GetString()!, CultureInfo.InvariantCulture);
            Text = System.Text.Encoding.ASCII.GetBytes(Row.GetProperty("text").GetString()!);
            if (Row.GetProperty("clientKey").GetString() is { } key && X25519SecretKey.TryCreate(Convert.FromHexString(key), out var client))
                Client = client;
        }

        internal JsonElement Row { get; }

        internal string? Name => Row.GetProperty("name").GetString();

        internal IdentityPublicKey Identity { get; }

        internal TimePeriod Period { get; }

        internal DateTimeOffset TakenAt { get; }

        internal byte[] Text { get; }

        internal X25519SecretKey? Client { get; }

        public void Dispose() => Client?.Dispose();
    }
}
