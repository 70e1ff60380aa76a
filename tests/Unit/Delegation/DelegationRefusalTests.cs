using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Delegation;

/// <summary>Each reason for which a file that a person gives is refused, given plain and as the text of its QR codes.</summary>
public sealed class DelegationRefusalTests : IDisposable
{
    private readonly IdentitySecretKey _identity = IdentitySecretKey.FromSeed([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly IdentitySecretKey _other = IdentitySecretKey.FromSeed([.. Enumerable.Repeat((byte)8, 32)]);
    private readonly DelegationRequest _request;
    private readonly string[] _bundle;

    public DelegationRefusalTests()
    {
        _request = new DelegationRequest(
            OnionAddress.From(_identity.PublicKey), [.. Enumerable.Range(0, 3).Select(day => new RequestedPeriod(new TimePeriod(20_700ul + (ulong)day, 1440), HeldKey(day)))]);
        _bundle = Lines(DelegationBundle.Grant(_identity, _request, NetworkTiming.Public.StartOf).ToText());
    }

    public void Dispose()
    {
        _identity.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void A_bundle_is_taken_plain_and_in_parts() => AssertBundle(DelegationFault.None, Text(_bundle));

    [Fact]
    public void A_bundle_that_is_cut_is_no_bundle() => AssertBundle(DelegationFault.Checksum, Text(_bundle[..^1]));

    [Fact]
    public void A_bundle_is_not_a_request() => AssertBundle(DelegationFault.WrongKind, _request.ToText());

    [Fact]
    public void A_bundle_with_a_line_of_another_kind_is_malformed() =>
        AssertBundle(DelegationFault.Malformed, Summed([.. _bundle[..2], "note hello", .. _bundle[2..^1]]));

    [Fact]
    public void A_bundle_with_periods_out_of_order_is_refused() =>
        AssertBundle(DelegationFault.Periods, Signed(_identity, [.. _bundle[..2], _bundle[3], _bundle[2], _bundle[4]]));

    [Fact]
    public void A_bundle_signed_by_another_key_is_refused() =>
        AssertBundle(DelegationFault.Signature, Signed(_other, _bundle[..5]));

    [Fact]
    public void A_bundle_with_the_certificate_of_another_period_is_refused_though_it_is_signed()
    {
        var own = _bundle[2].Split(' ');
        own[^1] = _bundle[3].Split(' ')[^1];
        AssertBundle(DelegationFault.Certificate, Signed(_identity, [.. _bundle[..2], string.Join(' ', own), .. _bundle[3..5]]));
    }

    [Fact]
    public void A_bundle_is_refused_for_another_service_for_foreign_keys_and_when_it_is_over()
    {
        AssertBundle(DelegationFault.WrongService, Text(_bundle), service: OnionAddress.From(_other.PublicKey));
        AssertBundle(DelegationFault.ForeignKey, Text(_bundle), held: 2);
        AssertBundle(DelegationFault.Expired, Text(_bundle), after: TimeSpan.FromDays(10));
    }

    [Fact]
    public void A_file_that_is_too_large_is_refused_plain()
    {
        Assert.True(DelegationInput.TryGather([("f", new byte[300_000])], out var text, out _));
        Assert.False(DelegationBundle.TryParse(text, out _, out var fault));
        Assert.Equal(DelegationFault.TooLarge, fault);
    }

    [Fact]
    public void A_request_is_refused_for_each_reason_of_its_own()
    {
        var lines = Lines(_request.ToText());
        AssertRequest(DelegationFault.None, Text(lines));
        AssertRequest(DelegationFault.Checksum, Text(lines[..^1]));
        AssertRequest(DelegationFault.WrongKind, Text(_bundle));
        AssertRequest(DelegationFault.Malformed, Summed([.. lines[..^1], "note hello"]));
        AssertRequest(DelegationFault.Periods, Summed([.. lines[..2], lines[3], lines[2]]));
        AssertRequest(DelegationFault.Periods, Summed(lines[..2]));
    }

    private static Ed25519PublicKey HeldKey(int day)
    {
        using var key = DescriptorSigningKey.FromSeed([.. Enumerable.Repeat((byte)(50 + day), 32)]);
        return key.PublicKey;
    }

    private static string[] Lines(byte[] text) => Encoding.ASCII.GetString(text).TrimEnd('\n').Split('\n');

    private static byte[] Text(params string[] lines) => Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\n");

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    private static byte[] Summed(string[] lines) => Text([.. lines, $"checksum {Base64(SHA256.HashData(Text(lines)))}"]);

    /// <summary>As a Signer that is not ours could make it.</summary>
    private static byte[] Signed(IdentitySecretKey key, string[] lines)
    {
        var signature = new byte[64];
        key.Sign([.. "OnionBalance.Split delegation bundle v1\0"u8, .. Text(lines)], signature);
        return Summed([.. lines, $"signature {Base64(signature)}"]);
    }

    private static IEnumerable<byte[]> PlainAndFromParts(byte[] text)
    {
        var scanned = string.Join('\n', DelegationParts.Split(text).Reverse().Select(part => $"QR-Code:{part}"));
        foreach (var file in (byte[][])[text, Encoding.ASCII.GetBytes(scanned)])
        {
            Assert.True(DelegationInput.TryGather([("f", file)], out var gathered, out var problems), string.Join('\n', problems));
            yield return gathered;
        }
    }

    private void AssertBundle(DelegationFault expected, byte[] file, OnionAddress? service = null, int held = 3, TimeSpan after = default)
    {
        foreach (var text in PlainAndFromParts(file))
        {
            if (DelegationBundle.TryParse(text, out var bundle, out var fault))
            {
                fault = bundle.FaultFor(
                    service ?? _request.Service, Enumerable.Range(0, held).Select(HeldKey).ToHashSet(), NetworkTiming.Public.StartOf(_request.Periods[0].Period) + after);
            }

            Assert.Equal(expected, fault);
        }
    }

    private static void AssertRequest(DelegationFault expected, byte[] file)
    {
        foreach (var text in PlainAndFromParts(file))
        {
            Assert.Equal((expected == DelegationFault.None, expected), (DelegationRequest.TryParse(text, out _, out var fault), fault));
        }
    }
}
