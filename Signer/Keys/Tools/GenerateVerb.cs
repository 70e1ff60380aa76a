using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Pkcs11;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>key generate.</summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var to = KeyPlaceOptions.To();
        var yes = Confirmation.Option();
        var command = new Command(
            "generate",
            """
            Make a new permanent key, and with it a new onion address, which is printed. It is made in locked memory and
            lies in no other place than the one named.

              onionbalance-signer key generate --to /var/lib/onionbalance-split/keys/shop
              onionbalance-signer key generate --to sealed:/var/lib/onionbalance-split/keys/shop.sealed
              onionbalance-signer key generate --to 'pkcs11:token=hsm;object=shop?module-path=/usr/lib/softhsm/libsofthsm2.so'
            """)
        {
            yes,
        };
        to.AddTo(command);
        command.SetAction(parsed =>
        {
            var location = to.Read(parsed);
            using var store = KeyTool.OpenNew(location, new TokenModules(TimeProvider.System));
            Confirmation.Ask(
                parsed,
                yes,
                $"""
                This makes a new permanent key, and with it a new onion address, in
                  {store.Description}
                {KeyTool.Meaning(location)}
                It will be the only copy: whoever loses it loses the address. Never copy it to a Collector or a backend.
                """);
            using var key = KeyTool.Generate();
            KeyTool.Put(parsed, store, key, location);
            return ExitCode.Fine;
        });
        return command;
    }
}
