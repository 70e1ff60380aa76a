using System.Globalization;
using System.Text;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>A plan in words, before anything is done.</summary>
internal static class CeremonyExplanation
{
    public static string Of(CeremonyPlan plan, bool isRehearsal)
    {
        // Opens nothing: a store that was not used yet only knows its name.
        var tokens = new TokenModules(TimeProvider.System);
        string Name(KeyLocation place)
        {
            using var store = KeyStores.Open(place, tokens);
            return store.Description;
        }

        var words = new StringBuilder();
        var number = 0;
        void Add(string line) => words.Append(CultureInfo.InvariantCulture, $"{++number,3}. {line}\n");
        words.Append(CultureInfo.InvariantCulture, $"{(isRehearsal ? "A REHEARSAL, with a throw-away key that is removed again, of" : "This is")} \"{plan.Title}\". It will\n");
        Add(plan.Import is null ? "make a new permanent key, and with it a new onion address" : $"open the permanent key in {Name(plan.Import)}, which stays as it is");
        foreach (var place in plan.Places)
            Add($"put {(place == plan.Store ? "it, for the Signer," : "a copy")} into {Name(place)}\n     {KeyTool.Meaning(place)}");
        foreach (var grant in plan.Delegations?.Grants ?? [])
            Add($"grant delegations to {grant.Request}, in {grant.Bundle}:\n{CeremonyGrant.Explain(grant, plan)}");
        Add($"write {ServiceYaml.Describe(plan)}");
        Add($"write a transcript, for {string.Join(", ", plan.Participants)} to sign, to {plan.Transcript}");
        if (plan.Delegations is not null)
            words.Append(CultureInfo.InvariantCulture, $"What is delegated is bounded by {plan.Delegations.Bound}.\n");
        if (plan.Backups.IsEmpty)
            words.Append("WARNING: there is no backup in this plan. What loses the one place loses the address.\n");
        return words.Append("Nothing that exists is overwritten. Each place is opened anew, and the key in it compared and tried.").ToString();
    }
}
