using System.Text;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>The service of a plan as the Signer's configuration has it.</summary>
internal static class ServiceYaml
{
    /// <summary>What is written, and where to.</summary>
    public static string Describe(CeremonyPlan plan) =>
        $"the service for signer.yaml, with {plan.Instances.Length} enrolled instance(s){(plan.Delegations is null ? "" : " and a policy that is open to further delegations as this plan is")}, to {plan.SignerYaml}";

    /// <param name="address">Of the key.</param>
    /// <param name="plan">For the key's place and the instances.</param>
    /// <param name="when">For the comment.</param>
    public static string Of(OnionAddress address, CeremonyPlan plan, string when)
    {
        var yaml = new StringBuilder($"# Made by onionbalance-signer ceremony on {when}: put it into signer.yaml, what is under services: beside what is there.\n");
        yaml.Append("services:\n").Append($"  - address: {address.ToFullString()}\n").Append("    key:\n");
        foreach (var line in KeyLocationText.Lines(plan.Store))
            yaml.Append($"      {line}\n");
        yaml.Append("    instances:\n");
        foreach (var instance in plan.Instances)
            yaml.Append($"      - {instance.ToFullString()}\n");
        if (plan.Delegations is { Policy: var policy })
            yaml.Append($"    policy:\n      delegations: {{enabled: true, longest_validity: {DurationText.Format(policy.LongestValidity)}}}\n");
        return yaml.ToString();
    }
}
