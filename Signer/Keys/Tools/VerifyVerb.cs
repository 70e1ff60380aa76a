using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>key verify.</summary>
internal static class VerifyVerb
{
    public static Command Create()
    {
        var key = KeyPlaceOptions.Key();
        var service = new Option<string>("--service", "-s") { Description = "The address that the key must be of.", HelpName = "ADDRESS" };
        var command = new Command(
            "verify",
            """
            Show that a key is whole and can be used where it is: derive its public key and address, sign with it and verify,
            blind it for today's time period, sign with that and verify. In tor's key directory the public key's file and
            hostname must agree, too. Changes nothing. Exit code 0 when all is well, 1 when not.
            """)
        {
            service,
        };
        key.AddTo(command);
        command.SetAction(parsed =>
        {
            var location = key.Read(parsed);
            using var store = KeyStores.Open(location, new TokenModules(TimeProvider.System));
            using var identity = KeyTool.Open(store);
            KeyTool.Tell(parsed, identity.PublicKey);
            CheckService(parsed.GetValue(service), OnionAddress.From(identity.PublicKey));
            if (location is KeyLocation.File file && TorKeyDirectory.Fault(file.Path, identity.PublicKey) is { } disagreement)
                throw new DaemonException(disagreement);
            var period = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow());
            if (KeyVerification.Fault(identity, period) is { } fault)
                throw new DaemonException($"{store.Description}: {fault}");
            var writer = parsed.InvocationConfiguration.Output;
            writer.WriteLine("key:         signs, and the signature verifies");
            writer.WriteLine($"blinded key: of period {period} is that of the public key; signs, and the signature verifies");
            return ExitCode.Fine;
        });
        return command;
    }

    private static void CheckService(string? expected, OnionAddress actual)
    {
        if (expected is null)
            return;
        if (!OnionAddress.TryParse(expected, out var address))
            throw new DaemonException($"--service must be {OnionAddress.Expected}");
        if (address != actual)
            throw new DaemonException("this is the key of another address than --service");
    }
}
