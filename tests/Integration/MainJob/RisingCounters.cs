using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Integration.MainJob;

/// <summary>The revision counters that each HSDir was seen to hold: within a period they never go back.</summary>
internal sealed class RisingCounters(DeployedNetwork deployed)
{
    private readonly Dictionary<(TimePeriod Period, string HsDir), ulong> _highest = [];

    internal async Task CheckAsync()
    {
        foreach (var held in await deployed.Points.LookAsync(deployed.Master))
        {
            if (held.Descriptor is not { } descriptor)
                continue;
            var place = (descriptor.Period, held.Held.HsDir.Fingerprint);
            Assert.True(descriptor.RevisionCounter >= _highest.GetValueOrDefault(place), $"the counter of {place} went back");
            _highest[place] = descriptor.RevisionCounter;
        }
    }
}
