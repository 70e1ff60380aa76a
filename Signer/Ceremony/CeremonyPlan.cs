using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>The whole of what a ceremony does, checked as far as a text can be.</summary>
/// <param name="Title">What it is of, for the transcript.</param>
/// <param name="Participants">Who signs the transcript.</param>
/// <param name="Import">Where the key is now; null to make a new one.</param>
/// <param name="Address">What an imported key's address must be; null where the plan does not say.</param>
/// <param name="Store">Where the Signer will use the key.</param>
/// <param name="Backups">Copies.</param>
/// <param name="Instances">The backends that the Signer is to know.</param>
/// <param name="Delegations">Requests to grant; null for none.</param>
/// <param name="SignerYaml">The file to write with the service for signer.yaml.</param>
/// <param name="Transcript">The file to write the transcript to.</param>
internal sealed record CeremonyPlan(
    string Title,
    ImmutableArray<string> Participants,
    KeyLocation? Import,
    OnionAddress? Address,
    KeyLocation Store,
    ImmutableArray<KeyLocation> Backups,
    ImmutableArray<OnionAddress> Instances,
    PlannedDelegations? Delegations,
    string SignerYaml,
    string Transcript)
{
    /// <summary>With a throw-away key: requests are granted as if they were for its address.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>All places that the key is put into, the Signer's first.</summary>
    public ImmutableArray<KeyLocation> Places => [Store, .. Backups];
}

/// <summary>
/// Requests that are granted with the key. By the plan alone, which the participants are shown: no signer.yaml is read.
/// </summary>
/// <param name="StateDirectory">Of this host's Signer: its audit log has a line before and after each grant.</param>
/// <param name="Policy">The whole of what bounds them.</param>
/// <param name="Grants">In this order.</param>
internal sealed record PlannedDelegations(string StateDirectory, DelegationPolicy Policy, ImmutableArray<PlannedGrant> Grants)
{
    /// <summary>What bounds a grant, in words.</summary>
    public string Bound =>
        $"this plan's longest_validity, {DurationText.Format(Policy.LongestValidity)}. No signer.yaml is asked: a policy there, its enabled and stop_at too, does not bind a ceremony";
}

/// <summary>One request's file, and the bundle to make of it.</summary>
internal sealed record PlannedGrant(string Request, string Bundle)
{
    private readonly Lazy<DelegationRequest> _asked = new(() => CeremonyGrant.Read(Request));

    /// <summary>Read once: what is granted is what was shown, whatever the medium gives afterwards.</summary>
    /// <exception cref="DaemonException">The file is no request.</exception>
    public DelegationRequest Asked => _asked.Value;
}
