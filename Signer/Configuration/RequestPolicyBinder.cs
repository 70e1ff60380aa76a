using System.Collections.Immutable;
using System.Globalization;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Configuration;

/// <summary>A service's "policy" mapping; what it leaves out is as in <see cref="RequestPolicy.Default"/>.</summary>
internal static class RequestPolicyBinder
{
    private const int MostBurst = 1_000;
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    /// <summary>A tor that publishes shows a new descriptor every two hours at the latest, certified to the hour.</summary>
    private static readonly TimeSpan ShortestAge = TimeSpan.FromHours(3);

    /// <summary>Two hours to the next publication, three on an HSDir, and one for clocks.</summary>
    private static readonly TimeSpan ShortestCertificate = TimeSpan.FromHours(6);

    private static readonly TimeSpan ShortestValidity = TimeSpan.FromDays(1);
    private static readonly TimeSpan LongestValidity = TimeSpan.FromDays(400);

    /// <param name="service">The service's section.</param>
    /// <param name="known">The names of the Collectors that are dialed.</param>
    public static RequestPolicy Bind(ConfigurationSection service, ImmutableArray<string> known)
    {
        var usual = RequestPolicy.Default;
        if (service.OptionalSection("policy") is not { } section)
            return usual;
        var collectors = section.Texts("collectors", atLeast: 0);
        if (section.Has("collectors") && collectors.IsEmpty)
            section.Problem("collectors", "is empty: name those that may ask, or leave it out for all");
        foreach (var unknown in collectors.Except(known))
            section.Problem("collectors", $"name '{unknown}', which is the name of none of the Collectors above");
        var delegations = section.OptionalSection("delegations");
        return new RequestPolicy
        {
            Enabled = section.Boolean("enabled", usual.Enabled),
            Descriptors = section.OptionalSection("descriptors")?.Boolean("enabled", usual.Descriptors) ?? usual.Descriptors,
            Delegations = delegations is null ? usual.Delegations : new DelegationPolicy
            {
                Enabled = delegations.Boolean("enabled", usual.Delegations.Enabled),
                LongestValidity = BindValidity(delegations, usual.Delegations.LongestValidity),
            },
            Collectors = collectors,
            MostIntroductionPoints = section.Number("most_introduction_points", 1, RequestLimits.PointsPerSelection, usual.MostIntroductionPoints),
            Periods = section.Has("periods") ? section.Values<PeriodPlace>("periods", TryPlace, "previous, current or next") : usual.Periods,
            OldestEvidence = section.Duration("oldest_evidence", ShortestAge, usual.OldestEvidence, usual.OldestEvidence),
            CertificateHours = CertificateHours(section, usual.CertificateHours),
            StopAt = section.Has("stop_at") && section.TryValue<DateTimeOffset>("stop_at", TryTime, "a time such as 2027-01-31T12:00:00Z", out var stop) ? stop : null,
            Rate = new TokenRate(
                section.Number("burst", 1, MostBurst, usual.Rate.Burst),
                section.Duration("interval", ShortestInterval, LongestInterval, usual.Rate.Interval)),
        };
    }

    /// <summary>"longest_validity", as a policy and a ceremony's plan have it; without a usual one it must be given.</summary>
    internal static TimeSpan BindValidity(ConfigurationSection section, TimeSpan? usual = null) =>
        section.Duration("longest_validity", ShortestValidity, LongestValidity, usual);

    private static uint CertificateHours(ConfigurationSection section, uint usual)
    {
        var lifetime = section.Duration("certificate_lifetime", ShortestCertificate, TimeSpan.FromHours(usual), TimeSpan.FromHours(usual));
        if (lifetime.Ticks % TimeSpan.TicksPerHour != 0)
            section.Problem("certificate_lifetime", "must be whole hours, as certificates count");
        return (uint)lifetime.TotalHours;
    }

    private static bool TryPlace(string text, out PeriodPlace place)
    {
        (var known, place) = text switch
        {
            "previous" => (true, PeriodPlace.Previous),
            "current" => (true, PeriodPlace.Current),
            "next" => (true, PeriodPlace.Next),
            _ => (false, default),
        };
        return known;
    }

    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
