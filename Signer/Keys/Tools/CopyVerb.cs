using System.CommandLine;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>
/// A verb that puts a copy of a key into a new place. They do the same and differ in what they are for, so that no one
/// takes a key out of its guard by a slip: import, seal, unseal, copy.
/// </summary>
internal sealed record CopyVerb(string Name, string Description, Func<KeyLocation, bool> IsSource, string Sources, Func<KeyLocation, bool> IsTarget, string Targets)
{
    public static CopyVerb Import { get; } = new(
        "import",
        """
        Put a key that lies in plain into a place of the Signer's: tor's key directory or its hs_ed25519_secret_key, or the
        PKCS#8 PEM file that OnionBalance's generator wrote. The old place stays as it is. docs/migration.md says how a
        service moves here from OnionBalance.

          onionbalance-signer key import --key /media/old/hs_ed25519_secret_key --to sealed:/var/lib/onionbalance-split/keys/shop.sealed
        """,
        location => location is KeyLocation.File,
        "a key directory or file in plain",
        _ => true,
        "any place");

    public static CopyVerb Seal { get; } = new(
        "seal",
        """
        Put a copy of a key into a file that is sealed: by a passphrase (Argon2id, XChaCha20-Poly1305), or under an AES or
        RSA key of a token that cannot leave it. The key's old place stays as it is.

          onionbalance-signer key seal --key /var/lib/onionbalance-split/keys/shop --to sealed:/media/backup/shop.sealed
          onionbalance-signer key seal --key sealed:/media/backup/shop.sealed \
            --to 'sealed:/var/lib/onionbalance-split/keys/shop.sealed,pkcs11:token=hsm;object=wrap?module-path=/usr/lib/softhsm/libsofthsm2.so'
        """,
        _ => true,
        "any place",
        location => location is KeyLocation.SealedFile or KeyLocation.TokenSealedFile,
        "a sealed file");

    public static CopyVerb Unseal { get; } = new(
        "unseal",
        """
        Put a copy of a key that is sealed or on a token into tor's own key directory, in plain. Whoever reads that folder,
        a backup of it or its disk has the service for good: do this only on a host that you would trust with the key
        itself, such as to move a service back to tor.

          onionbalance-signer key unseal --key sealed:/media/backup/shop.sealed --to /dev/shm/shop
        """,
        location => location is not KeyLocation.File,
        "a sealed file, a token or a credential",
        location => location is KeyLocation.File,
        "a folder");

    public static CopyVerb Copy { get; } = new(
        "copy",
        """
        Put a copy of a key onto a token, as a private and sensitive object. The key's old place stays as it is.

          onionbalance-signer key copy --key sealed:/media/backup/shop.sealed --to 'pkcs11:token=spare;object=shop?module-path=/usr/lib/softhsm/libsofthsm2.so'
        """,
        _ => true,
        "any place",
        location => location is KeyLocation.TokenObject,
        "a token");

    private static IEnumerable<CopyVerb> All => [Import, Seal, Unseal, Copy];

    public Command Create()
    {
        var (key, to, yes) = (KeyPlaceOptions.Key(), KeyPlaceOptions.To(), Confirmation.Option());
        var command = new Command(Name, Description);
        key.AddTo(command);
        to.AddTo(command);
        command.Options.Add(yes);
        command.SetAction(parsed =>
        {
            var (source, target) = (key.Read(parsed), to.Read(parsed));
            CheckPurpose(source, target);
            var tokens = new TokenModules(TimeProvider.System);
            using var from = KeyStores.Open(source, tokens);
            using var into = KeyTool.OpenNew(target, tokens);
            using var identity = KeyTool.Open(from);
            Confirmation.Ask(
                parsed,
                yes,
                $"""
                This copies the permanent key of {OnionAddress.From(identity.PublicKey).ToFullString()}
                  from {from.Description}
                  to   {into.Description}, which is made new.
                {KeyTool.Meaning(target)}
                The old place stays as it is{(source is KeyLocation.File ? ", in plain, until you remove it" : "")}.
                """);
            KeyTool.Put(parsed, into, identity, target);
            return ExitCode.Fine;
        });
        return command;
    }

    /// <exception cref="DaemonException">The verb is for other places.</exception>
    private void CheckPurpose(KeyLocation source, KeyLocation target)
    {
        if (IsSource(source) && IsTarget(target))
            return;
        var right = All.Where(verb => verb.IsSource(source) && verb.IsTarget(target)).Select(verb => $"key {verb.Name}").ToArray();
        throw new DaemonException(
            $"key {Name} copies from {Sources} to {Targets}"
            + (right.Length == 0 ? "" : $"; for these places there is {string.Join(" or ", right)}"));
    }
}
