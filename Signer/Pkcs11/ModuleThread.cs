using System.Collections.Concurrent;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The one thread that calls a module, each piece of work bounded in time. A call into a module cannot be broken off: one
/// that does not return holds the thread, and all later work is refused until it does.
/// </summary>
internal sealed class ModuleThread
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _gate = new();
    private bool _started;
    private Task _last = Task.CompletedTask;

    /// <summary>Runs <paramref name="work"/>; what it throws, this throws. A result that comes too late is disposed of.</summary>
    /// <param name="bound">How long the module may take.</param>
    /// <param name="work">What calls the module.</param>
    /// <param name="read">What it reads. Their owner may dispose of them at any time: they are wiped once the work has ended.</param>
    /// <exception cref="TokenFaultException">No answer in time.</exception>
    public T Run<T>(TimeSpan bound, Func<T> work, params ReadOnlySpan<SecretBytes?> read)
    {
        lock (_gate)
        {
            if (!_last.IsCompleted)
                throw new TokenFaultException("the token has not yet answered what it was asked before");
            if (!_started)
                new Thread(Loop) { IsBackground = true, Name = "pkcs11" }.Start();
            _started = true;
            var held = Hold(read);
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            _last = done.Task;
            _work.Add(() => Answer(done, work, held));
            if (((IAsyncResult)done.Task).AsyncWaitHandle.WaitOne(bound > TimeSpan.Zero ? bound : TimeSpan.Zero))
                return done.Task.GetAwaiter().GetResult();
            done.Task.ContinueWith(Discard, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw new TokenFaultException("the token has not answered in time");
        }
    }

    private static SecretBytes[] Hold(ReadOnlySpan<SecretBytes?> secrets)
    {
        var held = new List<SecretBytes>();
        foreach (var secret in secrets)
        {
            if (secret is null)
                continue;
            var added = false;
            secret.DangerousAddRef(ref added);
            held.Add(secret);
        }

        return [.. held];
    }

    private static void Answer<T>(TaskCompletionSource<T> done, Func<T> work, SecretBytes[] held)
    {
        try
        {
            done.SetResult(work());
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
        finally
        {
            foreach (var secret in held)
                secret.DangerousRelease();
        }
    }

    private static void Discard<T>(Task<T> late)
    {
        // Reading the exception marks it as seen.
        if (late.Exception is null)
            (late.Result as IDisposable)?.Dispose();
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            _ = StackWiping.Run(() =>
            {
                work();
                return true;
            });
        }
    }
}
