using System.Collections.Immutable;
using OnionBalance.Split.PrivateTorNetwork;
using OnionBalance.Split.PrivateTorNetwork.Deployment;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>
/// Master descriptors and descriptors that tor made, with as many introduction points, all taken from the HSDirs of one network.
/// </summary>
public sealed class Beside_a_plain_service : IAsyncLifetime
{
    private readonly DateTimeOffset _begun = TimeProvider.System.GetUtcNow();
    private readonly Dictionary<int, OnionAddress> _plain = [];
    private DeployedNetwork _deployed = null!;

    public async Task InitializeAsync() =>
        _deployed = await DeployedNetwork.StartAsync(new PrivateNetworkOptions { Relays = 20 }, new SplitDeploymentOptions());

    public async Task DisposeAsync() => await _deployed.DisposeAsync();

    [Fact]
    public async Task A_master_descriptor_cannot_be_told_from_one_that_tor_made()
    {
        var before = await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, _ => true);
        await IntroductionPointCount.SetAsync(_deployed.Split.Backends[0].Backend.Tor, 6);
        var after = await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, seen => seen.All(one => one.IsNewerThanIn(before)));
        AssertKeptAsTorKeeps(before, after);

        foreach (var (ours, theirs) in await PairsAsync())
        {
            Assert.NotEqual(0, ours.PointCount);
            AssertLintsClean(ours);
            AssertLintsClean(theirs);
            Assert.Single(ours.Lengths.Concat(theirs.Lengths).Distinct());
            var (shape, torsShape) = (await ours.ShapeAsync(), await theirs.ShapeAsync());
            Assert.Equal(ours.PointCount, shape.Points);
            Assert.Equal(torsShape.Lines.ToArray(), shape.Lines.ToArray());
            Assert.Equal(torsShape.Expirations.Length, shape.Expirations.Length);
            AssertExpireAsTors(shape);
            AssertExpireAsTors(torsShape);
            Measured.Say($"{ours.Scheduled.Which} descriptor with {ours.PointCount} introduction points beside tor's: {ours.Lengths[0]} bytes both, {shape.Lines.Length} lines of the same shape");
        }
    }

    /// <summary>First and second descriptor of the master, each with that of a plain service of as many points in the same period.</summary>
    private async Task<IReadOnlyList<(SeenDescriptor Ours, SeenDescriptor Theirs)>> PairsAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < DeployedNetwork.Patience)
        {
            var ours = await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, _ => true);
            foreach (var count in ours.Select(one => one.PointCount).Distinct())
                await EnsurePlainAsync(count);
            // A rotation, or the last of the new points, may have come in between.
            ours = await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, _ => true);
            var pairs = new List<(SeenDescriptor, SeenDescriptor)>();
            foreach (var one in ours.Where(one => _plain.ContainsKey(one.PointCount)))
            {
                var theirs = await SeenDescriptor.LookAsync(_deployed.Points, _plain[one.PointCount], _ => true);
                pairs.AddRange(theirs.Where(other => other.Scheduled == one.Scheduled && other.PointCount == one.PointCount).Select(other => (one, other)));
            }

            if (pairs.Count == 2)
                return pairs;
        }

        Assert.Fail($"no two descriptors of as many points at one time within {DeployedNetwork.Patience}");
        return [];
    }

    /// <summary>A plain service with so many points; its last comes later, so that it too publishes anew within its period.</summary>
    private async Task EnsurePlainAsync(int count)
    {
        if (_plain.ContainsKey(count))
            return;
        var service = await _deployed.Network.AddBackendAsync($"plain{count}", new BackendOptions { IntroductionPoints = count - 1 });
        Assert.True(OnionAddress.TryParse(service.Address, out var address));
        var before = await SeenDescriptor.LookAsync(_deployed.Points, address, seen => seen.All(one => one.PointCount == count - 1));
        await IntroductionPointCount.SetAsync(service.Tor, count);
        AssertKeptAsTorKeeps(before, await SeenDescriptor.LookAsync(_deployed.Points, address, seen => seen.All(one => one.PointCount == count)));
        _plain[count] = address;
    }

    /// <summary>Within a period: the same signing key, a higher counter.</summary>
    private static void AssertKeptAsTorKeeps(ImmutableArray<SeenDescriptor> before, ImmutableArray<SeenDescriptor> after)
    {
        var both = before.Join(after, one => one.Scheduled.Period, one => one.Scheduled.Period, (old, @new) => (Old: old, New: @new)).ToArray();
        Assert.NotEmpty(both);
        Assert.All(both, pair => Assert.Equal(pair.Old.Any.Outer.SigningKey, pair.New.Any.Outer.SigningKey));
        Assert.All(both, pair => Assert.True(pair.New.Any.RevisionCounter > pair.Old.Any.RevisionCounter));
    }

    private static void AssertLintsClean(SeenDescriptor seen)
    {
        Assert.Empty(DescriptorLinter.LintCopies([.. seen.Copies.Select(copy => copy.Held.Text)]));
        Assert.All(seen.Copies, copy => Assert.Empty(DescriptorLinter.Lint(
            copy.Held.Text, new LintExpectation(seen.Address.PublicKey, seen.Scheduled.Period, TimeProvider.System.GetUtcNow()))));
    }

    /// <summary>Of certificates made since the test began. Type 08 comes first, then two for each introduction point.</summary>
    private void AssertExpireAsTors(DescriptorShape shape)
    {
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(shape.Expirations[0], CertificateLifetime.OfDescriptorSigning(_begun), CertificateLifetime.OfDescriptorSigning(now));
        Assert.Equal(2 * shape.Points, shape.Expirations.Length - 1);
        Assert.All(shape.Expirations.Skip(1), hours => Assert.InRange(hours, CertificateLifetime.OfIntroductionPoint(_begun), CertificateLifetime.OfIntroductionPoint(now)));
    }
}
