namespace OnionBalance.Split.Tor.Control.Wire;

/// <summary>A command that is on its way, and the place where its reply goes.</summary>
internal sealed class PendingReply(string commandName, int maxBytes)
{
    private readonly TaskCompletionSource<ControlReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int MaxBytes => maxBytes;

    public Task<ControlReply> Reply => _reply.Task;

    public void Complete(ControlMessage message)
    {
        if (message.TooLarge)
        {
            Fail(new ControlException(
                ControlFault.ReplyTooLarge,
                $"tor's reply to {commandName} has more than the {maxBytes} bytes allowed for it"));
        }
        else
        {
            _reply.TrySetResult(message.Reply!);
        }
    }

    public void Fail(ControlException reason) => _reply.TrySetException(reason);
}
