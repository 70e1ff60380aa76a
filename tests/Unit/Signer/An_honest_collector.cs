using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Signing;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>What a Collector that works as written may ask of one Signer, at its worst, is read every time.</summary>
public sealed class An_honest_collector : IDisposable
{
    private const int Services = 64;
    private const int Instances = 256;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("honest-collector-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 10, 13, 30, 0, TimeSpan.Zero));
    private readonly AuditLog _audit;
    private readonly RequestAllowance _allowance;

    public An_honest_collector()
    {
        AuditLog.Create(_folder.FullName);
        _audit = new AuditLog(_folder.FullName, _time);
        _allowance = new RequestAllowance("collector", _audit, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _audit.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void May_publish_all_services_as_often_as_it_does_with_evidence_asked_for_each_time()
    {
        for (var publication = 0; publication < PublishBudget.Rate.Burst; publication++)
            PublishAll();
        for (var hour = TimeSpan.Zero; hour < TimeSpan.FromHours(1); hour += PublishBudget.Rate.Interval, _time.Advance(PublishBudget.Rate.Interval))
            PublishAll();
    }

    [Fact]
    public void May_have_every_instance_of_a_new_configuration_refused_and_all_services_for_hours()
    {
        for (var refused = 0; refused < Services * Instances; refused++)
            Ask(Services);
        // Then of each service two instances in twenty seconds, and the service itself in thirty.
        for (var second = 0; second < 2 * 3600; second++, _time.Advance(TimeSpan.FromSeconds(1)))
        {
            for (var asked = (second % 10 == 0 ? 1 : 0) + (second % 30 == 0 ? 1 : 0); asked > 0; asked--)
            {
                for (var service = 0; service < Services; service++)
                    Ask(Services);
            }
        }
    }

    [Fact]
    public void May_ask_for_one_service_as_for_many()
    {
        for (var refused = 0; refused < Instances; refused++)
            Ask(1);
        for (var second = 0; second < 2 * 3600; second += 10, _time.Advance(TimeSpan.FromSeconds(10)))
            Ask(1);
    }

    private void PublishAll()
    {
        for (var service = 0; service < Services; service++)
        {
            Ask(Services);
            Ask(Services);
            _allowance.GiveBack(Services);
        }
    }

    private void Ask(int services) => Assert.True(_allowance.TryTake(services, out var refused), refused?.Detail);
}
