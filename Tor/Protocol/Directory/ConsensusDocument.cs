using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// Reads a microdescriptor-flavoured consensus (dir-spec 3.4.1, 3.9.2), as GETINFO
/// dir/status-vote/current/consensus-microdesc gives it.
/// </summary>
public static class ConsensusDocument
{
    /// <summary>The public network's has about 3 MB.</summary>
    public const int MaxLength = 32 << 20;

    private const int MaxRelays = 1 << 16;

    /// <summary>Both texts at once: see the other overload to keep the microdescriptors from one consensus to the next.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, ReadOnlySpan<byte> microdescriptors, [NotNullWhen(true)] out Consensus? consensus)
    {
        consensus = null;
        return MicrodescriptorIndex.TryParse(microdescriptors, out var index) && TryParse(text, index, out consensus);
    }

    /// <summary>
    /// False for anything but one whole document: a wrong type, a missing, repeated or malformed line that matters here,
    /// a missing footer, relays out of order, more than fits the limits.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, MicrodescriptorIndex microdescriptors, [NotNullWhen(true)] out Consensus? consensus)
    {
        ArgumentNullException.ThrowIfNull(microdescriptors);
        consensus = null;
        if (text.Length > MaxLength
            || !DirectoryText.TryNextLine(ref text, out var type)
            || !type.SequenceEqual("network-status-version 3 microdesc"u8)
            || !ConsensusPreamble.TryRead(ref text, out var preamble)
            || !TryReadRelays(text, microdescriptors, out var hsDirs, out var unknown))
        {
            return false;
        }

        consensus = new Consensus(
            preamble.ValidAfter,
            preamble.FreshUntil,
            preamble.ValidUntil,
            preamble.Parameters,
            preamble.CurrentSharedRandom,
            preamble.PreviousSharedRandom,
            hsDirs,
            unknown);
        return true;
    }

    private static bool TryReadRelays(
        ReadOnlySpan<byte> text, MicrodescriptorIndex microdescriptors, out ImmutableArray<HsDir> hsDirs, out ImmutableArray<string> unknown)
    {
        var known = ImmutableArray.CreateBuilder<HsDir>();
        var missing = ImmutableArray.CreateBuilder<string>();
        Span<byte> previous = stackalloc byte[RelayEntry.FingerprintLength];
        Span<byte> fingerprint = stackalloc byte[RelayEntry.FingerprintLength];
        hsDirs = [];
        unknown = [];
        var entry = default(RelayEntry);
        var relays = 0;
        while (DirectoryText.TryNextLine(ref text, out var line))
        {
            var begins = DirectoryText.TryArguments(line, "r"u8, out var arguments);
            var ends = line.SequenceEqual("directory-footer"u8);
            if (!begins && !ends)
            {
                if (relays == 0 || !entry.TryAdd(line))
                    return false;
                continue;
            }

            if (relays > 0)
            {
                if (!entry.IsComplete)
                    return false;
                if (entry.IsHsDir)
                    Add(entry, fingerprint);
            }

            if (ends)
            {
                hsDirs = known.DrainToImmutable();
                unknown = missing.DrainToImmutable();
                return true;
            }

            fingerprint.CopyTo(previous);
            if (relays++ == MaxRelays
                || !RelayEntry.TryBegin(arguments, fingerprint, out entry)
                || (relays > 1 && fingerprint.SequenceCompareTo(previous) <= 0))
            {
                return false;
            }
        }

        return false;

        void Add(scoped in RelayEntry relay, scoped ReadOnlySpan<byte> identity)
        {
            var name = Convert.ToHexString(identity);
            if (microdescriptors.TryGetIdentity(relay.MicrodescriptorDigest, out var ed25519Identity))
                known.Add(new HsDir(name, System.Text.Encoding.ASCII.GetString(relay.Nickname), ed25519Identity));
            else if (!microdescriptors.Contains(relay.MicrodescriptorDigest))
                missing.Add(name);
        }
    }
}
