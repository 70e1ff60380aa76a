using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>
/// What C tor draws once for each descriptor and time period and then keeps: the ephemeral X25519 key, the auth-client
/// lines, and the descriptor cookie if clients need authorization (hs_service.c, build_service_desc_superencrypted).
/// </summary>
public sealed class MiddleLayerPlan : IDisposable
{
    /// <summary>HS_DESC_AUTH_CLIENT_MULTIPLE: fake lines fill up to the next multiple.</summary>
    internal const int ClientMultiple = 16;

    private readonly SecretBytes? _cookie;

    private MiddleLayerPlan(X25519PublicKey ephemeralKey, List<AuthorizedClient> clients, SecretBytes? cookie)
    {
        while (clients.Count == 0 || clients.Count % ClientMultiple != 0)
            clients.Add(AuthorizedClient.Fake());
        RandomNumberGenerator.Shuffle(CollectionsMarshal.AsSpan(clients));
        EphemeralKey = ephemeralKey;
        Clients = [.. clients];
        _cookie = cookie;
    }

    public X25519PublicKey EphemeralKey { get; }

    /// <summary>Real and fake lines, shuffled.</summary>
    public ImmutableArray<AuthorizedClient> Clients { get; }

    /// <summary>The descriptor cookie; empty where everybody may read. Keep the plan alive while the span is in use.</summary>
    internal ReadOnlySpan<byte> Cookie => _cookie is null ? [] : _cookie.Span;

    /// <summary>A descriptor that everybody who knows the address may read: fake lines only.</summary>
    public static MiddleLayerPlan ForEverybody()
    {
        using var ephemeral = X25519SecretKey.Generate();
        return new MiddleLayerPlan(ephemeral.PublicKey, [], cookie: null);
    }

    /// <summary>A descriptor that only the holders of these keys may read.</summary>
    /// <exception cref="ArgumentException">No client, or a key of small order.</exception>
    public static MiddleLayerPlan ForClients(Subcredential subcredential, ReadOnlySpan<X25519PublicKey> clients)
    {
        if (clients.IsEmpty)
            throw new ArgumentException("Restricted discovery needs at least one client.", nameof(clients));
        using var ephemeral = X25519SecretKey.Generate();
        var cookie = SecretBytes.Random(ClientAuthorization.CookieLength);
        var lines = new List<AuthorizedClient>();
        foreach (var client in clients)
        {
            if (!ClientAuthorization.TryAuthorize(ephemeral, client, subcredential, cookie.Span, out var line))
            {
                cookie.Dispose();
                throw new ArgumentException($"Client key {lines.Count + 1} is no usable X25519 key.", nameof(clients));
            }

            lines.Add(line);
        }

        return new MiddleLayerPlan(ephemeral.PublicKey, lines, cookie);
    }

    public void Dispose() => _cookie?.Dispose();
}
