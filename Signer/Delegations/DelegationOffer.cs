using System.Globalization;
using System.Text;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>What an operator is asked to grant, or has granted, in words. It shows the service's full address: it is for his eyes and files.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Network">Whose periods they are.</param>
/// <param name="Key">The name of the place that has the permanent key.</param>
/// <param name="Now">By this host's clock.</param>
internal sealed record DelegationOffer(DelegationRequest Request, NetworkTiming Network, string Key, DateTimeOffset Now)
{
    private DateTimeOffset End => Request.EndIn(Network);

    /// <summary>What is asked for, and what granting it means.</summary>
    public string Explain() =>
        $"""
        {Summary()}
        Whoever holds the secrets that this request was made with, which is a Collector, can then publish whatever he likes as
        this service in these periods, until they end at {End:u}. Nothing takes that back. He learns neither the
        permanent key nor a blinded one, and can publish nothing in other periods.

        The request is not authenticated. Compare its fingerprint, and the address, with what the Collector showed when it
        made it:
          {DelegationFingerprint.Of(Request.ToText())}
        Granting it opens the permanent key in {Key}.
        """;

    /// <summary>For the operator's files: what was granted, period by period.</summary>
    public string Transcript(DelegationBundle bundle)
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"Delegations granted {Now:u} with the permanent key in {Key}")
            .AppendLine(Summary())
            .AppendLine(CultureInfo.InvariantCulture, $"request:  SHA3-256 {DelegationFingerprint.Of(Request.ToText())}")
            .AppendLine(CultureInfo.InvariantCulture, $"bundle:   SHA3-256 {DelegationFingerprint.Of(bundle.ToText())}");
        foreach (var (asked, granted) in Request.Periods.Zip(bundle.Periods))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"period {asked.Period.Number}: from {Network.PublicationOf(asked.Period).From:u}, ends {granted.Certificate.Expiration:u}, KP_hs_desc_sign {asked.SigningKey.Bytes.ToHex()}");
        }

        return text.ToString();
    }

    private string Summary() =>
        $"""
        service:  {Request.Service.ToFullString()}
        periods:  {Periods()}
        from:     {Network.PublicationOf(Request.Periods[0].Period).From:u}
        ends:     {End:u}, {(End - Now).TotalDays.ToString("0.#", CultureInfo.InvariantCulture)} days from now
        """;

    private string Periods()
    {
        var (first, last) = (Request.Periods[0].Period, Request.Periods[^1].Period);
        var span = Request.Periods.Length == 1 ? $"number {first.Number}" : $"number {first.Number} to {last.Number}";
        var gaps = last.Number - first.Number + 1 - (ulong)Request.Periods.Length;
        return $"{Request.Periods.Length} of {first.LengthMinutes} minutes, {span}{(gaps > 0 ? $", {gaps} of them left out" : "")}";
    }
}
