using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.InstanceAgent.Reporting;

/// <summary>Which refusals were logged: each reason once for each instance, until a report of it is accepted.</summary>
internal sealed class RefusalMemory
{
    private readonly HashSet<(OnionAddress Address, ReportRefusal Reason)> _known = [];

    public bool IsNew(OnionAddress address, ReportRefusal reason) => _known.Add((address, reason));

    public void Accepted(OnionAddress address) => _known.RemoveWhere(refusal => refusal.Address == address);
}
