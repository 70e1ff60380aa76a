using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>One period that a Collector asks a delegation for.</summary>
/// <param name="SigningKey">KP_hs_desc_sign, whose secret the Collector keeps.</param>
public sealed record RequestedPeriod(TimePeriod Period, Ed25519PublicKey SigningKey);

/// <summary>
/// What a Collector asks a Signer without a network: to certify its descriptor signing keys, one for each coming period.
/// It holds nothing secret.
/// </summary>
public sealed record DelegationRequest(OnionAddress Service, ImmutableArray<RequestedPeriod> Periods)
{
    /// <summary>That a request or a bundle can have.</summary>
    public const int MostPeriods = DelegationText.MostPeriods;

    private static ReadOnlySpan<byte> Heading => "onionbalance-split-delegation-request 1"u8;

    /// <summary>The <see cref="DelegationBundle.End"/> that a bundle which grants it has, in a network of this timing.</summary>
    public DateTimeOffset EndIn(NetworkTiming timing)
    {
        ArgumentNullException.ThrowIfNull(timing);
        return DateTimeOffset.UnixEpoch.AddHours(CertificateLifetime.OfDescriptorSigning(timing.PublicationOf(Periods[^1].Period).From));
    }

    /// <summary>The whole file.</summary>
    public byte[] ToText()
    {
        var writer = DelegationText.Begin(Heading, Service);
        foreach (var period in Periods)
            writer.AppendPeriod(period.Period).AppendBase64WithoutPadding(period.SigningKey.Bytes.Span).Append("\n"u8);
        return DelegationText.Finish(writer);
    }

    /// <summary>Reads a whole file. Every value has one spelling, so a file that was read is what <see cref="ToText"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out DelegationRequest? request, out DelegationFault fault)
    {
        request = null;
        fault = DelegationText.Open(text, Heading, out var items);
        if (fault != DelegationFault.None)
            return false;
        fault = DelegationFault.Malformed;
        var reader = new DocumentReader(items);
        if (!DelegationText.TryReadService(ref reader, out var service))
            return false;
        var periods = ImmutableArray.CreateBuilder<RequestedPeriod>();
        while (periods.Count <= DelegationText.MostPeriods && reader.TryReadNext(out var item))
        {
            if (!DelegationText.TryReadPeriod(item, out var period, out var rest) || !DelegationText.TryReadBytes32(ref rest, out var key))
                return false;
            periods.Add(new RequestedPeriod(period, new Ed25519PublicKey(key)));
        }

        var read = new DelegationRequest(service, periods.ToImmutable());
        fault = reader.Failed ? DelegationFault.Malformed
            : !DelegationText.AreInOrder([.. periods.Select(period => period.Period)]) ? DelegationFault.Periods
            : !text.SequenceEqual(read.ToText()) ? DelegationFault.Malformed
            : DelegationFault.None;
        request = fault == DelegationFault.None ? read : null;
        return request is not null;
    }
}
