using System.Globalization;
using OnionBalance.Split.PrivateTorNetwork.Processes;

namespace OnionBalance.Split.PrivateTorNetwork.Onion;

/// <summary>Makes the keys that must exist before the first tor of a network starts.</summary>
internal static class AuthorityKeys
{
    /// <summary>An authority's identity and signing key and its certificate, by tor-gencert. Returns the v3 identity (40 hex).</summary>
    internal static async Task<string> MakeAsync(TorProcess tor, CancellationToken ct)
    {
        var keys = Directory.CreateDirectory(Path.Combine(tor.DataDirectory, "keys"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var certificate = Path.Combine(keys.FullName, "authority_certificate");
        await ToolRun.RequireAsync(
            "tor-gencert",
            [
                "--create-identity-key", "--passphrase-fd", "0", "-m", "1",
                "-i", Path.Combine(keys.FullName, "authority_identity_key"),
                "-s", Path.Combine(keys.FullName, "authority_signing_key"),
                "-c", certificate,
            ],
            "throw-away\n",
            tor.DataDirectory,
            ct).ConfigureAwait(false);

        const string Prefix = "fingerprint ";
        var lines = await File.ReadAllLinesAsync(certificate, ct).ConfigureAwait(false);
        return lines.FirstOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..].Trim()
            ?? throw new PrivateNetworkException($"{certificate} has no fingerprint line.");
    }

    /// <summary>Makes a relay's keys with tor --list-fingerprint and returns its RSA identity (40 hex).</summary>
    internal static async Task<string> MakeRelayAsync(string torProgram, TorProcess tor, string nickname, int orPort, CancellationToken ct)
    {
        var output = await ToolRun.RequireAsync(
            torProgram,
            [
                "--list-fingerprint", "--hush", "-f", "/dev/null", "--ignore-missing-torrc",
                "--DataDirectory", tor.DataDirectory,
                "--Nickname", nickname,
                "--ORPort", orPort.ToString(CultureInfo.InvariantCulture),
                "--ContactInfo", "private-network@localhost.invalid",
                "--SocksPort", "0",
            ],
            null,
            tor.DataDirectory,
            ct).ConfigureAwait(false);

        // "nickname AAAA BBBB ..." is the last line.
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => line.StartsWith(nickname + " ", StringComparison.Ordinal));
        return last is null
            ? throw new PrivateNetworkException($"tor --list-fingerprint for {nickname} said: {output.Trim()}")
            : last[(nickname.Length + 1)..].Replace(" ", "", StringComparison.Ordinal).Trim();
    }

    /// <summary>The RSA identity (40 hex) that a relay which has just been started wrote into its data directory.</summary>
    internal static async Task<string> ReadRelayAsync(TorProcess tor, TimeProvider time, CancellationToken ct)
    {
        var file = Path.Combine(tor.DataDirectory, "fingerprint");
        while (true)
        {
            if (File.Exists(file) && await File.ReadAllTextAsync(file, ct).ConfigureAwait(false) is { Length: > 40 } text)
                return text.Trim()[^40..];
            if (!tor.IsRunning)
                throw new PrivateNetworkException($"The tor {tor.Name} has ended. Its last words:\n{tor.LogTail()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, ct).ConfigureAwait(false);
        }
    }
}
