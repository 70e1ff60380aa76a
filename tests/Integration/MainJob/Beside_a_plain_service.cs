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
[Collection(SharedDeployment.Name)]
public sealed class Beside_a_plain_service(SharedDeployment shared) : IAsyncLifetime
{
    private readonly DeployedNetwork _deployed = shared.Deployed;
    private readonly Dictionary<int, OnionAddress> _plain = [];
    private readonly List<TorProcess> _others = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var tor in _others)
            await tor.StopAsync();
    }

    [Fact]
    public async Task A_master_descriptor_cannot_be_told_from_one_that_tor_made()
    {
        // Signing keys last as long as the process, tor's and the Signer's: this one may have signed nothing yet.
        var (one, another) = (_deployed.Split.Backends[0], _deployed.Split.Backends[1]);
        var before = await PublishAnewWithoutAsync(one);
        AssertKeptAsTorKeeps(before, await PublishAnewWithoutAsync(another));
        await Task.WhenAll(one.Backend.Tor.StartAsync(), another.Backend.Tor.StartAsync());
        await _deployed.WaitUntilWholeAsync();

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

    /// <summary>The master's descriptors once this backend's points are out of them.</summary>
    private async Task<ImmutableArray<SeenDescriptor>> PublishAnewWithoutAsync(DeployedBackend backend)
    {
        var before = await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, _ => true);
        await backend.Backend.Tor.KillAsync();
        return await SeenDescriptor.LookAsync(_deployed.Points, _deployed.Master, seen => seen.All(one => one.IsNewerThanIn(before)));
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
        _others.Add(service.Tor);
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
        Assert.InRange(shape.Expirations[0], CertificateLifetime.OfDescriptorSigning(shared.Begun), CertificateLifetime.OfDescriptorSigning(now));
        Assert.Equal(2 * shape.Points, shape.Expirations.Length - 1);
        Assert.All(shape.Expirations.Skip(1), hours => Assert.InRange(hours, CertificateLifetime.OfIntroductionPoint(shared.Begun), CertificateLifetime.OfIntroductionPoint(now)));
    }
}
