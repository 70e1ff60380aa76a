using System.CommandLine;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>The options that name one place of a key, with the sources of its secrets: --key to read, --to to make.</summary>
internal sealed class KeyPlaceOptions
{
    private readonly Option<string> _place;
    private readonly SecretOptions _passphrase;
    private readonly SecretOptions _pin;
    private readonly bool _isNew;

    private KeyPlaceOptions(Option<string> place, string prefix, string whose, bool isNew)
    {
        _place = place;
        _passphrase = new SecretOptions($"{prefix}passphrase", $"the passphrase of {whose}");
        _pin = new SecretOptions($"{prefix}pin", $"the PIN of the token of {whose}");
        _isNew = isNew;
    }

    /// <summary>--key, --passphrase-..., --pin-...</summary>
    public static KeyPlaceOptions Key() =>
        new(new Option<string>("--key", "-k") { Description = "The place of the key ('key --help' lists what a PLACE can be).", HelpName = "PLACE", Required = true }, "--", "--key", isNew: false);

    /// <summary>--to, --to-passphrase-..., --to-pin-...</summary>
    public static KeyPlaceOptions To() =>
        new(new Option<string>("--to", "-t") { Description = "The place to make ('key --help' lists what a PLACE can be).", HelpName = "PLACE", Required = true }, "--to-", "--to", isNew: true);

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_place, .. _passphrase.All, .. _pin.All])
            command.Options.Add(option);
    }

    /// <exception cref="DaemonException">The place or its secrets are not well named.</exception>
    public KeyLocation Read(ParseResult parsed)
    {
        var secrets = new KeySecrets(_passphrase.Read(parsed), _pin.Read(parsed), _isNew);
        return KeyPlace.TryParse(parsed.GetRequiredValue(_place), secrets, out var location, out var fault)
            ? location
            : throw new DaemonException($"{_place.Name} {fault}");
    }
}
