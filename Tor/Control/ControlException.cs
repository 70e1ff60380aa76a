using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tor.Control;

public enum ControlFault
{
    /// <summary>Nothing answered at the endpoint, or it may not be opened.</summary>
    CannotConnect,

    /// <summary>tor offers no method that works here, or refused what it was given.</summary>
    AuthenticationFailed,

    /// <summary>What was sent is not what the specs say. Where it is the control protocol itself, the connection is closed.</summary>
    ProtocolViolated,

    /// <summary>No answer in time. The connection is closed.</summary>
    TimedOut,

    /// <summary>The connection ended: tor stopped, or this side closed it.</summary>
    ConnectionLost,

    /// <summary>tor answered with an error code. The connection is usable.</summary>
    Refused,

    /// <summary>The reply was longer than the call allowed. The connection is usable.</summary>
    ReplyTooLarge,
}

/// <summary>A control-port failure, its message one line for a person.</summary>
public sealed class ControlException : Exception
{
    /// <summary>tor's own words, and a path among ours.</summary>
    private const int LongestMessage = 1000;

    public ControlException(ControlFault fault, string message, Exception? inner = null)
        : base(ForeignText.Bounded(message, LongestMessage), inner) => Fault = fault;

    public ControlFault Fault { get; }

    /// <summary>tor's answer, where <see cref="Fault"/> is <see cref="ControlFault.Refused"/>.</summary>
    public ControlReply? Reply { get; private init; }

    /// <summary><paramref name="what"/> names the request without its arguments: those may be addresses.</summary>
    internal static ControlException Refused(string what, ControlReply reply) =>
        new(ControlFault.Refused, $"tor refused {what}: {reply.Code} {reply.Text}") { Reply = reply };

    /// <summary>One failure reaches many waiters: each throws its own, with its own stack.</summary>
    internal ControlException Again() => new(Fault, Message, this) { Reply = Reply };
}
