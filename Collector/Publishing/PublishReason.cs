namespace OnionBalance.Split.Collector.Publishing;

/// <summary>Why a master descriptor is published now.</summary>
internal enum PublishReason
{
    /// <summary>Nothing of this time period was published yet: the first start, or a rotation.</summary>
    NewPeriod,

    /// <summary>It still names an introduction point that is gone.</summary>
    PointsLost,

    /// <summary>There are other introduction points to name, beside those it names.</summary>
    PointsAdded,

    /// <summary>Another HSDir is responsible.</summary>
    HsDirsChanged,

    /// <summary>60 to 120 minutes have passed, as with any onion service.</summary>
    Due,

    /// <summary>An HSDir refused the last one.</summary>
    Rejected,
}
