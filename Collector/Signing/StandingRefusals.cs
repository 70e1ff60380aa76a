using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>
/// What a Signer decided against and none has signed since: a service, or one period of it. It stands also once the Signer is
/// away. What passes by itself, what one instance is at fault for and what is the Signer's own fault are no such decisions.
/// Thread-safe.
/// </summary>
internal sealed class StandingRefusals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(OnionAddress Service, TimePeriod? Period), SigningOutcome.Refused> _standing = [];

    internal SigningOutcome.Refused? Find(OnionAddress service, TimePeriod period)
    {
        lock (_gate)
            return _standing.GetValueOrDefault((service, null)) ?? _standing.GetValueOrDefault((service, period));
    }

    /// <summary>What the Signers say of a period of a service.</summary>
    internal void Note(OnionAddress service, TimePeriod period, SigningOutcome outcome)
    {
        lock (_gate)
        {
            foreach (var over in _standing.Keys.Where(key => key.Service == service && key.Period?.Number + 1 < period.Number).ToArray())
                _standing.Remove(over);
            if (outcome is SigningOutcome.Signed)
            {
                _standing.Remove((service, null));
                _standing.Remove((service, period));
            }
            else if (outcome is SigningOutcome.Refused { IsTransient: false, IsOutOfOrder: false, Instance: null } refused)
            {
                _standing[(service, IsOfOnePeriod(refused.Reason) ? period : null)] = refused;
            }
        }
    }

    private static bool IsOfOnePeriod(SignRefusal reason) => reason
        is SignRefusal.PeriodOutsideWindow
        or SignRefusal.PeriodNotAllowed
        or SignRefusal.RoleOfAnotherPeriod
        or SignRefusal.RevisionCounter;
}
