using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>What can be known to be in a plan's way before any token is opened. Changes nothing.</summary>
internal static class CeremonyPreflight
{
    /// <summary>All of it, a line each.</summary>
    public static IEnumerable<string> Faults(CeremonyPlan plan)
    {
        KeyLocation[] all = plan.Import is null ? [.. plan.Places] : [plan.Import, .. plan.Places];
        var faults = plan.Places.Select(FaultOfNew)
            .Append(plan.Import is null ? null : FaultOfImport(plan.Import))
            .Concat(all.Select(place => FaultOfSecret(place, isNew: place != plan.Import)))
            .Concat(all.Select(place => place.Token is { } token && !FileTrust.TryCheckFile(token.ModulePath, out var fault) ? $"the PKCS#11 module {fault}" : null))
            .Concat(((string[])[plan.SignerYaml, plan.Transcript]).Select(FaultOfFile))
            .Append(plan.Delegations is null || StateDirectory.TryCheckOwner(plan.Delegations.StateDirectory, out var foreign) ? null : foreign)
            .Concat(plan.Delegations is null ? [] : plan.Delegations.Grants.SelectMany(grant => ((string?[])[FaultOfFile(grant.Bundle), CeremonyGrant.FaultOf(grant, plan)])));
        return faults.OfType<string>().Distinct();
    }

    private static string? FaultOfNew(KeyLocation place) => place switch
    {
        KeyLocation.File file => TorKeyDirectory.TryCheckRoom(file.Path, out var fault) ? null : fault,
        KeyLocation.TokenObject => null,
        _ => FaultOfFile(place.Output),
    };

    private static string? FaultOfFile(string path) => NewFile.TryCheckRoom(path, out var fault) ? null : fault;

    private static string? FaultOfImport(KeyLocation place) => place switch
    {
        KeyLocation.TokenObject => null,
        KeyLocation.Credential credential => FaultOfCredential(credential.Name),
        KeyLocation.File file => FaultOfPrivate(TorKeyDirectory.SecretIn(file.Path)),
        _ => FaultOfPrivate(place.Output),
    };

    private static string? FaultOfSecret(KeyLocation place, bool isNew) => place.Secret switch
    {
        SecretSource.File or SecretSource.Credential => FaultOfReading(place.Secret, isNew ? (place as KeyLocation.SealedFile)?.Path : null),
        SecretSource.Prompt prompt when !Terminal.IsThere() => $"there is no terminal to ask on: name where to read it from ({prompt.Question})",
        _ => null,
    };

    /// <param name="source">Can be read again.</param>
    /// <param name="toSeal">The file that is to be sealed by it; null for none.</param>
    private static string? FaultOfReading(SecretSource source, string? toSeal)
    {
        if (!(toSeal is null ? source.TryRead(out var secret, out var fault) : NewPassphrase.TryRead(source, toSeal, out secret, out fault)))
            return fault;
        secret.Dispose();
        return null;
    }

    private static string? FaultOfPrivate(string path) => FileTrust.TryCheckPrivateFile(path, out var fault) ? null : fault;

    private static string? FaultOfCredential(string name) =>
        !SystemdCredential.TryLocate(name, out var path, out var fault) ? fault : FaultOfPrivate(path);
}
