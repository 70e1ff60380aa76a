using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Configuration;
using OnionBalance.Split.Signer.Delegations;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Pkcs11;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Unit.Signer.Delegations;

/// <summary>A Signer without a network but for its command line: a key file, a state folder, and a policy that is open.</summary>
internal sealed class DelegationBench : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("delegation-bench-");
    private readonly StateFolder _state;

    public DelegationBench()
    {
        Service = Some.Address(1);
        StoreKey(Some.Key(1));
        Assert.True(StateFolder.TryOpen(Path.Combine(_folder.FullName, "state"), [Service], Time.GetUtcNow(), out var state, out var fault), fault);
        _state = state;
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 10, 13, 30, 0, TimeSpan.Zero));

    public OnionAddress Service { get; }

    public RequestPolicy Policy { get; set; } = RequestPolicy.Default with { Delegations = new DelegationPolicy { Enabled = true } };

    public string KeyFile => Path.Combine(_folder.FullName, "key");

    public string AuditFolder => AuditLog.FolderIn(_state.Path);

    /// <summary>The period that is published as the first one now.</summary>
    public ulong Current => NetworkTiming.Public.PeriodAt(Time.GetUtcNow()).Number;

    public void StoreKey(IdentitySecretKey key)
    {
        using (key)
        using (var secret = TorKeyFile.WriteSecret(key))
            AtomicFile.Write(KeyFile, secret.Span);
    }

    /// <summary>What an honest Collector asks for: a key of its own for each period.</summary>
    public DelegationRequest Ask(ulong first, ulong last, uint length = 1440) => new(
        Service,
        [.. Enumerable.Range(0, (int)(last - first) + 1).Select(index => new RequestedPeriod(new TimePeriod(first + (ulong)index, length), HeldKey(index)))]);

    public static Ed25519PublicKey HeldKey(int index)
    {
        using var key = DescriptorSigningKey.FromSeed(Some.Bytes((byte)(100 + index)).Span);
        return key.PublicKey;
    }

    /// <summary>The bundle, or null with the first objection's reason.</summary>
    public (DelegationBundle? Bundle, string? Reason) Answer(byte[] request, Func<DelegationOffer, DelegationObjection?>? confirm = null)
    {
        using var audit = new AuditLog(AuditFolder, Time);
        var configuration = new SignerConfiguration(
            [], null, null, _state.Path, NetworkTiming.Public, [new ServiceConfiguration(Service, new KeyLocation.File(KeyFile), [], Policy)]);
        var granted = new DelegationDesk(configuration, audit, new TokenModules(Time), Time).TryAnswer(request, confirm ?? (_ => null), out _, out var bundle, out var objections);
        Assert.Equal(granted, objections.IsEmpty);
        return granted ? (bundle, null) : (null, objections[0].Reason);
    }

    /// <summary>The events of the audit log that delegations have written, the last one's reason, and nothing in full.</summary>
    public (string[] Events, string? Reason) Audited()
    {
        Assert.True(AuditChain.TryVerify(AuditFolder, out _, out var fault), fault);
        var lines = File.ReadAllLines(AuditHead.PathOf(AuditFolder, 1));
        Assert.DoesNotContain(lines, line => line.Contains(Service.Label, StringComparison.Ordinal));
        var entries = lines.Select(line => JsonDocument.Parse(line[65..]).RootElement).ToArray();
        return ([.. entries.Select(entry => entry.GetProperty("event").GetString()!)], entries[^1].TryGetProperty("reason", out var reason) ? reason.GetString() : null);
    }

    public void Dispose()
    {
        _state.Dispose();
        _folder.Delete(recursive: true);
    }
}
