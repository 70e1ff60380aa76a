using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Requests;

/// <summary>
/// From the wire to a typed request: lengths, counts and shapes, nothing that needs a clock, a key or the state. The
/// first fault found is the reason given.
/// </summary>
internal static class SignRequestReader
{
    public static bool TryRead(
        SignRequest message,
        [NotNullWhen(true)] out SigningRequest? request,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        request = null;
        if (!OnionAddress.TryParse(message.ServiceAddress, out var service))
        {
            refused = Malformed("service_address is not a v3 onion address");
            return false;
        }

        if (message.TimePeriod is null || message.TimePeriod.LengthMinutes == 0)
        {
            refused = Malformed("time_period is missing or has no length");
            return false;
        }

        if (message.Role is not (DescriptorRole.First or DescriptorRole.Second))
        {
            refused = Malformed("role is neither first nor second");
            return false;
        }

        if (message.ConsensusValidAfter <= 0
            || message.ConsensusValidAfter > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || message.VotingInterval == 0)
        {
            refused = Malformed("consensus_valid_after or voting_interval is missing or no time");
            return false;
        }

        if (message.CollectorRun.Length > RequestLimits.CollectorRun)
        {
            refused = Malformed($"collector_run has {message.CollectorRun.Length} bytes, more than {RequestLimits.CollectorRun}");
            return false;
        }

        if (!TryReadEvidence(message, out var evidence, out refused)
            || !TryReadSelections(message, out var selections, out refused))
        {
            return false;
        }

        request = new SigningRequest(
            service,
            new TimePeriod(message.TimePeriod.Number, message.TimePeriod.LengthMinutes),
            message.Role,
            DateTimeOffset.FromUnixTimeSeconds(message.ConsensusValidAfter),
            TimeSpan.FromSeconds(message.VotingInterval),
            evidence,
            selections)
        {
            Digest = DigestOf(message),
            LastRevisionCounter = message.HasLastRevisionCounter ? message.LastRevisionCounter : null,
        };
        return true;
    }

    private static bool TryReadEvidence(
        SignRequest message,
        out ImmutableArray<NamedEvidence> evidence,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        evidence = default;
        refused = message.Evidence.Count > RequestLimits.Evidence
            ? TooLarge($"it brings {message.Evidence.Count} pieces of evidence, more than {RequestLimits.Evidence}")
            : null;
        var read = ImmutableArray.CreateBuilder<NamedEvidence>(message.Evidence.Count);
        for (var i = 0; refused is null && i < message.Evidence.Count; i++)
        {
            var item = message.Evidence[i];
            if (!OnionAddress.TryParse(item.InstanceAddress, out var instance))
                refused = Malformed($"evidence {i}: instance_address is not a v3 onion address");
            else if (!Bytes32.TryCreate(item.Digest.Span, out var digest))
                refused = Malformed($"evidence {i}: the digest has {item.Digest.Length} bytes, not 32");
            else if (item.HasText && item.Text.IsEmpty)
                refused = Malformed($"evidence {i}: an empty text is no descriptor");
            else if (item.HasText && item.Text.Length > RequestLimits.EvidenceText)
                refused = TooLarge($"evidence {i}: a text of {item.Text.Length} bytes is no descriptor");
            else
                read.Add(new NamedEvidence(instance, digest, item.HasText ? item.Text.Memory : (ReadOnlyMemory<byte>?)null));
        }

        evidence = read.ToImmutable();
        return refused is null;
    }

    private static bool TryReadSelections(
        SignRequest message,
        out ImmutableArray<RequestedSelection> selections,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        selections = default;
        refused = message.Selections.Count switch
        {
            0 => new NotSigned(SignRefusal.NoPoints, "it selects no introduction points at all"),
            > RequestLimits.Selections => TooLarge($"it holds {message.Selections.Count} selections, more than {RequestLimits.Selections}"),
            _ => null,
        };
        var read = ImmutableArray.CreateBuilder<RequestedSelection>();
        var copies = 0L;
        for (var i = 0; refused is null && i < message.Selections.Count; i++)
        {
            var selection = message.Selections[i];
            copies += selection.Copies;
            if (selection.Copies == 0)
                refused = Malformed($"selection {i}: no copies are asked for");
            else if (selection.Copies > RequestLimits.CopiesPerSelection || copies > RequestLimits.CopiesPerRequest)
                refused = TooLarge($"selection {i}: copies must be 1 to {RequestLimits.CopiesPerSelection}, and at most {RequestLimits.CopiesPerRequest} in all");
            else if (TryReadPoints(selection, i, message.Evidence.Count, out var points, out refused))
                read.Add(new RequestedSelection(points, (int)selection.Copies));
        }

        selections = read.ToImmutable();
        return refused is null;
    }

    private static bool TryReadPoints(
        Selection selection,
        int index,
        int evidenceCount,
        out ImmutableArray<PointName> points,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        points = default;
        refused = selection.Points.Count switch
        {
            0 => new NotSigned(SignRefusal.NoPoints, $"selection {index} is empty"),
            > RequestLimits.PointsPerSelection => new NotSigned(
                SignRefusal.TooManyPoints,
                $"selection {index} has {selection.Points.Count} introduction points; clients refuse more than {RequestLimits.PointsPerSelection}"),
            _ => null,
        };
        if (refused is not null)
            return false;

        var read = ImmutableArray.CreateBuilder<PointName>(selection.Points.Count);
        var seen = new HashSet<Bytes32>(selection.Points.Count);
        foreach (var point in selection.Points)
        {
            if (!Bytes32.TryCreate(point.AuthKey.Span, out var key))
                refused = Malformed($"selection {index}: an auth_key has {point.AuthKey.Length} bytes, not 32");
            else if (point.Evidence >= evidenceCount)
                refused = new NotSigned(SignRefusal.PointWithoutEvidence, $"selection {index}: evidence {point.Evidence} was not sent");
            else if (!seen.Add(key))
                refused = new NotSigned(SignRefusal.PointRepeated, $"selection {index} names an introduction point twice");
            if (refused is not null)
                return false;
            read.Add(new PointName((int)point.Evidence, new Ed25519PublicKey(key)));
        }

        points = read.MoveToImmutable();
        return true;
    }

    /// <summary>See <see cref="SigningRequest.Digest"/>; of any message, well-formed or not.</summary>
    public static Bytes32 DigestOf(SignRequest message)
    {
        var bare = message.Clone();
        bare.Id = 0;
        foreach (var item in bare.Evidence)
            item.ClearText();
        Span<byte> digest = stackalloc byte[32];
        SHA3_256.HashData(bare.ToByteArray(), digest);
        return Bytes32.TryCreate(digest, out var value) ? value : default;
    }

    private static NotSigned Malformed(string detail) => new(SignRefusal.Malformed, detail);

    private static NotSigned TooLarge(string detail) => new(SignRefusal.TooLarge, detail);
}
