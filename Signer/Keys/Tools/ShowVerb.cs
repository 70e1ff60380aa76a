using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>key show.</summary>
internal static class ShowVerb
{
    public static Command Create()
    {
        var key = KeyPlaceOptions.Key();
        var command = new Command("show", "Show the onion address and the public key (KP_hs_id, hexadecimal) of a key. The secret is not shown.");
        key.AddTo(command);
        command.SetAction(parsed =>
        {
            using var store = KeyStores.Open(key.Read(parsed), new TokenModules(TimeProvider.System));
            using var identity = KeyTool.Open(store);
            KeyTool.Tell(parsed, identity.PublicKey);
            return ExitCode.Fine;
        });
        return command;
    }
}
