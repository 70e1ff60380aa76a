using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>
/// The instances' descriptors on disk, one file for each instance and period, each as its tor wrote it: it proves itself
/// when read again. The files of a lost instance are renamed: their revision counters still count, their points do not.
/// </summary>
internal sealed partial class ReportStore
{
    private const string Corrupt = ".corrupt";

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
    internal void Save(InstanceReport report)
    {
        lock (_gate)
        {
            AtomicFile.Write(PathOf(new ReportFileName(report.Instance, report.Period, IsLost: false)), report.Text.AsSpan());
            File.Delete(PathOf(new ReportFileName(report.Instance, report.Period, IsLost: true)));
        }
    }

    /// <summary>Everything that still proves itself. What does not is set aside under another name, for a person to look at.</summary>
    internal IReadOnlyList<(InstanceReport Report, bool IsLost)> Load()
    {
        var loaded = new List<(InstanceReport, bool)>();
        foreach (var path in Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal).ToArray())
        {
            if (!ReportFileName.TryParse(Path.GetFileName(path), out var name))
                continue;
            var text = File.ReadAllBytes(path);
            if (DescriptorReader.TryRead(text, name.Instance.PublicKey, [name.Period], _time.GetUtcNow(), null, out var descriptor, out var fault))
                loaded.Add((InstanceReport.Of(name.Instance, descriptor, text, File.GetLastWriteTimeUtc(path)), name.IsLost));
            else if (fault is DescriptorFault.Expired or DescriptorFault.ExpiredIntroductionPoint)
                File.Delete(path);
            else
                SetAside(path, fault);
        }

        return loaded;
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

    private void SetAside(string path, DescriptorFault fault)
    {
        File.Move(path, path + Corrupt, overwrite: true);
        LogSetAside(path, fault, path + Corrupt);
    }

    private string PathOf(ReportFileName name) => Path.Combine(_folder, name.ToString());
}
