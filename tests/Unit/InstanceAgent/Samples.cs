using OnionBalance.Split.InstanceAgent.Watching;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.InstanceAgent;

/// <summary>Addresses, relays, introduction points and circuits by small numbers.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static OnionAddress Address(byte number)
    {
        Span<byte> seed = stackalloc byte[32];
        seed.Fill(number);
        using var key = IdentitySecretKey.FromSeed(seed);
        return OnionAddress.From(key.PublicKey);
    }

    /// <summary>As circuit events name it.</summary>
    public static string Relay(byte number) => Convert.ToHexString([.. Enumerable.Repeat(number, 20)]);

    /// <summary>A point at the relay of that number; another <paramref name="key"/> makes it another point there.</summary>
    public static IntroductionPoint Point(byte relay, byte key = 1)
    {
        byte[] linkSpecifiers = [1, 2, 20, .. Enumerable.Repeat(relay, 20)];
        var authKey = Filled((byte)(relay + 16 * key));
        Assert.True(IntroductionPoint.TryCreate(
            linkSpecifiers, new X25519PublicKey(Filled(relay)), new Ed25519PublicKey(authKey), new X25519PublicKey(authKey), out var point));
        return point;
    }

    public static ObservedDescriptor Descriptor(ulong period, ulong revision, params IntroductionPoint[] points) =>
        new(new TimePeriod(period, 1440), revision, [.. points], new byte[] { (byte)period, (byte)revision });

    public static CircuitEvent Established(OnionAddress address, int id, byte relay) =>
        Circuit($"{id} BUILT ${Relay(9)}~a,${Relay(relay)}~b PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={address.Label}");

    public static CircuitEvent Closed(OnionAddress address, int id) =>
        Circuit($"{id} CLOSED ${Relay(9)}~a PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={address.Label} REASON=FINISHED");

    public static CircuitEvent Circuit(string line)
    {
        Assert.True(CircuitEvent.TryParse(line, out var circuit));
        return circuit;
    }

    public static InstanceReport Present(params ObservedDescriptor[] descriptors) =>
        new InstanceReport.Present([.. descriptors]);

    private static Bytes32 Filled(byte value) => Bytes32.Create(Enumerable.Repeat(value, 32).ToArray());
}
