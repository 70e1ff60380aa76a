using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Signing;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>
/// A whole Signer but for its link: a key file, a state folder, a clock that stands at half past one in the afternoon, and
/// two enrolled instances.
/// </summary>
internal sealed class SigningBench : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("signer-bench-");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly StateFolder _state;
    private AuditLog? _audit;

    public SigningBench()
    {
        using var master = IdentitySecretKey.Generate();
        Service = OnionAddress.From(master.PublicKey);
        KeyFile = Path.Combine(_folder.FullName, "key");
        using (var secret = TorKeyFile.WriteSecret(master))
            AtomicFile.Write(KeyFile, secret.Span, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        StatePath = Path.Combine(_folder.FullName, "state");
        Assert.True(StateFolder.TryOpen(StatePath, [Service], Time.GetUtcNow(), out var state, out var fault), fault);
        _state = state;
        Desk = NewDesk();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 10, 13, 30, 0, TimeSpan.Zero));

    public Instance A { get; } = new();

    public Instance B { get; } = new();

    public OnionAddress Service { get; }

    public string KeyFile { get; }

    public string StatePath { get; }

    public string StateFile => StateFolder.FileOf(StatePath, Service);

    public SigningDesk Desk { get; private set; }

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    /// <summary>The current period, whose descriptor is the second one at this hour.</summary>
    public TimePeriod Period => NetworkTiming.Public.PeriodAt(Time.GetUtcNow());

    /// <summary>As after a restart of the process: only what is on disk is left.</summary>
    public void Restart()
    {
        foreach (var service in Desk.Services.Values)
            service.Dispose();
        Desk = NewDesk();
    }

    /// <summary>What the Collector named "collector" is answered.</summary>
    public SignResult Answer(SignRequest request) => Desk.Answer(request, "collector");

    /// <summary>In force from the next restart on.</summary>
    public RequestPolicy Policy { get; set; } = RequestPolicy.Default;

    /// <summary>Requests that are read without a new signature. In force from the next restart on.</summary>
    public int RequestBurst { get; set; } = RequestAllowance.DefaultBurst;

    public string AuditFolder => AuditLog.FolderIn(StatePath);

    /// <summary>What an honest Collector asks now: all points of both instances, in two copies.</summary>
    public SignRequest Honest(ulong revision = 1000) => Ask(
        [A.Show(A.Describe(Period, Time.GetUtcNow(), revision)), B.Show(B.Describe(Period, Time.GetUtcNow(), revision))],
        [.. A.Points.Select(point => Name(0, point)), .. B.Points.Select(point => Name(1, point))]);

    public SignRequest Ask(IEnumerable<OnionBalance.Split.Protos.Evidence> evidence, IEnumerable<IntroductionPointName> points) => new()
    {
        Id = 1,
        ServiceAddress = Service.ToFullString(),
        TimePeriod = new() { Number = Period.Number, LengthMinutes = Period.LengthMinutes },
        Role = DescriptorRole.Second,
        ConsensusValidAfter = Time.GetUtcNow().AddMinutes(-30).ToUnixTimeSeconds() / 3600 * 3600,
        VotingInterval = 3600,
        Evidence = { evidence },
        Selections = { new Selection { Copies = 2, Points = { points } } },
    };

    public static IntroductionPointName Name(uint evidence, IntroductionPoint point) =>
        new() { Evidence = evidence, AuthKey = ByteString.CopyFrom(point.AuthKey.Bytes.Span) };

    /// <summary>What a client of the master service reads in a released descriptor.</summary>
    public HsDescriptor Read(ByteString copy)
    {
        Assert.True(
            DescriptorReader.TryRead(copy.Span, Service.PublicKey, [Period], Time.GetUtcNow(), null, DescriptorLimits.Default, out var read, out _, out var detail),
            detail);
        return read;
    }

    public void Dispose()
    {
        foreach (var service in Desk.Services.Values)
            service.Dispose();
        Desk.Dispose();
        _audit?.Dispose();
        _state.Dispose();
        _services.Dispose();
        A.Dispose();
        B.Dispose();
        _folder.Delete(recursive: true);
    }

    private SigningDesk NewDesk()
    {
        _audit?.Dispose();
        _audit = StateFolder.AuditLogIn(StatePath, [Service], Time);
        var desk = new SigningDesk(new SignerMetrics(Meters), _audit, Time, NullLogger<SigningDesk>.Instance, RequestBurst);
        desk.Replace([new ServiceSigner(
            Service,
            new ServiceSettings(new FileIdentityKeyStore(KeyFile), new ServicePolicy([A.Address, B.Address]), NetworkTiming.Public, Policy),
            new SigningStateStore(StatePath, Service, _audit),
            new EvidenceGate(new EvidenceStore(EvidenceStore.DefaultCapacity)),
            Time)]);
        return desk;
    }
}
