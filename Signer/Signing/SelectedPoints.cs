using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>A selection with its names resolved: the introduction points as their instances' own descriptors hold them. Pure.</summary>
internal sealed record SelectedPoints(InnerLayer Inner, int Copies)
{
    private const string ProofOfWork = "pow-params";

    /// <summary>Resolves every name; false at the first that its evidence does not hold.</summary>
    public static bool TryResolve(
        SigningRequest request,
        ImmutableArray<VerifiedEvidence> evidence,
        out ImmutableArray<SelectedPoints> selections,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        refused = null;
        var resolved = ImmutableArray.CreateBuilder<SelectedPoints>(request.Selections.Length);
        foreach (var selection in request.Selections)
        {
            var points = ImmutableArray.CreateBuilder<IntroductionPoint>(selection.Points.Length);
            foreach (var name in selection.Points)
            {
                var source = evidence[name.Evidence];
                if (source.Find(name.AuthKey) is not { } point)
                {
                    refused = new NotSigned(
                        SignRefusal.PointNotInEvidence,
                        $"selection {resolved.Count} names an introduction point that the descriptor of {source.Instance} does not hold");
                    break;
                }

                points.Add(point);
            }

            if (refused is not null)
                break;
            var sources = selection.Points.Select(name => evidence[name.Evidence].Descriptor.Inner).Distinct().ToArray();
            resolved.Add(new SelectedPoints(Combine(sources, points.MoveToImmutable()), selection.Copies));
        }

        selections = resolved.ToImmutable();
        return refused is null;
    }

    /// <summary>
    /// Flow control, anonymity and lines unknown here as the instances have them where they all agree; what tor always
    /// writes alike stays so. Never pow-params, of any version: an instance checks a proof of work against its own blinded
    /// key, and clients of the master would be locked out.
    /// </summary>
    internal static InnerLayer Combine(IReadOnlyList<InnerLayer> sources, ImmutableArray<IntroductionPoint> points)
    {
        var first = sources[0];
        var combined = new InnerLayer { IntroductionPoints = points };
        if (sources.All(other => other.OtherLines.SequenceEqual(first.OtherLines)))
            combined = combined with { OtherLines = first.OtherLines.RemoveAll(line => line.StartsWith(ProofOfWork, StringComparison.Ordinal)) };
        return combined with
        {
            SingleOnionService = sources.All(source => source.SingleOnionService),
            FlowControl = sources.All(other => other.FlowControl == first.FlowControl) ? first.FlowControl : null,
        };
    }
}
