using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector;
using OnionBalance.Split.Collector.Configuration;
using OnionBalance.Split.Collector.Delegations;
using OnionBalance.Split.Collector.Network;
using OnionBalance.Split.Collector.Reports;
using OnionBalance.Split.Collector.Selection;
using OnionBalance.Split.Collector.Signing;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Channels;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Directory;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

/// <summary>
/// A Collector's delegations on a real disk, on the public network at half past three in the afternoon, and the Signer that
/// grants them.
/// </summary>
internal sealed class DelegationBench : IDisposable
{
    internal static readonly OnionAddress Instance = Some.Address(1);

    /// <summary>Another service of this Collector, looked at first, which a Signer signs for.</summary>
    internal static readonly OnionAddress Neighbour = Some.Address(9);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("obs-delegations-");
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LoggerFactory _loggers;
    private readonly CurrentConfiguration _configuration;
    private int _requests;

    internal DelegationBench(params SigningWay[] signing)
    {
        Service = OnionAddress.From(Identity.PublicKey);
        Folder = new DelegationFolder(_folder.FullName, Service);
        _loggers = new LoggerFactory([Log]);
        _configuration = new CurrentConfiguration(An_instance_table.Configuration() with
        {
            StateDirectory = _folder.FullName,
            Services = [new ServiceConfiguration(Neighbour, []), new ServiceConfiguration(Service, []) { Signing = signing is [] ? [SigningWay.Delegation] : [.. signing] }],
        });
        Network = new Views { Newest = Some.View() };
        Metrics = new CollectorMetrics(Meters);
        Book = new DelegationBook(_configuration, Network, Metrics, Time, _loggers.CreateLogger<DelegationBook>());
        Signing = NewSigning();
    }

    internal IdentitySecretKey Identity { get; } = IdentitySecretKey.FromSeed([.. Enumerable.Repeat((byte)7, 32)]);

    internal OnionAddress Service { get; }

    internal FakeTimeProvider Time { get; } = new(Some.Now);

    internal Views Network { get; }

    internal CollectedLog Log { get; } = new();

    internal CollectorMetrics Metrics { get; }

    internal IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    internal DelegationFolder Folder { get; }

    internal DelegationBook Book { get; }

    internal DelegatedSigning Signing { get; private set; }

    internal string State => _folder.FullName;

    internal ScheduledDescriptor First => Network.Newest!.Schedule.First;

    internal ScheduledDescriptor Second => Network.Newest!.Schedule.Second;

    /// <summary>What the Signer's people are brought.</summary>
    internal DelegationRequest Request(int days)
    {
        var file = Path.Combine(State, $"request{_requests++}");
        var made = DelegationRequestMaker.Make(State, Folder, Service, DelegationPlan.ForDays(NetworkTiming.Public, Time.GetUtcNow(), days), file);
        Assert.Equal(made.ToText(), File.ReadAllBytes(file));
        Assert.True(DelegationRequest.TryParse(made.ToText(), out var request, out var fault), fault.ToString());
        return request;
    }

    internal DelegationBundle Grant(DelegationRequest request) =>
        DelegationBundle.Grant(Identity, request, period => NetworkTiming.Public.PublicationOf(period).From);

    /// <summary>Asked for, granted, brought back and taken up.</summary>
    internal DelegationBundle Delegate(int days)
    {
        var bundle = Grant(Request(days));
        Folder.AddBundle(bundle.ToText());
        Book.Look();
        return bundle;
    }

    /// <summary>The clock, and a consensus of that hour.</summary>
    internal void GoTo(DateTimeOffset now)
    {
        Time.SetUtcNow(now);
        Network.Newest = Some.View(new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero));
        Book.Look();
    }

    /// <summary>As after a restart: what is in memory is gone.</summary>
    internal void Restart()
    {
        Signing.Dispose();
        Signing = NewSigning();
    }

    /// <summary>Three introduction points of one instance, in two copies.</summary>
    internal SigningJob Job(ScheduledDescriptor descriptor, ulong published = 0)
    {
        var report = Some.Report(Instance, descriptor.Period);
        return new SigningJob(
            Service,
            descriptor,
            Network.Newest!.Consensus.ValidAfter,
            Network.Newest.Consensus.VotingInterval,
            new SelectionPlan([[.. report.Points.Select(point => new ChosenPoint(Instance, point.AuthKey.Bytes))]]),
            [2],
            ImmutableDictionary<OnionAddress, InstanceReport>.Empty.Add(Instance, report),
            published);
    }

    internal SigningOutcome.Signed Sign(ScheduledDescriptor descriptor, ulong published = 0)
    {
        var outcome = Signing.Sign(Job(descriptor, published));
        return Assert.IsType<SigningOutcome.Signed>(outcome);
    }

    /// <summary>As a client of the service reads it.</summary>
    internal HsDescriptor Read(ReadOnlyMemory<byte> copy, TimePeriod period)
    {
        Assert.True(
            DescriptorReader.TryRead(copy.Span, Service.PublicKey, [period], Time.GetUtcNow(), null, DescriptorLimits.Default, out var read, out _, out var detail),
            detail);
        return read;
    }

    public void Dispose()
    {
        Signing.Dispose();
        Book.Dispose();
        Identity.Dispose();
        _loggers.Dispose();
        _services.Dispose();
        _folder.Delete(recursive: true);
    }

    private DelegatedSigning NewSigning() => new(Book, new IssuedCounters(State), Time);

    internal sealed class Views : INetworkViews
    {
        public NetworkView? Newest { get; set; }

        public ValueTask<NetworkView> ViewAsync(CancellationToken cancellationToken) => new(Newest!);
    }
}
