using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Reports;

/// <summary>LABEL.NUMBER-LENGTH.descriptor, or .lost for a lost instance's.</summary>
internal sealed record ReportFileName(OnionAddress Instance, TimePeriod Period, bool IsLost)
{
    private const string Usable = "descriptor";
    private const string Lost = "lost";

    internal static bool TryParse(string name, [NotNullWhen(true)] out ReportFileName? parsed)
    {
        parsed = null;
        var parts = name.Split('.');
        if (parts.Length != 3 || parts[2] is not (Usable or Lost) || !OnionAddress.TryParse(parts[0], out var instance))
            return false;
        var period = parts[1].Split('-');
        if (period.Length != 2
            || !ulong.TryParse(period[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !uint.TryParse(period[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        parsed = new ReportFileName(instance, new TimePeriod(number, length), parts[2] == Lost);
        return true;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Instance.Label}.{Period.Number}-{Period.LengthMinutes}.{(IsLost ? Lost : Usable)}");
}
