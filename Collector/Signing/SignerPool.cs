using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>
/// The Signers that are attached. Any that offers a service may be asked, in order of attachment, those that were late last;
/// the next one when the first does not sign, whatever its reason: configurations differ while they are changed, and one
/// Signer gone wrong must not stop a service.
/// </summary>
internal sealed partial class SignerPool(CollectorMetrics metrics, TimeProvider time, ILogger<SignerPool> logger)
{
    /// <summary>Signing takes milliseconds; a Signer that leaves a request open this long is as good as gone.</summary>
    internal static readonly TimeSpan AnswerWait = TimeSpan.FromSeconds(10);

    /// <summary>How long one Signer may keep a publication waiting while there is another to ask.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>So that a Signer takes what is asked after a restart, or by another collector, for no repetition.</summary>
    private readonly ByteString _run = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, PeerRate> _rates = [];
    private ImmutableArray<AttachedSigner> _signers = [];

    /// <summary>After a Signer came or went.</summary>
    internal event Action? Changed;

    internal ImmutableArray<AttachedSigner> Snapshot
    {
        get
        {
            lock (_gate)
                return _signers;
        }
    }

    /// <summary>Each arrival has all services tried anew: a Signer that comes and goes all the time must not drive the others into their policies' limits.</summary>
    internal PeerRate ArrivalsOf(string name) => _rates.GetOrAdd(name, _ => new PeerRate(burst: 10, perSecond: 1, time));

    /// <summary>A newer stream of the same Signer takes the place of the older, which may only look alive.</summary>
    internal AttachedSigner Attach(string name, string software, ImmutableHashSet<OnionAddress> services)
    {
        var signer = new AttachedSigner(name, software, services, _run, time.GetUtcNow());
        AttachedSigner[] older;
        lock (_gate)
        {
            older = [.. _signers.Where(other => other.Name == name)];
            _signers = [.. _signers.Except(older), signer];
        }

        foreach (var other in older)
            other.End();
        Changed?.Invoke();
        return signer;
    }

    internal void Detach(AttachedSigner signer)
    {
        lock (_gate)
            _signers = _signers.Remove(signer);
        signer.End();
        Changed?.Invoke();
    }

    /// <summary>
    /// Asks one Signer after the other until one has signed: the next one when one cannot, and already when one takes longer
    /// than <see cref="Patience"/>, whose answer is still good if it comes first.
    /// </summary>
    internal async Task<SigningOutcome> SignAsync(SigningJob job, CancellationToken cancellationToken)
    {
        var left = new Queue<AttachedSigner>(Snapshot.Where(signer => signer.Services.Contains(job.Service)).OrderBy(signer => signer.IsLate));
        var asked = new List<Task<SigningOutcome>>();
        SigningOutcome best = new SigningOutcome.Unavailable("no Signer is attached that signs for this service");
        while (left.Count + asked.Count > 0)
        {
            var next = left.TryDequeue(out var signer) ? signer : null;
            if (next is not null)
                asked.Add(AskAsync(next, job, cancellationToken));
            var answer = Task.WhenAny(asked);
            if (next is not null && !await IsInTimeAsync(answer, cancellationToken))
            {
                next.IsLate = true;
                if (left.Count > 0)
                    continue;
            }

            var answered = await answer;
            asked.Remove(answered);
            var outcome = await answered;
            if (outcome is SigningOutcome.Signed)
                return outcome;
            if (outcome.Worth >= best.Worth)
                best = outcome;
        }

        return best;
    }

    private async Task<bool> IsInTimeAsync(Task answer, CancellationToken cancellationToken)
    {
        await answer.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return answer.IsCompleted;
    }

    private async Task<SigningOutcome> AskAsync(AttachedSigner signer, SigningJob job, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var answer = await signer.AskAsync(job, cancellationToken).WaitAsync(AnswerWait, time, cancellationToken);
            var took = time.GetElapsedTime(started);
            var outcome = OutcomeOf(signer.Name, answer, job);
            signer.LastProblem = ProblemOf(outcome);
            metrics.SignerAnswered(took, outcome is SigningOutcome.Signed);
            LogAnswered(signer.Name, job.Service, took.TotalMilliseconds, outcome.GetType().Name);
            return outcome;
        }
        catch (TimeoutException)
        {
            signer.IsLate = true;
            signer.LastProblem = $"did not answer within {AnswerWait.TotalSeconds:0} s";
            return new SigningOutcome.Unavailable($"Signer '{signer.Name}' {signer.LastProblem}");
        }
        catch (SignerGoneException)
        {
            return new SigningOutcome.Unavailable($"Signer '{signer.Name}' went away before it answered");
        }
    }

    private static string ProblemOf(SigningOutcome outcome) => outcome switch
    {
        SigningOutcome.Refused refused => $"refused: {refused.Reason}: {refused.Detail}",
        SigningOutcome.Behind => "its revision counter is not above the published one",
        _ => outcome.Problem,
    };

    private static SigningOutcome OutcomeOf(string signer, SignResult answer, SigningJob job) => answer.OutcomeCase switch
    {
        SignResult.OutcomeOneofCase.Signed when !AnswerCheck.IsWhatWasAskedFor(answer.Signed, job) => new SigningOutcome.Unavailable($"Signer '{signer}' answered something else than was asked"),
        SignResult.OutcomeOneofCase.Signed when answer.Signed.RevisionCounter <= job.LastRevisionCounter => new SigningOutcome.Behind(signer),
        SignResult.OutcomeOneofCase.Signed => new SigningOutcome.Signed(
            signer,
            answer.Signed.RevisionCounter,
            [.. answer.Signed.Selections.Select(selection => selection.Copies.Select(copy => copy.Memory).ToImmutableArray())]),
        SignResult.OutcomeOneofCase.Refusal => new SigningOutcome.Refused(
            signer,
            answer.Refusal.Reason,
            answer.Refusal.Status is > 0 and <= (uint)StatusCode.Unauthenticated ? (StatusCode)answer.Refusal.Status : StatusCode.Unknown,
            ForeignText.Bounded(answer.Refusal.Detail),
            OnionAddress.TryParse(answer.Refusal.InstanceAddress, out var instance) && job.Evidence.ContainsKey(instance) ? instance : null),
        SignResult.OutcomeOneofCase.Missing => new SigningOutcome.Unavailable($"Signer '{signer}' asks for evidence that it has just been sent"),
        _ => new SigningOutcome.Unavailable($"Signer '{signer}' answered nothing"),
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "Signer '{Signer}' answered for {Service} after {Milliseconds:0} ms: {Outcome}")]
    private partial void LogAnswered(string signer, OnionAddress service, double milliseconds, string outcome);
}
