using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Ceremony;

/// <summary>The verb "ceremony".</summary>
internal static class CeremonyCommand
{
    public static Command Create()
    {
        var file = new Option<string>("--plan", "-p") { Description = "The plan, a YAML file.", HelpName = "FILE", Required = true };
        var rehearse = new Option<bool>("--rehearse") { Description = "Do all of it with a throw-away key, in a temporary folder and under labels of its own, and remove it again." };
        var yes = Confirmation.Option();
        var command = new Command(
            "ceremony",
            """
            Make or import a permanent key as one plan says: where the Signer keeps it, the backup copies, the instances that
            it is enrolled with. The plan is checked whole before a token is opened, nothing that exists is overwritten, and
            each place is read back, compared and tried. A transcript to sign and file says what was done.

              title: The permanent key of shop
              participants: [Alice Example, Bob Example]
              key: {generate: true}          # or {import: {file: old.pem}, address: ADDRESS.onion}
              store: {sealed_file: shop.sealed, token: 'pkcs11:token=hsm;object=wrap?module-path=/usr/lib/softhsm/libsofthsm2.so'}
              backups:
                - {sealed_file: /media/one/shop.sealed}
              instances: [ADDRESS.onion]
              delegations:                   # with an imported key: a Collector's requests to grant
                state_directory: /var/lib/onionbalance-split/signer
                longest_validity: 30d        # bounds them; no policy of a signer.yaml does
                grant: [{request: shop.request, bundle: shop.bundle}]
              signer_yaml: shop.yaml
              transcript: shop.transcript

            Places are written as under key: in signer.yaml. A pin: or passphrase: that the plan does not name a file or
            credential for is asked for on the terminal. docs/custody.md shows a whole run.
            """)
        {
            file, rehearse, yes,
        };
        command.SetAction(parsed =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(file));
            var console = parsed.InvocationConfiguration;
            if (!DaemonCommand.TryReadConfiguration<CeremonyPlan>(CeremonyPlanBinder.TryBind, path, console.Error, out var plan, out var text))
                return ExitCode.Usage;
            if (!FileTrust.TryCheckFile(path, out var untrusted))
                throw new DaemonException(untrusted);
            string[] faults = [.. CeremonyPreflight.Faults(plan)];
            foreach (var fault in faults)
                console.Error.WriteLine($"{path}: {fault}");
            if (faults.Length > 0)
                throw new DaemonException("nothing was done: the plan cannot be carried out as it is");
            // Of what is carried out, whatever the file has become since it was read.
            var digest = CeremonyTranscript.Digest(text);
            var rehearsal = parsed.GetValue(rehearse);
            Confirmation.Ask(parsed, yes, CeremonyExplanation.Of(plan, rehearsal));
            var tokens = new TokenModules(TimeProvider.System);
            if (rehearsal)
                Rehearse(plan, path, digest, tokens, console.Output);
            else
                Hold(plan, path, digest, tokens, console.Output);
            return ExitCode.Fine;
        });
        return command;
    }

    private static void Hold(CeremonyPlan plan, string path, string digest, TokenModules tokens, TextWriter screen)
    {
        var period = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow());
        using var transcript = new CeremonyTranscript(plan.Transcript, screen, TimeProvider.System);
        transcript.Line("Ceremony of the permanent key of an onion service");
        transcript.Line();
        transcript.Field("title", plan.Title);
        transcript.Field("host", Environment.MachineName);
        transcript.Field("begun", transcript.Now());
        transcript.Field("program", $"onionbalance-signer {DaemonCommand.Version()}");
        transcript.Field("plan", path);
        transcript.Field("SHA3-256", digest);
        transcript.Line();
        var whole = new CeremonyRun(plan, tokens, transcript, period).Run();
        screen.WriteLine($"\nThe transcript is in {plan.Transcript}; its SHA3-256 is {whole}");
    }

    /// <summary>The real plan's tokens are looked at, too: a place that is taken is told now and not on the day.</summary>
    private static void Rehearse(CeremonyPlan plan, string path, string digest, TokenModules tokens, TextWriter screen)
    {
        foreach (var place in plan.Places)
        {
            using var store = (INewKeyStore)KeyStores.Open(place, tokens);
            if (!NewKey.TryCheckRoom(store, out var fault))
                throw new DaemonException(fault);
        }

        var rehearsal = new CeremonyRehearsal(plan);
        var throwAway = rehearsal.Plan();
        try
        {
            Hold(throwAway, path, digest, tokens, screen);
        }
        finally
        {
            var left = rehearsal.Remove(throwAway, tokens);
            foreach (var fault in left)
                screen.WriteLine($"The rehearsal left something that must be removed by hand: {fault}");
            if (left.IsEmpty)
                screen.WriteLine("This was a rehearsal: the key was a throw-away, and all that was made has been removed again.");
        }
    }
}
