using System.Security.Cryptography;
using OnionBalance.Split.Tests.Functional.Signer.Keys;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Ceremony;

/// <summary>A plan in a folder beside the tokens of a <see cref="KeyToolBench"/>, and the real program that carries it out.</summary>
internal sealed class CeremonyBench : IDisposable
{
    public CeremonyBench()
    {
        using var instance = IdentitySecretKey.Generate();
        Instance = OnionAddress.From(instance.PublicKey).ToFullString();
        Directory.CreateDirectory(InFolder("media"));
        Plan = $$"""
            title: The permanent key of shop
            participants: [Alice Example, Bob Example]
            key: {generate: true}
            store: {sealed_file: shop.sealed, token: '{{Keys.Uri("aes")}}', pin: {file: pin} }
            backups:
              - {sealed_file: media/shop.sealed, passphrase: {file: passphrase} }
              - {token: '{{Keys.Uri("backup")}}', pin: {file: pin} }
              - {file: media/plain}
            instances: [{{Instance}}]
            signer_yaml: shop.yaml
            transcript: shop.transcript

            """;
    }

    public KeyToolBench Keys { get; } = new();

    public string Instance { get; }

    /// <summary>A good plan with every kind of place; to be written down by <see cref="HoldAsync"/>.</summary>
    public string Plan { get; set; }

    public string PlanFile => InFolder("plan.yaml");

    public string Transcript => File.ReadAllText(InFolder("shop.transcript"));

    /// <summary>As the transcript has it.</summary>
    public string Address => Transcript.Split('\n').Single(line => line.Contains(" address ", StringComparison.Ordinal)).Split(' ')[^1];

    public string InFolder(string name) => Keys.InFolder(name);

    /// <summary>A Collector's request for a period a day from today on.</summary>
    public static DelegationRequest Request(OnionAddress service, int days)
    {
        var first = NetworkTiming.Public.PeriodAt(TimeProvider.System.GetUtcNow()).Number;
        return new DelegationRequest(service, [.. Enumerable.Range(0, days).Select(day => new RequestedPeriod(new TimePeriod(first + (ulong)day, 1440), NewKey()))]);
    }

    /// <summary>One in a file; the plan imports its key and grants it.</summary>
    public DelegationRequest AddRequest(OnionAddress service)
    {
        var request = Request(service, days: 7);
        File.WriteAllBytes(InFolder("shop.request"), request.ToText());
        Plan = Plan.Replace("{generate: true}", $"{{import: {{file: old.pem}}, address: {Keys.Address}}}", StringComparison.Ordinal)
            + "delegations: {state_directory: state, longest_validity: 10d, grant: [{request: shop.request, bundle: shop.bundle}]}\n";
        return request;
    }

    public Task<(int Code, string Output)> HoldAsync(params string[] options)
    {
        File.WriteAllText(PlanFile, Plan);
        return Keys.SignerAsync(["ceremony", "--plan", PlanFile, "--yes", .. options]);
    }

    /// <summary>With a person there, who types what is in the steps as <see cref="KeyToolBench.TypeSignerAsync"/> has it.</summary>
    public async Task<(int Code, string Shown)> AttendAsync(params string[][] steps)
    {
        File.WriteAllText(PlanFile, Plan);
        var (code, shown, _) = await Keys.TypeSignerAsync(steps, "ceremony", "--plan", PlanFile);
        return (code, shown.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    /// <summary>All files of the folder but the plan, and all objects on the token.</summary>
    public string Everything() => string.Join('\n', Directory.GetFileSystemEntries(InFolder(""), "*", SearchOption.AllDirectories).Where(file => file != PlanFile).Order(StringComparer.Ordinal))
        + string.Join('\n', Keys.OnToken("--list-objects").Split('\n').Where(line => line.Contains("label:", StringComparison.Ordinal)));

    public static string Sha3(string path) => Convert.ToHexStringLower(SHA3_256.HashData(File.ReadAllBytes(path)));

    private static Ed25519PublicKey NewKey()
    {
        using var key = DescriptorSigningKey.Generate();
        return key.PublicKey;
    }

    public void Dispose() => Keys.Dispose();
}
