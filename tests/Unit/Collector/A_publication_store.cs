using Microsoft.Extensions.Logging.Abstractions;
using OnionBalance.Split.Collector.Publishing;
using OnionBalance.Split.Protos;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class A_publication_store : IDisposable
{
    private static readonly TimePeriod Period = new(20_780, 1440);

    private readonly string _folder = Directory.CreateTempSubdirectory("obs-publications").FullName;
    private readonly PublicationStore _store;

    public A_publication_store() => _store = new PublicationStore(_folder, NullLogger<PublicationStore>.Instance);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Gives_back_what_was_saved()
    {
        var saved = Some.Publication(Period, Some.Now, UploadOutcome.Accepted, UploadOutcome.Rejected) with
        {
            SignedBy = SigningWay.Signer,
            Signer = "signer1",
        };
        _store.Save(Some.Address(1), [saved]);
        var loaded = Assert.Single(_store.Load(Some.Address(1)));
        Assert.Equal(saved.Uploads.AsEnumerable(), loaded.Uploads);
        Assert.True(saved.Points.SetEquals(loaded.Points));
        Assert.Equal(
            (saved.Period, saved.RevisionCounter, saved.Signed, saved.PlanDigest, saved.RefreshAt, saved.SignedBy, saved.Signer),
            (loaded.Period, loaded.RevisionCounter, loaded.Signed, loaded.PlanDigest, loaded.RefreshAt, loaded.SignedBy, loaded.Signer));
        Assert.Empty(_store.Load(Some.Address(2)));
    }

    [Fact]
    public void Takes_what_a_version_wrote_that_did_not_know_who_signed()
    {
        var file = Path.Combine(_folder, "publications", Some.Address(1).Label + ".json");
        File.WriteAllText(file, $$"""[{"PeriodNumber":1,"PeriodMinutes":1,"RevisionCounter":1,"Signed":"2026-01-01T00:00:00Z","PlanDigest":"{{new string('a', 64)}}","Points":[],"RefreshAt":"2026-01-01T00:00:00Z","Uploads":[]}]""");
        Assert.Equal((SigningWay.Unspecified, ""), (Assert.Single(_store.Load(Some.Address(1))).SignedBy, _store.Load(Some.Address(1))[0].Signer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"PeriodNumber":1,"PeriodMinutes":1,"RevisionCounter":1,"Signed":"2026-01-01T00:00:00Z","PlanDigest":"zz","Points":[],"RefreshAt":"2026-01-01T00:00:00Z","Uploads":[]}]""")]
    public void Sets_a_damaged_file_aside_and_goes_on(string text)
    {
        _store.Save(Some.Address(1), [Some.Publication(Period, Some.Now, UploadOutcome.Accepted)]);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(_folder, "publications")));
        File.WriteAllText(file, text);
        Assert.Empty(_store.Load(Some.Address(1)));
        Assert.True(File.Exists(file + ".corrupt"));
    }

    [Fact]
    public void Counts_after_a_restart_only_hsdirs_that_accepted()
    {
        var publication = Some.Publication(Period, Some.Now, UploadOutcome.Accepted, UploadOutcome.Pending, UploadOutcome.TimedOut);
        _store.Save(Some.Address(1), [publication]);
        var log = new PublicationLog(Some.Address(1), _store);
        Assert.Single(Assert.Single(log.Snapshot.Values).Uploads);
    }

    [Fact]
    public void Is_not_changed_by_the_uploads_of_an_older_publication()
    {
        var log = new PublicationLog(Some.Address(1), _store);
        log.Add(Some.Publication(Period, Some.Now, UploadOutcome.Pending));
        Assert.Null(log.Change(Period, 76, publication => publication with { RevisionCounter = 1 }));
        Assert.NotNull(log.Change(Period, 77, publication => publication with { RejectedUntil = Some.Now }));
        log.KeepOnly([]);
        Assert.Empty(_store.Load(Some.Address(1)));
    }
}
