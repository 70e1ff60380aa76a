using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Qr;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Keys.Tools;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>delegate: grants a Collector's request for delegations, without any network.</summary>
internal static class DelegateCommand
{
    public static Command Create(string defaultConfigurationPath)
    {
        var config = DaemonCommand.ConfigOption(defaultConfigurationPath);
        var request = new Option<string[]>("--request", "-r")
        {
            Description = "The request: its file, or files with the text of its QR codes, a part on a line, in any order; - for standard input.",
            HelpName = "FILE",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--output", "-o") { Description = "The bundle to make.", HelpName = "FILE", Required = true };
        var transcript = new Option<string?>("--transcript") { Description = "Write down, for your files, what was granted.", HelpName = "FILE" };
        var codes = new QrOutput();
        var yes = Confirmation.Option();
        var command = new Command(
            "delegate",
            """
            Grant what 'collector delegation request' asks for: certify the Collector's own descriptor signing keys for coming
            periods, so that it can publish without this Signer until they end. It is shown in words what is asked for, and
            nothing is signed unless the service's policy has delegations: {enabled: true}, and you agree. No network is used.
            A file that is there already is never overwritten.
            """)
        {
            config, request, output, transcript, yes,
        };
        codes.AddTo(command);
        command.SetAction(parsed =>
        {
            ProcessHardening.Apply(NullLogger.Instance);
            if (!DaemonCommand.TryReadConfiguration<SignerConfiguration>(
                SignerConfigurationBinder.TryBind, parsed.GetRequiredValue(config), parsed.InvocationConfiguration.Error, out var configuration))
            {
                return ExitCode.Usage;
            }

            var bundleFile = Path.GetFullPath(parsed.GetRequiredValue(output));
            var transcriptFile = parsed.GetValue(transcript) is { } named ? Path.GetFullPath(named) : null;
            CheckRoom(bundleFile, transcriptFile);
            codes.Check(parsed);
            var (offer, bundle) = DelegationGrant.Answer(
                configuration, new TokenModules(TimeProvider.System), DelegationGrant.Gather(parsed.GetRequiredValue(request)), granted => Confirm(parsed, yes, granted));
            var text = bundle.ToText();
            Write(bundleFile, text, AtomicFile.ReadableByAll);
            if (transcriptFile is not null)
                Write(transcriptFile, Encoding.UTF8.GetBytes(offer.Transcript(bundle)), AtomicFile.OwnerOnly);
            codes.Give(parsed, [.. DelegationParts.Split(text).Select(part => part.ToString())]);
            parsed.InvocationConfiguration.Output.WriteLine(
                $"""
                Wrote {bundleFile}. It is signed as a whole and holds no secret key. Its SHA3-256, for your files:
                  {DelegationFingerprint.Of(text)}
                """);
            return ExitCode.Fine;
        });
        return command;
    }

    private static DelegationObjection? Confirm(ParseResult parsed, Option<bool> yes, DelegationOffer offer)
    {
        try
        {
            Confirmation.Ask(parsed, yes, offer.Explain());
            return null;
        }
        catch (DaemonException refused)
        {
            return new DelegationObjection("NotConfirmed", refused.Message);
        }
    }

    private static void CheckRoom(params string?[] files)
    {
        if (files.FirstOrDefault(Path.Exists) is { } there)
            throw new DaemonException($"{there} exists already and is not overwritten: choose another file");
    }

    /// <summary>Writes a file that must not be there yet, and reads it back.</summary>
    private static void Write(string file, byte[] content, UnixFileMode mode)
    {
        try
        {
            AtomicFile.Create(file, content, mode);
            if (!File.ReadAllBytes(file).AsSpan().SequenceEqual(content))
                throw new IOException("it does not read back as it was written");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DaemonException($"{file} cannot be written: {exception.Message}", exception);
        }
    }
}
