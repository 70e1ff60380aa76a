using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Hosting.Configuration;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>From a plan's YAML to <see cref="CeremonyPlan"/>. Opens nothing.</summary>
internal static class CeremonyPlanBinder
{
    private const int MostParticipants = 32;
    private const int MostBackups = 16;
    private const int MostGrants = 16;

    /// <summary>Secrets that the plan does not name are asked for.</summary>
    private static readonly KeySecrets AskedNew = new(null, null, IsNew: true);

    private static readonly KeySecrets Asked = AskedNew with { IsNew = false };

    public static bool TryBind(ConfigurationSection root, [MaybeNullWhen(false)] out CeremonyPlan plan)
    {
        var key = root.Section("key");
        var generates = key.Boolean("generate", false);
        var import = key.OptionalSection("import") is { } section ? Place(section, Asked) : null;
        var address = key.OptionalValue<OnionAddress>("address", OnionAddress.TryParse, OnionAddress.Expected);
        if (!key.IsMissing && generates == (import is not null))
            root.Problem("key", "must say either generate: true, or import: and where the key is now");
        if (generates && address is not null)
            key.Problem("address", "cannot be known before the key is made: leave it out");
        plan = new CeremonyPlan(
            root.Text("title"),
            root.Texts("participants", atMost: MostParticipants),
            import,
            address,
            Place(root.Section("store"), AskedNew),
            [.. root.Sections("backups", atLeast: 0, atMost: MostBackups).Select(backup => Place(backup, AskedNew))],
            SignerConfigurationBinder.BindInstances(root, address, isNeeded: true),
            BindDelegations(root, isImport: import is not null),
            root.FilePath("signer_yaml"),
            root.FilePath("transcript"));
        TellWhatCannotBeMade(root, plan);
        TellRepeated(root, plan);
        return true;
    }

    private static PlannedDelegations? BindDelegations(ConfigurationSection root, bool isImport)
    {
        if (root.OptionalSection("delegations") is not { } section)
            return null;
        if (!isImport)
            root.Problem("delegations", "cannot be asked for before there is an address: leave them to 'delegate', or import the key");
        return new PlannedDelegations(
            section.FilePath("state_directory"),
            new DelegationPolicy { Enabled = true, LongestValidity = RequestPolicyBinder.BindValidity(section) },
            [.. section.Sections("grant", atMost: MostGrants).Select(grant => new PlannedGrant(grant.FilePath("request"), grant.FilePath("bundle")))]);
    }

    private static KeyLocation Place(ConfigurationSection section, KeySecrets asked)
    {
        var place = KeyLocationBinder.Bind(section, message => section.Problem("file", message), asked);
        // What is made is read back by a store opened anew, which needs its secrets again.
        if (place.Secret is SecretSource.Descriptor)
            section.Problem(place is KeyLocation.SealedFile ? "passphrase" : "pin", "cannot be a descriptor, which gives its secret once: a ceremony reads it again to check");
        return place;
    }

    private static void TellWhatCannotBeMade(ConfigurationSection root, CeremonyPlan plan)
    {
        if (plan.Store is KeyLocation.Credential)
            root.Problem("store", "cannot be a systemd credential: make a file, and hand it to systemd-creds encrypt");
        if (plan.Backups.Any(backup => backup is KeyLocation.Credential))
            root.Problem("backups", "cannot be systemd credentials: make files, and hand them to systemd-creds encrypt");
    }

    private static void TellRepeated(ConfigurationSection root, CeremonyPlan plan)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, output) in ((string, string)[])
            [
                .. plan.Import is null ? [] : new[] { ("key", plan.Import.Output) },
                ("store", plan.Store.Output),
                .. plan.Backups.Select(backup => ("backups", backup.Output)),
                .. plan.Delegations is null ? [] : plan.Delegations.Grants.Select(grant => ("delegations", grant.Bundle)),
                ("signer_yaml", plan.SignerYaml),
                ("transcript", plan.Transcript),
            ])
        {
            if (output.Length > 0 && !seen.Add(output))
                root.Problem(key, $"names {output}, which is named above already");
        }
    }
}
