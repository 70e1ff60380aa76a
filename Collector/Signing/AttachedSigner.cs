using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>
/// One Signer's stream: requests go out, results come in by their id, eight at most are open. It remembers which evidence
/// went over the stream, so that each is sent once.
/// </summary>
internal sealed class AttachedSigner(
    string name, string software, ImmutableHashSet<OnionAddress> services, ByteString run, DateTimeOffset attached) : IDisposable
{
    private const int MostOpen = 8;

    /// <summary>So that the memory of what was sent does not grow for ever: after this many, all is sent once more.</summary>
    private const int MostRemembered = 4096;

    private readonly Channel<SignRequest> _requests = Channel.CreateBounded<SignRequest>(MostOpen);
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<SignResult>> _open = [];
    private readonly ConcurrentDictionary<Bytes32, byte> _sent = [];
    private readonly SemaphoreSlim _places = new(MostOpen, MostOpen);
    private readonly CancellationTokenSource _ending = new();
    private ulong _lastId;
    private volatile bool _isLate;

    internal string Name { get; } = name;

    internal string Software { get; } = software;

    internal ImmutableHashSet<OnionAddress> Services { get; } = services;

    internal DateTimeOffset Attached { get; } = attached;

    internal string LastProblem { get; set; } = "";

    /// <summary>It kept the last request waiting: others are asked first, until it answers in time again.</summary>
    internal bool IsLate
    {
        get => _isLate;
        set => _isLate = value;
    }

    /// <summary>What the stream is to write.</summary>
    internal ChannelReader<SignRequest> Requests => _requests.Reader;

    internal CancellationToken Ending => _ending.Token;

    /// <summary>Asks, and asks once more with the whole evidence if the Signer has forgotten some.</summary>
    /// <exception cref="SignerGoneException">The stream ended.</exception>
    internal async Task<SignResult> AskAsync(SigningJob job, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            var result = await ExchangeAsync(job, cancellationToken);
            if (result.OutcomeCase != SignResult.OutcomeOneofCase.Missing)
                return result;
            foreach (var digest in job.Evidence.Values.Select(report => report.Digest))
                _sent.TryRemove(digest, out _);
            return await ExchangeAsync(job, cancellationToken);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>False for an answer to nothing that was asked.</summary>
    internal bool TryAnswer(SignResult result)
    {
        _isLate = false;
        return _open.TryRemove(result.Id, out var waiting) && waiting.TrySetResult(result);
    }

    /// <summary>Nobody waits for it any more, and nobody asks it again.</summary>
    internal void End()
    {
        _requests.Writer.TryComplete();
        foreach (var id in _open.Keys)
        {
            if (_open.TryRemove(id, out var waiting))
                waiting.TrySetException(new SignerGoneException());
        }

        _ending.Cancel();
    }

    /// <summary>Who still holds it asks in vain: what it is made of stays usable, and none of it needs to be given back.</summary>
    public void Dispose() => End();

    private async Task<SignResult> ExchangeAsync(SigningJob job, CancellationToken cancellationToken)
    {
        if (_sent.Count > MostRemembered)
            _sent.Clear();
        var id = Interlocked.Increment(ref _lastId);
        var request = SignRequestWriter.Write(id, job, run, _sent.Keys.ToHashSet());
        var waiting = new TaskCompletionSource<SignResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _open[id] = waiting;
        try
        {
            if (!_requests.Writer.TryWrite(request))
                throw new SignerGoneException();
            foreach (var evidence in job.Evidence.Values)
                _sent.TryAdd(evidence.Digest, 0);
            return await waiting.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _open.TryRemove(id, out _);
        }
    }
}
