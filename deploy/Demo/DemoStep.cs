namespace OnionBalance.Split.Demo;

/// <summary>A step of the demo that ended well, with what was seen or measured.</summary>
internal sealed record DemoStep(string Name, string Result);

/// <summary>A step that did not end well; the message says which and why.</summary>
internal sealed class DemoFailedException : Exception
{
    public DemoFailedException()
    {
    }

    public DemoFailedException(string message)
        : base(message)
    {
    }

    public DemoFailedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
