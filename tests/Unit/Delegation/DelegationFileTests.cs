using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Delegation;

/// <summary>Requests and bundles on their way between a Collector and a Signer without a network.</summary>
public sealed class DelegationFileTests : IDisposable
{
    private readonly IdentitySecretKey _identity = IdentitySecretKey.FromSeed([.. Enumerable.Repeat((byte)7, 32)]);
    private readonly IdentitySecretKey _other = IdentitySecretKey.FromSeed([.. Enumerable.Repeat((byte)8, 32)]);
    private readonly DelegationRequest _request;
    private readonly DelegationBundle _bundle;

    public DelegationFileTests()
    {
        _request = new DelegationRequest(
            OnionAddress.From(_identity.PublicKey), [.. Enumerable.Range(0, 3).Select(day => Asked(_identity, new TimePeriod(20_700ul + (ulong)day, 1440)))]);
        _bundle = DelegationBundle.Grant(_identity, _request, NetworkTiming.Public.StartOf);
    }

    public void Dispose()
    {
        _identity.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void Read_as_they_were_written()
    {
        Assert.True(DelegationRequest.TryParse(_request.ToText(), out var request, out _));
        Assert.Equal(_request.ToText(), request.ToText());
        Assert.True(DelegationBundle.TryParse(_bundle.ToText(), out var bundle, out _));
        Assert.Equal(_bundle.ToText(), bundle.ToText());
        Assert.All(_bundle.ToText(), value => Assert.True(value is (byte)'\n' or (>= 0x20 and < 0x7F)));
    }

    [Fact]
    public void Give_the_counters_and_certificates_that_the_permanent_key_gives()
    {
        foreach (var period in _bundle.Periods)
        {
            using var blinded = _identity.Blind(period.Period);
            Assert.Equal(RevisionCounter.Compute(blinded, TimeSpan.FromHours(20)), RevisionCounter.Compute(period.CounterKey, TimeSpan.FromHours(20)));
            Assert.Equal(NetworkTiming.Public.StartOf(period.Period).AddHours(54), period.Certificate.Expiration);
        }
    }

    [Theory]
    [InlineData(3600, 1440)]
    [InlineData(10, 4)]
    [InlineData(300, 7)]
    public void Have_one_end_which_the_request_tells_before_it_is_granted(int votingSeconds, uint periodMinutes)
    {
        Assert.True(NetworkTiming.TryCreate(TimeSpan.FromSeconds(votingSeconds), periodMinutes, out var timing));
        var first = timing.PeriodAt(new DateTimeOffset(2026, 11, 23, 15, 30, 0, TimeSpan.Zero));
        var request = new DelegationRequest(_request.Service, [Asked(_identity, first), Asked(_identity, first.Next), Asked(_identity, first.Next.Next)]);
        var bundle = DelegationBundle.Grant(_identity, request, period => timing.PublicationOf(period).From);
        Assert.Equal(bundle.End, request.EndIn(timing));
        Assert.Equal(bundle.End, bundle.Periods[^1].Certificate.Expiration);
    }

    [Fact]
    public void Are_refused_with_any_byte_changed_missing_or_added()
    {
        var random = new Random(3);
        foreach (var text in (byte[][])[_request.ToText(), _bundle.ToText()])
        {
            for (var at = 0; at < text.Length; at++)
            {
                var changed = text.ToArray();
                changed[at] ^= (byte)random.Next(1, 256);
                AssertRefused(changed);
                AssertRefused([.. text[..at], .. text[(at + 1)..]]);
                AssertRefused([.. text[..at], (byte)random.Next(256), .. text[at..]]);
                AssertRefused(text[..at]);
            }
        }
    }

    [Fact]
    public void A_bundle_changed_by_someone_who_mends_the_checksum_is_refused()
    {
        var random = new Random(4);
        var body = _bundle.ToText()[..^Encoding.ASCII.GetByteCount($"checksum {new string('A', 43)}\n")];
        var seen = new HashSet<DelegationFault>();
        for (var at = 0; at < body.Length; at++)
        {
            var changed = body.ToArray();
            changed[at] ^= (byte)random.Next(1, 32);
            Assert.False(DelegationBundle.TryParse(WithChecksum(changed), out _, out var fault), $"byte {at}");
            seen.Add(fault);
        }

        Assert.Contains(DelegationFault.Signature, seen);
        Assert.DoesNotContain(DelegationFault.Checksum, seen);
    }

    [Fact]
    public void A_bundle_is_refused_for_another_service_for_keys_held_elsewhere_and_when_it_is_over()
    {
        var held = _request.Periods.Select(period => period.SigningKey).ToHashSet();
        var now = NetworkTiming.Public.StartOf(_request.Periods[0].Period);
        Assert.Equal(DelegationFault.None, _bundle.FaultFor(_request.Service, held, now));
        Assert.Equal(DelegationFault.WrongService, _bundle.FaultFor(OnionAddress.From(_other.PublicKey), held, now));
        Assert.Equal(DelegationFault.ForeignKey, _bundle.FaultFor(_request.Service, held.Skip(1).ToHashSet(), now));
        Assert.Equal(DelegationFault.None, _bundle.FaultFor(_request.Service, held, _bundle.End));
        Assert.Equal(DelegationFault.Expired, _bundle.FaultFor(_request.Service, held, _bundle.End.AddSeconds(1)));
    }

    [Fact]
    public void A_request_with_a_period_twice_or_none_is_refused()
    {
        foreach (var periods in (RequestedPeriod[][])[[], [_request.Periods[0], _request.Periods[0]], [_request.Periods[1], _request.Periods[0]]])
        {
            Assert.False(DelegationRequest.TryParse((_request with { Periods = [.. periods] }).ToText(), out _, out var fault));
            Assert.Equal(DelegationFault.Periods, fault);
        }
    }

    [Fact]
    public void A_key_grants_nothing_for_another_service() =>
        Assert.Throws<ArgumentException>(() => DelegationBundle.Grant(_other, _request, NetworkTiming.Public.StartOf));

    [Fact]
    public void Files_of_the_other_kind_or_too_large_are_told_apart()
    {
        Assert.False(DelegationBundle.TryParse(_request.ToText(), out _, out var fault));
        Assert.Equal(DelegationFault.WrongKind, fault);
        Assert.False(DelegationRequest.TryParse(new byte[300_000], out _, out fault));
        Assert.Equal(DelegationFault.TooLarge, fault);
    }

    private static RequestedPeriod Asked(IdentitySecretKey identity, TimePeriod period)
    {
        using var key = DescriptorSigningKey.FromSeed(identity.PublicKey.Blind(period).Bytes.Span);
        return new RequestedPeriod(period, key.PublicKey);
    }

    private static void AssertRefused(byte[] text)
    {
        Assert.False(DelegationRequest.TryParse(text, out _, out var fault));
        Assert.NotEqual(DelegationFault.None, fault);
        Assert.False(DelegationBundle.TryParse(text, out _, out fault));
        Assert.NotEqual(DelegationFault.None, fault);
    }

    private static byte[] WithChecksum(byte[] body) =>
        [.. body, .. Encoding.ASCII.GetBytes($"checksum {Convert.ToBase64String(SHA256.HashData(body)).TrimEnd('=')}\n")];
}
