using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>
/// The same plan for a throw-away key: files go to a temporary folder, objects on tokens get labels that begin with
/// "rehearsal-", and all of it is removed at the end. Passphrases, PINs and tokens are the real ones.
/// </summary>
internal sealed class CeremonyRehearsal(CeremonyPlan plan)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("onionbalance-rehearsal-");
    private readonly string _label = TokenObjectKeyStore.RehearsalPrefix + RandomNumberGenerator.GetHexString(8, lowercase: true);

    public CeremonyPlan Plan() => plan with
    {
        Title = $"REHEARSAL of: {plan.Title}",
        Import = null,
        Address = null,
        Store = ThrowAway(plan.Store, 0),
        Backups = [.. plan.Backups.Select((place, index) => ThrowAway(place, index + 1))],
        IsRehearsal = true,
        Delegations = plan.Delegations is null ? null : plan.Delegations with
        {
            StateDirectory = InFolder(plan.Delegations.StateDirectory, "state"),
            Grants = [.. plan.Delegations.Grants.Select((grant, index) => grant with { Bundle = InFolder(grant.Bundle, $"bundle-{index}") })],
        },
        SignerYaml = InFolder(plan.SignerYaml, "signer-yaml"),
        Transcript = InFolder(plan.Transcript, "transcript"),
    };

    /// <summary>Removes all that was made.</summary>
    /// <returns>What could not be removed, a line each.</returns>
    public ImmutableArray<string> Remove(CeremonyPlan rehearsed, TokenModules tokens)
    {
        var left = ImmutableArray.CreateBuilder<string>();
        foreach (var place in rehearsed.Places.OfType<KeyLocation.TokenObject>())
        {
            using var store = new TokenObjectKeyStore(place.Uri, place.Pin, tokens);
            if (!store.TryCheckRoom(out _) && !store.TryRemoveRehearsal(out var fault))
                left.Add(fault);
        }

        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            left.Add($"{_folder.FullName}: {exception.Message}");
        }

        return left.ToImmutable();
    }

    private KeyLocation ThrowAway(KeyLocation place, int number)
    {
        var name = number.ToString(CultureInfo.InvariantCulture);
        return place switch
        {
            KeyLocation.File file => file with { Path = InFolder(file.Path, name) },
            KeyLocation.SealedFile file => file with { Path = InFolder(file.Path, name) },
            KeyLocation.TokenSealedFile file => file with { Path = InFolder(file.Path, name) },
            KeyLocation.TokenObject token => token with { Uri = token.Uri.WithObject($"{_label}-{name}") },
            _ => place,
        };
    }

    /// <summary>A folder for each, since two real files may be of one name.</summary>
    private string InFolder(string path, string name) => Path.Combine(_folder.CreateSubdirectory(name).FullName, Path.GetFileName(path));
}
