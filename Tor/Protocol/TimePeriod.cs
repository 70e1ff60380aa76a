using System.Globalization;

namespace OnionBalance.Split.Tor.Protocol;

/// <summary>
/// A time period: period_num and period_length of rend-spec-v3 2.2.1 [TIME-PERIODS].
/// Which period a moment belongs to also depends on the network: see NetworkTiming.
/// </summary>
/// <param name="Number">Periods since the Unix epoch, after the rotation offset.</param>
/// <param name="LengthMinutes">1440 on the public network.</param>
public readonly record struct TimePeriod(ulong Number, uint LengthMinutes)
{
    public TimePeriod Next => this with { Number = Number + 1 };

    /// <summary>The period before; of period 0 there is none, and the caller never gets there in this century.</summary>
    public TimePeriod Previous => this with { Number = Number - 1 };

    /// <summary>Whether it has ended when the other one begins, be that of its own length or not.</summary>
    public bool IsOverAt(TimePeriod other) => ((UInt128)Number + 1) * LengthMinutes <= (UInt128)other.Number * other.LengthMinutes;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{LengthMinutes} min");
}
