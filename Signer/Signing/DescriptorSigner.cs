using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// Builds every copy of every selection, each freshly encrypted, and lets none pass that the linter finds fault with: it
/// reads each back as a client would, signatures and certificates first, and compares it with what was selected and with
/// what tor would have written. Pure but for randomness.
/// </summary>
internal static class DescriptorSigner
{
    /// <summary>Copies by selection, in the order of the selections; or the first fault in words.</summary>
    public static bool TryBuild(
        IdentityPublicKey identity,
        DescriptorIssue issue,
        ImmutableArray<SelectedPoints> selections,
        DateTimeOffset now,
        out ImmutableArray<ImmutableArray<byte[]>> built,
        [NotNullWhen(false)] out string? fault)
    {
        var keys = new DescriptorKeys(
            issue.BlindedKey,
            Subcredential.Compute(identity, issue.BlindedKey),
            issue.Keys.SigningKey,
            [.. issue.SigningKeyCertificate]);
        var all = ImmutableArray.CreateBuilder<ImmutableArray<byte[]>>(selections.Length);
        built = [];
        fault = null;
        foreach (var selection in selections)
        {
            try
            {
                all.Add(DescriptorBuilder.BuildCopies(keys, selection.Inner, issue.Keys.Middle, issue.RevisionCounter, now, selection.Copies));
            }
            catch (ArgumentException unbuildable)
            {
                fault = unbuildable.Message;
                return false;
            }

            fault = all[^1].Select(copy => FaultIn(copy, identity, issue, selection, now)).FirstOrDefault(found => found is not null);
            if (fault is not null)
                return false;
        }

        built = all.MoveToImmutable();
        return true;
    }

    private static string? FaultIn(byte[] copy, IdentityPublicKey identity, DescriptorIssue issue, SelectedPoints selection, DateTimeOffset now)
    {
        var findings = DescriptorLinter.Lint(copy, new LintExpectation(identity, issue.Period, now)
        {
            RevisionCounter = issue.RevisionCounter,
            IntroductionPoints = selection.Inner.IntroductionPoints,
            BuiltAt = now,
            SigningKeyExpirationHours = CertificateLifetime.OfDescriptorSigning(now),
            SigningKey = issue.Keys.SigningKey.PublicKey,
            Middle = issue.Keys.Middle,
        });
        return findings.IsEmpty ? null : string.Join(' ', findings);
    }
}
