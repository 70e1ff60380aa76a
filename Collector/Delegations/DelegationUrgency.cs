namespace OnionBalance.Split.Collector.Delegations;

/// <summary>How near the end of a service's delegations is: each step is told once.</summary>
internal enum DelegationUrgency
{
    None,
    SevenDays,
    ThreeDays,
    OneDay,

    /// <summary>At least one of the two descriptors cannot be published by delegation.</summary>
    Over,
}

/// <summary>The steps in time. Pure.</summary>
internal static class DelegationUrgencies
{
    /// <param name="until">Null when they are over.</param>
    internal static DelegationUrgency Of(DateTimeOffset? until, DateTimeOffset now) => (until - now)?.TotalDays switch
    {
        null or <= 0 => DelegationUrgency.Over,
        <= 1 => DelegationUrgency.OneDay,
        <= 3 => DelegationUrgency.ThreeDays,
        <= 7 => DelegationUrgency.SevenDays,
        _ => DelegationUrgency.None,
    };

    /// <summary>For a person; empty while there is time.</summary>
    internal static string Describe(DateTimeOffset? until, DateTimeOffset now) => Of(until, now) switch
    {
        DelegationUrgency.None => "",
        DelegationUrgency.Over => "no delegation covers both descriptors: carry a request to the Signer and import its bundle ('delegation request', 'delegation import')",
        var urgency => $"both descriptors can be published by delegation until {until:u}, for less than {(urgency == DelegationUrgency.SevenDays ? "7 days" : urgency == DelegationUrgency.ThreeDays ? "3 days" : "a day")}: carry a request to the Signer ('delegation request')",
    };
}
