namespace OnionBalance.Split.Tests.Integration;

/// <summary>A test that has no short form: tests/run.sh --long runs it, the plain run says that it was skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute()
    {
        if (!Measured.Long)
            Skip = "It needs many minutes: tests/run.sh --long.";
    }
}
