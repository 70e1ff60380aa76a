using System.CommandLine;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>The three options that say from where one secret is read: NAME-file, NAME-credential, NAME-fd.</summary>
internal sealed class SecretOptions
{
    private readonly Option<string> _file;
    private readonly Option<string> _credential;
    private readonly Option<int?> _descriptor;

    /// <param name="name">"--pin", "--to-passphrase".</param>
    /// <param name="what">What is read there, for --help.</param>
    public SecretOptions(string name, string what)
    {
        _file = new Option<string>($"{name}-file") { Description = $"Read {what} from a private file, one line.", HelpName = "PATH" };
        _credential = new Option<string>($"{name}-credential") { Description = "The same from a systemd credential.", HelpName = "NAME" };
        _descriptor = new Option<int?>($"{name}-fd") { Description = "The same from a file descriptor that the program is started with, '3< FILE' in the shell, to its end.", HelpName = "NUMBER" };
    }

    public IEnumerable<Option> All => [_file, _credential, _descriptor];

    /// <summary>Null when none is given.</summary>
    /// <exception cref="DaemonException">More than one is given, or one that cannot be.</exception>
    public SecretSource? Read(ParseResult parsed)
    {
        SecretSource?[] given =
        [
            parsed.GetValue(_file) is { } path ? new SecretSource.File(Path.GetFullPath(path)) : null,
            parsed.GetValue(_credential) is { } name ? new SecretSource.Credential(name) : null,
            parsed.GetValue(_descriptor) is { } number ? new SecretSource.Descriptor(number) : null,
        ];
        if (given.Count(source => source is not null) > 1)
            throw new DaemonException($"{_file.Name}, {_credential.Name} and {_descriptor.Name} name the same secret: give one of them");
        if (parsed.GetValue(_descriptor) is < SecretSource.FirstDescriptor or > SecretSource.LastDescriptor)
            throw new DaemonException($"{_descriptor.Name} must be from {SecretSource.FirstDescriptor} to {SecretSource.LastDescriptor}");
        return given.FirstOrDefault(source => source is not null);
    }
}
