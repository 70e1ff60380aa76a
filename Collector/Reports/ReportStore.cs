using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// The instances' descriptors on disk, one file for each instance and period, each as its tor wrote it: it proves itself
/// when read again. The files of a lost instance are renamed: their revision counters still count, their points do not. Beside
/// them, a file for each instance with all introduction points that it has shown.
/// </summary>
internal sealed partial class ReportStore
{
    private const string Corrupt = ".corrupt";
    private const string Contested = ".contested";
    private const string PointsFile = ".points";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly InstanceTable _table;
    private readonly TimeProvider _time;
    private readonly ILogger<ReportStore> _logger;

    public ReportStore(string stateDirectory, InstanceTable table, TimeProvider time, ILogger<ReportStore> logger)
    {
        _folder = Path.Combine(stateDirectory, "instances");
        _table = table;
        _time = time;
        _logger = logger;
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.RemoveLeftovers(_folder);
        table.BecameLost += MarkLost;
    }

    /// <exception cref="IOException">The disk is full or gone: nothing changed.</exception>
    internal void Save(InstanceReport report, ShownPoints shown)
    {
        lock (_gate)
        {
            AtomicFile.Write(Path.Combine(_folder, report.Instance.Label + PointsFile), ShownPointsFile.Write(shown));
            AtomicFile.Write(PathOf(new ReportFileName(report.Instance, report.Period, IsLost: false)), report.Text.AsSpan());
            File.Delete(PathOf(new ReportFileName(report.Instance, report.Period, IsLost: true)));
        }
    }

    /// <summary>Everything that still proves itself. What does not is set aside under another name, for a person to look at.</summary>
    internal StoredReports Load()
    {
        var loaded = ImmutableArray.CreateBuilder<(InstanceReport, bool)>();
        var shown = ImmutableDictionary.CreateBuilder<OnionAddress, ShownPoints>();
        foreach (var path in Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal).ToArray())
        {
            if (path.EndsWith(PointsFile, StringComparison.Ordinal) && OnionAddress.TryParse(Path.GetFileNameWithoutExtension(path), out var instance))
                LoadShown(path, instance, shown);
            if (!ReportFileName.TryParse(Path.GetFileName(path), out var name))
                continue;
            var text = File.ReadAllBytes(path);
            if (DescriptorReader.TryRead(text, name.Instance.PublicKey, [name.Period], _time.GetUtcNow(), null, out var descriptor, out var fault))
                loaded.Add((InstanceReport.Of(name.Instance, descriptor, text, File.GetLastWriteTimeUtc(path)), name.IsLost));
            else if (fault is DescriptorFault.Expired or DescriptorFault.ExpiredIntroductionPoint)
                File.Delete(path);
            else
                LogSetAside(path, fault, SetAside(path, Corrupt));
        }

        return new StoredReports(loaded.ToImmutable(), shown.ToImmutable());
    }

    /// <summary>A report that is not used any more, for a person to look at.</summary>
    internal void SetAsideContested(InstanceReport report)
    {
        foreach (var isLost in (bool[])[true, false])
        {
            var path = PathOf(new ReportFileName(report.Instance, report.Period, isLost));
            if (File.Exists(path))
                LogContested(path, report.Instance, SetAside(path, Contested));
        }
    }

    /// <summary>Of periods that nobody will report again.</summary>
    internal void Delete(Func<TimePeriod, bool> isOver)
    {
        lock (_gate)
        {
            foreach (var path in Directory.EnumerateFiles(_folder).ToArray())
            {
                if (ReportFileName.TryParse(Path.GetFileName(path), out var name) && isOver(name.Period))
                    File.Delete(path);
            }
        }
    }

    private void MarkLost(OnionAddress instance)
    {
        try
        {
            lock (_gate)
            {
                // It may have come back while this waited.
                if (_table.Snapshot.GetValueOrDefault(instance)?.State != InstanceState.Lost)
                    return;
                foreach (var path in Directory.EnumerateFiles(_folder, instance.Label + ".*"))
                {
                    if (ReportFileName.TryParse(Path.GetFileName(path), out var name) && !name.IsLost)
                        File.Move(path, PathOf(new ReportFileName(instance, name.Period, IsLost: true)), overwrite: true);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotMarked(instance, e.Message);
        }
    }

    private void LoadShown(string path, OnionAddress instance, ImmutableDictionary<OnionAddress, ShownPoints>.Builder shown)
    {
        if (ShownPointsFile.Read(File.ReadAllBytes(path)) is not { } read)
            LogPointsSetAside(path, SetAside(path, Corrupt));
        else if (read.WithoutExpired(_time.GetUtcNow()) is { ByKey.IsEmpty: false } current)
            shown[instance] = current;
        else
            File.Delete(path);
    }

    private static string SetAside(string path, string suffix)
    {
        File.Move(path, path + suffix, overwrite: true);
        return path + suffix;
    }

    private string PathOf(ReportFileName name) => Path.Combine(_folder, name.ToString());
}
