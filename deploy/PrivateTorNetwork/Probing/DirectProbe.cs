using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using OnionBalance.Split.PrivateTorNetwork.Probing.Direct;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>
/// Looks from outside at what every responsible HSDir holds of both descriptors of a service, with circuits of its own.
/// </summary>
/// <remarks>
/// tor's HSFETCH asks for the time period that clients use now and no other. So this speaks the relays' own protocol: two hops
/// (HSDirs refuse clients that come directly) and a directory request for the blinded key of either period.
/// </remarks>
public sealed class DirectProbe : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(8);

    private readonly PrivateNetwork _network;
    private readonly ControlConnection _control;
    private readonly ConsensusReader _reader = new();
    private readonly ConcurrentDictionary<string, RelayKeys> _keys = new();

    private DirectProbe(PrivateNetwork network, ControlConnection control)
    {
        _network = network;
        _control = control;
    }

    /// <param name="observer">The tor whose consensus says which HSDirs are responsible, any client for example.</param>
    public static async Task<DirectProbe> OpenAsync(PrivateNetwork network, TorProcess observer, CancellationToken ct = default) =>
        new(network, await observer.ConnectAsync(ct).ConfigureAwait(false));

    /// <summary>The observer's consensus now.</summary>
    public async Task<Consensus> ConsensusAsync(CancellationToken ct = default) =>
        await _reader.ReadAsync(_control, ct).ConfigureAwait(false) ?? throw new PrivateNetworkException("The observer has no consensus.");

    /// <summary>What all responsible HSDirs of both descriptors hold now: first descriptor, then second.</summary>
    public async Task<ImmutableArray<HeldDescriptor>> LookAsync(OnionAddress address, CancellationToken ct = default)
    {
        var consensus = await ConsensusAsync(ct).ConfigureAwait(false);
        var schedule = ServiceSchedule.From(consensus);
        var both = await Task.WhenAll(
            LookAsync(address, consensus, schedule.First, ct),
            LookAsync(address, consensus, schedule.Second, ct)).ConfigureAwait(false);
        return [.. both[0], .. both[1]];
    }

    /// <summary>What the HSDirs that are responsible for one descriptor hold now.</summary>
    public async Task<ImmutableArray<HeldDescriptor>> LookAsync(OnionAddress address, Consensus consensus, ScheduledDescriptor scheduled, CancellationToken ct = default)
    {
        var blinded = address.PublicKey.Blind(scheduled.Period);
        var hsDirs = HsDirRing.Responsible(consensus, blinded, scheduled.Period, scheduled.SharedRandom);
        return [.. await Task.WhenAll(hsDirs.Select(hsDir => AskAsync(blinded, scheduled, hsDir, ct))).ConfigureAwait(false)];
    }

    public ValueTask DisposeAsync() => _control.DisposeAsync();

    private async Task<HeldDescriptor> AskAsync(BlindedPublicKey blinded, ScheduledDescriptor scheduled, HsDir hsDir, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(_timeout, _network.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            var last = await KeysAsync(hsDir.Fingerprint, either.Token).ConfigureAwait(false);
            var helpers = _network.Relays.Where(relay => relay.Fingerprint != hsDir.Fingerprint && relay.Tor.IsRunning).ToArray();
            var helper = helpers[Random.Shared.Next(helpers.Length)];
            var first = await KeysAsync(helper.Fingerprint, either.Token).ConfigureAwait(false);
            var circuit = await DirectCircuit.BuildAsync(first, last, either.Token).ConfigureAwait(false);
            await using var closing = circuit.ConfigureAwait(false);
            var path = "/tor/hs/3/" + Convert.ToBase64String(blinded.Bytes.Span).TrimEnd('=');
            return Read(await circuit.GetAsync(path, either.Token).ConfigureAwait(false), scheduled, hsDir);
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException or ControlException)
        {
            return new HeldDescriptor(scheduled, hsDir, default, error.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new HeldDescriptor(scheduled, hsDir, default, $"no answer within {_timeout.TotalSeconds:0} s");
        }
    }

    private static HeldDescriptor Read(byte[] answer, ScheduledDescriptor scheduled, HsDir hsDir)
    {
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        var status = Encoding.ASCII.GetString(answer, 0, Math.Min(answer.Length, 100)).Split("\r\n")[0];
        return end >= 0 && status.Contains(" 200 ", StringComparison.Ordinal)
            ? new HeldDescriptor(scheduled, hsDir, answer.AsMemory(end + 4), null)
            : new HeldDescriptor(scheduled, hsDir, default, status);
    }

    private async Task<RelayKeys> KeysAsync(string fingerprint, CancellationToken ct)
    {
        if (_keys.TryGetValue(fingerprint, out var known))
            return known;
        const string Prefix = "ntor-onion-key ";
        var microdescriptor = await _control.GetInfoAsync($"md/id/{fingerprint}", ct).ConfigureAwait(false);
        var line = microdescriptor.Split('\n').FirstOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..].Trim() ?? "";
        if (!Bytes32.TryCreate(Convert.FromBase64String(line.PadRight((line.Length + 3) / 4 * 4, '=')), out var onionKey))
            throw new PrivateNetworkException($"The microdescriptor of {fingerprint} has no ntor key.");
        return _keys[fingerprint] = new RelayKeys(Convert.FromHexString(fingerprint), new X25519PublicKey(onionKey), _network.OrPortOf(fingerprint));
    }
}
