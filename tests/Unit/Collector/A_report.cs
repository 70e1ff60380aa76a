using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tests.Unit.Descriptors;
using OnionBalance.Split.Tests.Unit.TorDirectory;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Certificates;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_report : IDisposable
{
    private const string Agent = "backend-1";

    private readonly FakeTimeProvider _time = new(TestService.Now);
    private readonly TestService _instance = new();
    private readonly TestService _stranger = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("obs-report").FullName;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Views _views = new();
    private readonly CollectedLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly InstanceTable _table;
    private readonly ReportStore _store;
    private readonly ReportIntake _intake;

    public A_report()
    {
        _loggers = new LoggerFactory([_log]);
        _table = new InstanceTable(_time, NullLogger<InstanceTable>.Instance);
        _table.Enrol(An_instance_table.Configuration((Address(_instance), Agent)));
        _table.RunGrace(true);
        _store = new ReportStore(_folder, _table, _time, NullLogger<ReportStore>.Instance);
        _intake = new ReportIntake(
            _table, _store, _views, new CollectorMetrics(_services.GetRequiredService<IMeterFactory>()), _time, _loggers.CreateLogger<ReportIntake>());
        Assert.True(NetworkView.TryCreate(Schedules.Consensus(TestService.Now.AddMinutes(-47).AddSeconds(-11), TimeSpan.FromHours(1)), out var view, out _));
        _views.Source.SetResult(view!);
    }

    public void Dispose()
    {
        _intake.Dispose();
        _table.Dispose();
        _loggers.Dispose();
        _services.Dispose();
        _instance.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Of_an_enrolled_instance_is_accepted_and_on_disk()
    {
        Assert.Null(await Send(_instance.Build(TestService.Inner(3))));
        var record = _table.Snapshot[Address(_instance)];
        Assert.Equal(InstanceState.Present, record.State);
        Assert.Equal(3, record.Reports[TestService.Period].Points.Length);
        var (report, isLost) = Assert.Single(_store.Load().Reports);
        Assert.False(isLost);
        Assert.Equal(record.Reports[TestService.Period].Digest, report.Digest);
        Assert.True(record.Reports[TestService.Period].Points.SequenceEqual(report.Points));
    }

    [Fact]
    public async Task Of_an_instance_that_no_service_names_is_refused() =>
        Assert.Equal(ReportRefusal.NotEnrolled, await Send(_stranger.Build(TestService.Inner(3)), Address(_stranger).ToFullString()));

    [Fact]
    public async Task By_another_agent_than_the_instances_own_is_refused() =>
        Assert.Equal(ReportRefusal.WrongAgent, await Send(_instance.Build(TestService.Inner(3)), agent: "backend-2"));

    [Fact]
    public async Task Of_another_instance_than_it_is_sent_for_is_refused() =>
        Assert.Equal(ReportRefusal.NotAuthentic, await Send(_stranger.Build(TestService.Inner(3))));

    [Fact]
    public async Task With_a_changed_byte_is_refused()
    {
        var text = _instance.Build(TestService.Inner(3));
        text[text.AsSpan().LastIndexOf((byte)'A')] = (byte)'B';
        Assert.NotNull(await Send(text));
        Assert.Empty(_store.Load().Reports);
    }

    [Fact]
    public async Task That_is_no_descriptor_is_refused()
    {
        Assert.Equal(ReportRefusal.Malformed, await Send("hello"u8.ToArray()));
        Assert.Equal(ReportRefusal.Malformed, await Send([]));
        Assert.Equal(ReportRefusal.Malformed, await Send(new byte[50_001]));
        Assert.Equal(ReportRefusal.Malformed, await Send(_instance.Build(TestService.Inner(3)), "not-an-address.onion"));
    }

    [Fact]
    public async Task Without_introduction_points_is_refused() =>
        Assert.Equal(ReportRefusal.Malformed, await Send(_instance.Build(TestService.Inner(0))));

    public static TheoryData<string, ReportRefusal, string> ForeignPoints => new()
    {
        { "certified by another service", ReportRefusal.NotAuthentic, "introduction point 3 does not hold: WrongSigningKey" },
        { "mis-signed", ReportRefusal.NotAuthentic, "introduction point 3 does not hold: BadSignature" },
        { "of another type", ReportRefusal.NotAuthentic, "introduction point 3 does not hold: WrongType" },
        { "expired", ReportRefusal.Expired, "introduction point 3 has expired" },
        { "repeated", ReportRefusal.Malformed, "Introduction point 3 has the authentication key of an earlier one" },
        { "without link specifiers", ReportRefusal.Malformed, "Introduction point 3 " },
    };

    /// <summary>Everything else of the descriptor is the instance's own and holds.</summary>
    [Theory]
    [MemberData(nameof(ForeignPoints))]
    public async Task With_a_foreign_introduction_point_is_refused_for_its_own_reason_and_recorded(string foreign, ReportRefusal reason, string detail)
    {
        using var counted = new CountedReasons(_services.GetRequiredService<IMeterFactory>(), "onionbalance.collector.report_refusals");
        Assert.Equal(reason, await Send(WithForeignPoint(foreign)));
        Assert.Equal([reason.ToString().ToLowerInvariant()], counted.Reasons);
        Assert.Contains($"'{Agent}' for instance {Address(_instance)}: {reason}: ", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains(detail, _log.Lines.Single(), StringComparison.Ordinal);
        Assert.Empty(_store.Load().Reports);
        Assert.Equal(InstanceState.Awaited, _table.Snapshot[Address(_instance)].State);
    }

    [Fact]
    public async Task Whose_certificate_has_expired_is_refused()
    {
        var then = TestService.Now.AddHours(-60);
        var text = DescriptorBuilder.Build(_instance.Keys(then), TestService.Inner(3), _instance.Middle, 1, then);
        Assert.Equal(ReportRefusal.Expired, await Send(text));
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(4)]
    public async Task Of_a_period_outside_the_window_is_refused(int days)
    {
        // The clock is moved, and with it the window; the certificate is made to hold on both days.
        var then = TestService.Now.AddDays(days);
        var text = DescriptorBuilder.Build(_instance.Keys(then), TestService.Inner(3), _instance.Middle, 1, then);
        _time.AdjustTime(then);
        Assert.Equal(ReportRefusal.PeriodOutsideWindow, await Send(text));
    }

    [Fact]
    public async Task With_a_lower_revision_counter_than_seen_is_refused_even_after_a_loss_and_a_restart()
    {
        Assert.Null(await Send(_instance.Build(TestService.Inner(3), revision: 7)));
        Assert.Equal(ReportRefusal.RevisionTooLow, await Send(_instance.Build(TestService.Inner(3), revision: 6)));
        Assert.Null(await Send(_instance.Build(TestService.Inner(2), revision: 7)));
        _table.Lose(Address(_instance), "test");
        Assert.Equal(ReportRefusal.RevisionTooLow, await Send(_instance.Build(TestService.Inner(3), revision: 6)));

        var loaded = _store.Load();
        Assert.True(Assert.Single(loaded.Reports).IsLost);
        using var after = new InstanceTable(_time, NullLogger<InstanceTable>.Instance);
        after.Enrol(An_instance_table.Configuration((Address(_instance), Agent)));
        after.Restore(loaded);
        var record = after.Snapshot[Address(_instance)];
        Assert.Equal(InstanceState.Lost, record.State);
        Assert.Equal(7UL, Assert.Single(record.Counters).Value);
    }

    [Fact]
    public async Task That_cannot_be_stored_is_to_be_sent_again()
    {
        Directory.Delete(_folder, recursive: true);
        Assert.Equal(ReportRefusal.NotStored, await Send(_instance.Build(TestService.Inner(3))));
        Assert.Equal(InstanceState.Awaited, _table.Snapshot[Address(_instance)].State);
        Directory.CreateDirectory(_folder);
    }

    [Fact]
    public async Task That_comes_before_there_is_a_consensus_waits_for_it_and_not_for_ever()
    {
        _views.Source = new TaskCompletionSource<NetworkView>();
        var sending = Send(_instance.Build(TestService.Inner(3)));
        Assert.False(sending.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(ReportRefusal.NotStored, await sending);
    }

    [Fact]
    public async Task That_is_damaged_on_disk_is_set_aside_and_the_others_are_read()
    {
        Assert.Null(await Send(_instance.Build(TestService.Inner(3))));
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "instances"), "*.descriptor"));
        var other = file.Replace("20780-", "20781-", StringComparison.Ordinal);
        File.WriteAllText(other, "hs-descriptor 3\n");
        Assert.Single(_store.Load().Reports);
        Assert.True(File.Exists(other + ".corrupt"));
        Assert.False(File.Exists(other));
        Assert.Single(_store.Load().Reports);
    }

    [Fact]
    public async Task Of_a_loss_is_taken_from_the_instances_own_agent_alone()
    {
        Assert.Null(await Send(_instance.Build(TestService.Inner(3))));
        var loss = new InstanceLost { InstanceAddress = Address(_instance).ToFullString(), Reason = LossReason.TorGone };
        Assert.Equal(ReportRefusal.WrongAgent, _intake.TakeLoss("backend-2", loss)?.Reason);
        Assert.Equal(InstanceState.Present, _table.Snapshot[Address(_instance)].State);
        Assert.Null(_intake.TakeLoss(Agent, loss));
        Assert.Equal(InstanceState.Lost, _table.Snapshot[Address(_instance)].State);
    }

    private byte[] WithForeignPoint(string foreign)
    {
        var inner = TestService.Inner(3);
        if (foreign == "repeated")
            inner = inner with { IntroductionPoints = inner.IntroductionPoints.SetItem(2, inner.IntroductionPoints[0]) };
        var last = inner.IntroductionPoints[2];
        return new Forge(_instance, inner)
        {
            Certify = point => ReferenceEquals(point, last) ? Certify(point, foreign) : Forge.Certificates(point, _instance.SigningKey),
            AlterInner = foreign == "without link specifiers" ? WithoutLastLinkSpecifiers : text => text,
        }.Build();
    }

    private IntroductionPointCertificates Certify(IntroductionPoint point, string foreign) => foreign switch
    {
        "certified by another service" => Forge.Certificates(point, _stranger.SigningKey),
        "mis-signed" => MisSigned(Forge.Certificates(point, _instance.SigningKey)),
        "of another type" => Forge.Certificates(point, _instance.SigningKey, auth: CertificateType.IntroductionEncryption),
        "expired" => Forge.Certificates(point, _instance.SigningKey, hours: Forge.Hours - 60),
        _ => Forge.Certificates(point, _instance.SigningKey),
    };

    private static IntroductionPointCertificates MisSigned(IntroductionPointCertificates certificates)
    {
        byte[] encoded = [.. certificates.Enc.Encoded];
        encoded[^1] ^= 1;
        Assert.True(Ed25519Certificate.TryParse(encoded, out var misSigned));
        return certificates with { Enc = misSigned };
    }

    private static byte[] WithoutLastLinkSpecifiers(byte[] text)
    {
        var at = text.AsSpan().LastIndexOf("introduction-point "u8) + "introduction-point ".Length;
        return [.. text.AsSpan(0, at), .. "AAAA"u8, .. text.AsSpan(at + text.AsSpan(at).IndexOf((byte)'\n'))];
    }

    private async Task<ReportRefusal?> Send(byte[] text, string? address = null, string agent = Agent)
    {
        var refused = await _intake.TakeAsync(
            agent,
            new InstanceDescriptor { Sequence = 5, InstanceAddress = address ?? Address(_instance).ToFullString(), Text = ByteString.CopyFrom(text) },
            CancellationToken.None);
        Assert.True(refused is null || (refused.Sequence == 5 && refused.Detail.Length > 0));
        return refused?.Reason;
    }

    private static OnionAddress Address(TestService service) => OnionAddress.From(service.Identity.PublicKey);

    private sealed class Views : INetworkViews
    {
        public TaskCompletionSource<NetworkView> Source { get; set; } = new();

        public NetworkView? Newest => null;

        public ValueTask<NetworkView> ViewAsync(CancellationToken cancellationToken) => new(Source.Task.WaitAsync(cancellationToken));
    }
}
