using System.Collections.Immutable;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>The revision counters that each HSDir was seen to hold: within a period they never go back.</summary>
internal sealed class RisingCounters(DeployedNetwork deployed)
{
    /// <summary>As of the last look.</summary>
    internal ImmutableDictionary<(TimePeriod Period, string HsDir), ulong> Highest { get; private set; } =
        ImmutableDictionary<(TimePeriod, string), ulong>.Empty;

    /// <summary>Looks at what the HSDirs hold now.</summary>
    /// <param name="before">The counters to be above; those of the last look when left out.</param>
    /// <returns>True when every HSDir holds a descriptor, and above those.</returns>
    internal async Task<bool> CheckAsync(ImmutableDictionary<(TimePeriod Period, string HsDir), ulong>? before = null)
    {
        var areAbove = true;
        foreach (var held in await deployed.Points.LookAsync(deployed.Master))
        {
            if (held.Descriptor is not { } descriptor)
            {
                areAbove = false;
                continue;
            }

            var place = (descriptor.Period, held.Held.HsDir.Fingerprint);
            Assert.True(descriptor.RevisionCounter >= Highest.GetValueOrDefault(place), $"the counter of {place} went back");
            areAbove &= descriptor.RevisionCounter > (before ?? Highest).GetValueOrDefault(place);
            Highest = Highest.SetItem(place, descriptor.RevisionCounter);
        }

        return areAbove;
    }
}
