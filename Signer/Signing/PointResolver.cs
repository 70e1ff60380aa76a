using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>From the names in a request to the introduction points as their instances' own descriptors hold them. Pure.</summary>
internal static class PointResolver
{
    /// <summary>Resolves every name; false at the first that its evidence does not hold.</summary>
    public static bool TryResolve(
        SigningRequest request,
        ImmutableArray<VerifiedEvidence> evidence,
        out ImmutableArray<DescriptorSelection> selections,
        [NotNullWhen(false)] out NotSigned? refused)
    {
        refused = null;
        var resolved = ImmutableArray.CreateBuilder<DescriptorSelection>(request.Selections.Length);
        foreach (var selection in request.Selections)
        {
            var names = selection.Points.Select(name => (evidence[name.Evidence].Descriptor.Inner, name.AuthKey)).ToArray();
            if (!DescriptorSelection.TryResolve(names, selection.Copies, out var found, out var missing))
            {
                refused = new NotSigned(
                    SignRefusal.PointNotInEvidence,
                    $"selection {resolved.Count} names an introduction point that the descriptor of {evidence[selection.Points[missing].Evidence].Instance} does not hold");
                break;
            }

            resolved.Add(found);
        }

        selections = resolved.ToImmutable();
        return refused is null;
    }
}
