using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// Reads and fully verifies v3 descriptors: the blinded key against the identity, the certificate chain, expiry, both
/// signatures, both layers, and every introduction point. It never throws on bytes.
/// </summary>
public static class DescriptorReader
{
    /// <summary>
    /// Reads a descriptor of <paramref name="identity"/> in one of <paramref name="periods"/>.
    /// <paramref name="clientAuth"/> is a client's key, for services that restrict discovery.
    /// </summary>
    public static bool TryRead(
        ReadOnlySpan<byte> text,
        IdentityPublicKey identity,
        ReadOnlySpan<TimePeriod> periods,
        DateTimeOffset now,
        X25519SecretKey? clientAuth,
        [NotNullWhen(true)] out HsDescriptor? descriptor,
        out DescriptorFault fault) =>
        TryRead(text, identity, periods, now, clientAuth, DescriptorLimits.Default, out descriptor, out fault, out _);

    /// <summary>As above, under the limits of a consensus, and with one line for a person about what is wrong.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> text,
        IdentityPublicKey identity,
        ReadOnlySpan<TimePeriod> periods,
        DateTimeOffset now,
        X25519SecretKey? clientAuth,
        DescriptorLimits limits,
        [NotNullWhen(true)] out HsDescriptor? descriptor,
        out DescriptorFault fault,
        out string detail)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var read = OpenedDescriptor.TryOpen(text, identity, periods, now, new DescriptorAccess(clientAuth, Plan: null), limits, out var opened, out var refusal);
        descriptor = opened?.Descriptor;
        fault = refusal.Fault;
        detail = refusal.Detail;
        return read;
    }
}
