using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// One descriptor of a master service under one revision counter. It builds every copy of every selection, each freshly
/// encrypted, and lets none pass that the linter finds fault with: it reads each back as a client would, signatures and
/// certificates first, and compares it with what was selected and with what tor would have written.
/// </summary>
/// <param name="Identity">KP_hs_id.</param>
/// <param name="Keys">With the type-08 certificate, wherever and whenever it was made.</param>
/// <param name="SigningKeyExpirationHours">The expiration that this certificate has to have.</param>
public sealed record MasterDescriptor(
    IdentityPublicKey Identity,
    TimePeriod Period,
    DescriptorKeys Keys,
    MiddleLayerPlan Middle,
    ulong RevisionCounter,
    uint SigningKeyExpirationHours)
{
    /// <summary>False where the type-08 certificate was made in advance: <see cref="LintExpectation.CertifiedTogether"/>.</summary>
    public bool CertifiedTogether { get; init; } = true;

    /// <summary>Copies by selection, in the order of the selections; or the first fault in words.</summary>
    public bool TryBuild(
        ImmutableArray<DescriptorSelection> selections,
        DateTimeOffset now,
        out ImmutableArray<ImmutableArray<byte[]>> built,
        [NotNullWhen(false)] out string? fault)
    {
        var all = ImmutableArray.CreateBuilder<ImmutableArray<byte[]>>(selections.Length);
        built = [];
        fault = null;
        foreach (var selection in selections)
        {
            try
            {
                all.Add(DescriptorBuilder.BuildCopies(Keys, selection.Inner, Middle, RevisionCounter, now, selection.Copies));
            }
            catch (ArgumentException unbuildable)
            {
                fault = unbuildable.Message;
                return false;
            }

            fault = FaultIn(all[^1], selection, now);
            if (fault is not null)
                return false;
        }

        built = all.MoveToImmutable();
        return true;
    }

    private string? FaultIn(ImmutableArray<byte[]> copies, DescriptorSelection selection, DateTimeOffset now)
    {
        var findings = DescriptorLinter.Lint([.. copies.Select(copy => new ReadOnlyMemory<byte>(copy))], new LintExpectation(Identity, Period, now)
        {
            RevisionCounter = RevisionCounter,
            IntroductionPoints = selection.Inner.IntroductionPoints,
            BuiltAt = now,
            SigningKeyExpirationHours = SigningKeyExpirationHours,
            CertifiedTogether = CertifiedTogether,
            SigningKey = Keys.SigningKey.PublicKey,
            Middle = Middle,
        });
        return findings.IsEmpty ? null : string.Join(' ', findings);
    }
}
