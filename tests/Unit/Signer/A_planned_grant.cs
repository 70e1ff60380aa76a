using OnionBalance.Split.Signer.Ceremony;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>The medium that a request comes on may give other bytes at each reading.</summary>
public sealed class A_planned_grant : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("planned-grant-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Is_for_what_was_read_when_it_was_shown()
    {
        var file = Path.Combine(_folder.FullName, "shop.request");
        var shown = Request();
        File.WriteAllBytes(file, shown.ToText());
        var grant = new PlannedGrant(file, Path.Combine(_folder.FullName, "shop.bundle"));
        Assert.Equal(shown.ToText(), grant.Asked.ToText());
        File.WriteAllBytes(file, Request().ToText());
        Assert.Equal(shown.ToText(), (grant with { Bundle = "rehearsed" }).Asked.ToText());
    }

    private static DelegationRequest Request()
    {
        using var identity = IdentitySecretKey.Generate();
        using var key = DescriptorSigningKey.Generate();
        return new DelegationRequest(OnionAddress.From(identity.PublicKey), [new RequestedPeriod(new TimePeriod(20_780, 1440), key.PublicKey)]);
    }
}
