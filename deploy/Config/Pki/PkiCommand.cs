using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OnionBalance.Split.Hosting;

namespace OnionBalance.Split.Config.Pki;

/// <summary>The verbs under "pki".</summary>
internal static class PkiCommand
{
    private const int DefaultCaDays = 3650;
    private const int DefaultPeerDays = 365;
    private const int MaxDays = 36500;

    public static Command Create(TimeProvider time)
    {
        var command = new Command("pki", "The operator's own certificate authority and the certificates of all daemons.");
        command.Subcommands.Add(Init(time));
        command.Subcommands.Add(Issue(time));
        command.Subcommands.Add(Show(time));
        return command;
    }

    private static Command Init(TimeProvider time)
    {
        Option<string> directory = DirectoryOption("The directory to make the CA in.");
        Option<int> days = DaysOption(DefaultCaDays);
        var command = new Command(
            "init",
            """
            Make a new certificate authority: ca.crt, which every daemon gets, and ca.key, which no daemon needs.
            Keep ca.key off the network: whoever has it can pass for any agent, collector or signer.
            An existing CA is never overwritten.
            """)
        {
            directory,
            days,
        };
        command.SetAction(result => Run(() =>
        {
            var pki = new PkiDirectory(result.GetRequiredValue(directory));
            using OperatorCa ca = pki.CreateCa(time.GetUtcNow(), TimeSpan.FromDays(result.GetValue(days)));
            Console.WriteLine($"Made {pki.CaCertificatePath}, valid until {Day(ca.Certificate)}: give it to every daemon as tls.ca.");
            Console.WriteLine($"Made {pki.CaKeyPath}: keep it secret and offline; only 'pki issue' reads it.");
        }));
        return command;
    }

    private static Command Issue(TimeProvider time)
    {
        Option<string> directory = DirectoryOption("The directory that holds ca.crt and ca.key.");
        var role = new Option<string>("--role")
        {
            Description = "What the bearer is; a certificate of one role is refused for the work of another.",
            Required = true,
        };
        role.AcceptOnlyFromAmong("agent", "collector", "signer");
        var name = new Option<string>("--name")
        {
            Description = "The bearer's name, as the other daemons' configuration says it: a-z, 0-9, '-' and '.', at most 63.",
            Required = true,
        };
        Option<int> days = DaysOption(DefaultPeerDays);
        var output = new Option<string?>("--output")
        {
            Description = "Where to write NAME.crt and NAME.key. Default: the CA's directory.",
        };
        var renew = new Option<bool>("--renew")
        {
            Description = "Replace an existing certificate and key; daemons take up the new ones by themselves.",
        };
        var command = new Command("issue", "Issue a certificate with a fresh key: NAME.crt and NAME.key.")
        {
            directory, role, name, days, output, renew,
        };
        command.SetAction(result => Run(() =>
        {
            PeerIdentity peer = ParsePeer(result.GetRequiredValue(role), result.GetRequiredValue(name));
            string from = result.GetRequiredValue(directory);
            using OperatorCa ca = new PkiDirectory(from).LoadCa();
            using PeerCertificate issued = ca.Issue(peer, time.GetUtcNow(), TimeSpan.FromDays(result.GetValue(days)));
            (string certificatePath, string keyPath) =
                new PkiDirectory(result.GetValue(output) ?? from).Store(peer, issued, result.GetValue(renew));
            Console.WriteLine($"Made {certificatePath} and {keyPath} for {peer.ToUri()}, valid until {Day(issued.Certificate)}.");
        }));
        return command;
    }

    private static Command Show(TimeProvider time)
    {
        Option<string> directory = DirectoryOption("The directory to look at.");
        var command = new Command("show", "List the CA and the certificates in a directory, with what is left of their lifetime.")
        {
            directory,
        };
        command.SetAction(result => Run(() =>
        {
            var pki = new PkiDirectory(result.GetRequiredValue(directory));
            using X509Certificate2 ca = pki.ReadCaCertificate();
            Console.WriteLine($"ca.crt: {ca.Subject}, SHA-256 {ca.GetCertHashString(HashAlgorithmName.SHA256)}, {Validity(ca, time)}");
            foreach ((string fileName, X509Certificate2? certificate) in pki.PeerCertificates())
                Console.WriteLine($"{fileName}: {Describe(certificate, time)}");
        }));
        return command;
    }

    private static string Describe(X509Certificate2? certificate, TimeProvider time)
    {
        if (certificate is null)
            return "not a PEM certificate";
        using (certificate)
        {
            string who = PeerIdentity.TryFromCertificate(certificate, out PeerIdentity? peer, out string? problem)
                ? peer.ToUri()
                : problem;
            return $"{who}, {Validity(certificate, time)}";
        }
    }

    private static string Validity(X509Certificate2 certificate, TimeProvider time)
    {
        double days = (new DateTimeOffset(certificate.NotAfter) - time.GetUtcNow()).TotalDays;
        return days < 0
            ? $"EXPIRED on {Day(certificate)}"
            : string.Create(CultureInfo.InvariantCulture, $"valid until {Day(certificate)} ({Math.Floor(days)} days)");
    }

    private static string Day(X509Certificate2 certificate) =>
        certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static PeerIdentity ParsePeer(string role, string name) =>
        PeerIdentity.TryParse($"onionbalance-split://{role}/{name}", out PeerIdentity? peer)
            ? peer
            : throw new PkiException($"--name {name}: a name is made of a-z, 0-9, '-' and '.', begins with a letter or digit, at most 63 characters");

    private static Option<string> DirectoryOption(string description) =>
        new("--directory") { Description = description, Required = true };

    private static Option<int> DaysOption(int days) => new("--days")
    {
        Description = "Days until it expires; nothing outlives its CA.",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => days,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given is >= 1 and <= MaxDays)
                return given;
            result.AddError($"--days must be a whole number from 1 to {MaxDays}, not '{text}'");
            return default;
        },
    };

    private static int Run(Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (PkiException e)
        {
            Console.Error.WriteLine($"onionbalance-config: {e.Message}");
            return 1;
        }
    }
}
