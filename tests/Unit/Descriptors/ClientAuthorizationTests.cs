using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Descriptors;

public sealed class ClientAuthorizationTests
{
    // C tor, src/test/test_hs_descriptor.c, test_build_authorized_client.
    [Fact]
    public void The_line_that_C_tor_builds_yields_the_cookie_it_was_given()
    {
        var subcredential = new Subcredential(Bytes32.Create([.. Enumerable.Repeat((byte)42, 32)]));
        Assert.True(X25519SecretKey.TryCreate(Convert.FromHexString("d023b674d993a5c8446bd2ca97e9961149b3c0e88c7dc14e8777744dd3468d6a"), out var ephemeral));
        using var _ = ephemeral;
        var client = new X25519PublicKey(Bytes32.Create(Convert.FromHexString("8c1298fa6050e372f8598f6deca32e27b0ad457741422c2629ebb132cf7fae37")));
        var cookie = Convert.FromHexString("07d087f1d8c68393721f6e70316d3b29");
        Assert.True(ClientAuthorization.TryAuthorize(ephemeral, client, subcredential, cookie, out var line));
        Assert.Equal("EC19B7FF4D2DDA13", Convert.ToHexString(line.Id));

        // The shared secret is the same from both ends, so the service's key finds the line that tor made as well.
        var made = AuthorizedClient.From(line.Id, [.. Enumerable.Repeat((byte)1, 16)], Convert.FromHexString("B21222BE13F385F355BD07B2381F9F29"));
        Assert.True(MiddleLayer.TryParse(MiddleLayer.Write(client, [AuthorizedClient.Fake(), made], new byte[49]), out var middle));
        Span<byte> found = stackalloc byte[16];
        Assert.True(ClientAuthorization.TryFindCookie(middle, ephemeral, subcredential, found));
        Assert.Equal(cookie, found.ToArray());
    }

    [Fact]
    public void A_client_key_of_small_order_cannot_be_authorized() =>
        Assert.Throws<ArgumentException>(() => MiddleLayerPlan.ForClients(default, [new X25519PublicKey(default)]));

    [Fact]
    public void Restricting_discovery_to_nobody_is_refused() =>
        Assert.Throws<ArgumentException>(() => MiddleLayerPlan.ForClients(default, []));
}
