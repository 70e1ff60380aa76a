using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>
/// Does what a plan says, a step at a time, each read back and verified before the next. What fails ends it, with a
/// statement of what exists by then; nothing that exists is taken away.
/// </summary>
/// <param name="plan">Checked by <see cref="CeremonyPreflight"/>.</param>
/// <param name="tokens">The process's.</param>
/// <param name="transcript">Takes every step.</param>
/// <param name="period">Whose blinded key is tried.</param>
internal sealed class CeremonyRun(CeremonyPlan plan, TokenModules tokens, CeremonyTranscript transcript, TimePeriod period)
{
    private readonly List<string> _made = [];
    private string? _begun;

    /// <returns>The SHA3-256 of the whole transcript.</returns>
    /// <exception cref="DaemonException">Something failed; the screen, and the transcript where it can, say what exists.</exception>
    public string Run()
    {
        try
        {
            CheckTokens();
            using var key = ObtainKey();
            foreach (var place in plan.Places)
                Put(place, key);
            Grant(OnionAddress.From(key.PublicKey));
            WriteServiceYaml(OnionAddress.From(key.PublicKey));
            return Close();
        }
        catch (Exception fault)
        {
            // Whatever it was: who is left with half a ceremony must know what there is.
            var reason = fault is DaemonException or IOException or UnauthorizedAccessException ? fault.Message : $"{fault.GetType().Name}: {fault.Message}";
            TellFailure(reason);
            throw new DaemonException(reason, fault);
        }
    }

    /// <summary>Whether every place has room; the first time that tokens are opened.</summary>
    private void CheckTokens()
    {
        var faults = new List<string>();
        foreach (var place in plan.Places)
        {
            using var store = Open(place);
            if (!NewKey.TryCheckRoom(store, out var fault))
                faults.Add(fault);
        }

        if (faults.Count > 0)
            throw new DaemonException(string.Join("; ", faults));
        transcript.Step("every place was found to be free and fit");
    }

    private IdentitySecretKey ObtainKey()
    {
        if (plan.Import is null)
        {
            var made = KeyTool.Generate();
            transcript.Step("made a new permanent key, in locked memory");
            Describe(made);
            return made;
        }

        using var source = KeyStores.Open(plan.Import, tokens);
        var key = KeyTool.Open(source);
        var address = OnionAddress.From(key.PublicKey);
        if ((plan.Address is not null && plan.Address != address) || plan.Instances.Contains(address))
        {
            key.Dispose();
            throw new DaemonException($"{source.Description} holds the key of {address.ToFullString()}, which is {(plan.Address is not null && plan.Address != address ? "not the plan's address" : "one of the plan's instances")}");
        }

        if (plan.Delegations?.Grants.FirstOrDefault(grant => grant.Asked.Service != address) is { } foreign)
        {
            key.Dispose();
            throw new DaemonException($"{foreign.Request} is for another service than the key in {source.Description}");
        }

        transcript.Step($"opened the permanent key in {source.Description}");
        Describe(key);
        return key;
    }

    private void Put(KeyLocation place, IdentitySecretKey key)
    {
        using var store = Open(place);
        _begun = store.Description;
        if (!NewKey.TryCreate(store, key, out var fault))
            throw new DaemonException(fault);
        transcript.Step($"{(place == plan.Store ? "put the key, for the Signer, into" : "put a copy into")} {store.Description}");
        foreach (var (name, digest) in PlaceDigests.Of(place))
            transcript.Detail(name, digest);
        using var anew = KeyStores.Open(place.Made(), tokens);
        using var copy = KeyTool.Open(anew);
        if (!copy.IsSameAs(key))
            throw new DaemonException($"{store.Description} gives back another key than it was given: do not use it");
        transcript.Detail("read back", "from the place opened anew: the same key");
        Verify(copy);
        _made.Add(store.Description);
        _begun = null;
    }

    private void Grant(OnionAddress address)
    {
        foreach (var grant in plan.Delegations?.Grants ?? [])
        {
            _begun = grant.Bundle;
            var (offer, bundle) = CeremonyGrant.Make(grant, plan, address, tokens);
            transcript.Step($"granted {offer.Request.Periods.Length} delegation(s), which end at {bundle.End:u}, to {grant.Request}, in {grant.Bundle}");
            transcript.Detail("bounded by", plan.Delegations!.Bound);
            transcript.Detail("request", $"SHA3-256 {DelegationFingerprint.Of(offer.Request.ToText())}");
            transcript.Detail("bundle", $"SHA3-256 {DelegationFingerprint.Of(bundle.ToText())}");
            transcript.Detail("verified", "read back; its signature and every certificate are the service's");
            _made.Add(grant.Bundle);
            _begun = null;
        }
    }

    private void WriteServiceYaml(OnionAddress address)
    {
        var content = System.Text.Encoding.UTF8.GetBytes(ServiceYaml.Of(address, plan, transcript.Now()));
        _begun = plan.SignerYaml;
        if (!NewFile.TryWrite(plan.SignerYaml, content, out var fault))
            throw new DaemonException(fault);
        transcript.Step($"wrote {ServiceYaml.Describe(plan)}");
        transcript.Detail("SHA3-256", CeremonyTranscript.Digest(File.ReadAllBytes(plan.SignerYaml)));
        _made.Add(plan.SignerYaml);
        _begun = null;
    }

    private string Close()
    {
        transcript.Line();
        transcript.Field("ended", $"{transcript.Now()}: whole, every place verified");
        transcript.Line();
        transcript.Line("We were there, and it was as this says:");
        foreach (var participant in plan.Participants)
            transcript.Line($"\n{participant}\n  date ______________  signature ________________________________");
        return transcript.Digest();
    }

    private void Describe(IdentitySecretKey key)
    {
        transcript.Detail("address", OnionAddress.From(key.PublicKey).ToFullString());
        transcript.Detail("public key", key.PublicKey.Bytes.ToHex());
        Verify(key);
    }

    private void Verify(IdentitySecretKey key)
    {
        if (KeyVerification.Fault(key, period) is { } fault)
            throw new DaemonException(fault);
        transcript.Detail("verified", $"it signs, and so does its blinded key of period {period}; both signatures verify");
    }

    /// <summary>The plan's places can all be made.</summary>
    private INewKeyStore Open(KeyLocation place) => (INewKeyStore)KeyStores.Open(place, tokens);

    private void TellFailure(string reason) => transcript.LastWords(string.Join(
        '\n',
        [
            "",
            $"FAILED: {reason}",
            _made.Count == 0 ? "Nothing was made before." : "What was made before, each read back and verified, and is there now:",
            .. _made.Select(made => $"  {made}"),
            .. _begun is null ? [] : (string[])[$"What this step was making may be there in part; do not use it: {_begun}"],
            "This file stays. To begin again, give other names or put away what is there: nothing is overwritten.",
        ]));
}
