using System.Collections.Immutable;
using System.Globalization;
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
        return new RequestPolicy(
            section.Boolean("enabled", usual.Enabled),
            collectors,
            section.Number("most_introduction_points", 1, RequestLimits.PointsPerSelection, usual.MostIntroductionPoints),
            section.Has("stop_at") && section.TryValue<DateTimeOffset>("stop_at", TryTime, "a time such as 2027-01-31T12:00:00Z", out var stop) ? stop : null,
            section.Duration("interval", ShortestInterval, LongestInterval, usual.Interval),
            section.Number("burst", 1, MostBurst, usual.Burst));
    }

    private static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
