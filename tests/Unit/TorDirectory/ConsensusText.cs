using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

/// <summary>Writes consensuses and microdescriptors as large and as odd as a test wants.</summary>
internal static class ConsensusText
{
    internal const string Preamble = """
        network-status-version 3 microdesc
        vote-status consensus
        consensus-method 34
        valid-after 2026-11-23 04:00:00
        fresh-until 2026-11-23 05:00:00
        valid-until 2026-11-23 07:00:00

        """;

    internal const string Footer = "directory-footer\nbandwidth-weights Wbd=0\n";

    /// <summary>Relays in the order of a consensus, each with its microdescriptor.</summary>
    internal static (byte[] Consensus, byte[] Microdescriptors) Make(int relays, int seed, int paddingLines = 0)
    {
        var random = new Random(seed);
        var consensus = new StringBuilder(Preamble);
        var microdescriptors = new StringBuilder();
        var identities = Enumerable.Range(0, relays).Select(_ => Convert.ToHexString(Bytes(random, 20))).Order(StringComparer.Ordinal);
        var padding = string.Concat(Enumerable.Repeat("a [2001:db8::1]:9001 and then something that is not of interest\n", paddingLines));
        foreach (var identity in identities)
        {
            var microdescriptor = $"onion-key\nntor-onion-key {Base64(Bytes(random, 32))}\nid ed25519 {Base64(Bytes(random, 32))}\n{padding}";
            microdescriptors.Append(microdescriptor);
            consensus.Append(Relay(identity, SHA256.HashData(Encoding.ASCII.GetBytes(microdescriptor))));
        }

        return (Encoding.ASCII.GetBytes(consensus + Footer), Encoding.ASCII.GetBytes(microdescriptors.ToString()));
    }

    internal static string Relay(string identity, ReadOnlySpan<byte> digest, string flags = "Fast HSDir Running Valid", string protocols = "Cons=1-2 HSDir=2 Relay=1-4") =>
        string.Create(CultureInfo.InvariantCulture, $"""
            r relay{identity[..8]} {Base64(Convert.FromHexString(identity))} 2038-01-01 00:00:00 192.0.2.1 9001 0
            m {Base64(digest)}
            s {flags}
            v Tor 0.4.9.11
            pr {protocols}
            w Bandwidth=1

            """);

    internal static string Base64(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    internal static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
