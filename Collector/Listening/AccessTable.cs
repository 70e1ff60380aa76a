using System.Collections.Frozen;

namespace OnionBalance.Split.Collector.Listening;

/// <summary>Who may call what. A method that does not stand here is closed to all.</summary>
internal static class AccessTable
{
    private static readonly FrozenDictionary<string, CallerRole[]> Allowed = new Dictionary<string, CallerRole[]>
    {
        ["/onionbalance.split.v1.MetadataChannel/Report"] = [CallerRole.Agent],
        ["/onionbalance.split.v1.SignerLink/Attach"] = [CallerRole.Signer],
        ["/onionbalance.split.v1.Operator/Status"] = [CallerRole.Operator],
        ["/grpc.health.v1.Health/Check"] = [CallerRole.Agent, CallerRole.Signer, CallerRole.Operator],
        ["/grpc.health.v1.Health/Watch"] = [CallerRole.Agent, CallerRole.Signer, CallerRole.Operator],
    }.ToFrozenDictionary();

    internal static bool Allows(string method, CallerRole role) =>
        Allowed.TryGetValue(method, out var roles) && roles.Contains(role);
}
