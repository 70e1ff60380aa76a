using System.Collections.Concurrent;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The one thread that calls a module, each piece of work bounded in time. A call into a module cannot be broken off: one
/// that does not return holds the thread, and all later work is refused until it does.
/// </summary>
internal sealed class ModuleThread(TimeSpan bound)
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _gate = new();
    private bool _started;
    private Task _last = Task.CompletedTask;

    /// <summary>Runs <paramref name="work"/>; what it throws, this throws.</summary>
    /// <param name="work">Gives what needs disposal to <paramref name="discard"/> when nobody waits for it any more.</param>
    /// <param name="discard">Disposes of a result that came too late.</param>
    /// <exception cref="TokenFaultException">No answer in time.</exception>
    public T Run<T>(Func<T> work, Action<T> discard)
    {
        lock (_gate)
        {
            if (!_last.IsCompleted)
                throw TooSlow();
            if (!_started)
                new Thread(Loop) { IsBackground = true, Name = "pkcs11" }.Start();
            _started = true;
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _last = done.Task;
            _work.Add(() =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (Exception exception)
                {
                    done.SetException(exception);
                }
            });
            if (((IAsyncResult)done.Task).AsyncWaitHandle.WaitOne(bound))
                return done.Task.GetAwaiter().GetResult();
            done.Task.ContinueWith(late => discard(late.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw TooSlow();
        }
    }

    private TokenFaultException TooSlow() => new($"the token has not answered within {bound.TotalSeconds:0} s");

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }
}
