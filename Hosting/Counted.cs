using System.Globalization;

namespace OnionBalance.Split.Hosting;

/// <summary>Numbers of things, for people.</summary>
public static class Counted
{
    /// <summary>"1 service", "2 services".</summary>
    public static string Of(int count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
