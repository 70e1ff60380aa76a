using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// One service's last answer of each period, for a Collector that did not get it: asked the same again, it gets the same
/// bytes, and neither key nor counter is touched. In memory only: after a restart the same request is signed anew, with
/// a higher counter, so one counter never stands for two contents. Its service asks one at a time.
/// </summary>
internal sealed class LastAnswers
{
    /// <summary>A Collector asks again within a minute.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    /// <summary>Bytes. Eight HSDirs' copies have a quarter of it; what is larger is signed anew.</summary>
    public const int Largest = 1 << 20;

    private readonly Dictionary<TimePeriod, (Bytes32 Digest, DateTimeOffset Given, SigningOutcome.Signed Answer)> _answers = [];

    public bool TryFind(SigningRequest request, [NotNullWhen(true)] out SigningOutcome.Signed? given)
    {
        // One that is not above what was received since, from another Signer, is of no use: a new one will be.
        given = request.LastRevisionCounter is { } received
            && _answers.TryGetValue(request.Period, out var last)
            && last.Digest == request.Digest
            && last.Answer.RevisionCounter > received
            ? last.Answer with { IsRepeated = true }
            : null;
        return given is not null;
    }

    public void Keep(SigningRequest request, SigningOutcome.Signed answer, DateTimeOffset now)
    {
        if (request.LastRevisionCounter is not null && answer.Selections.Sum(copies => copies.Sum(copy => (long)copy.Length)) <= Largest)
            _answers[request.Period] = (request.Digest, now, answer);
    }

    /// <summary>Of a period that another request is signed for, or was to be.</summary>
    public void Forget(TimePeriod period) => _answers.Remove(period);

    /// <summary>Without those whose time or period is over; a clock that was set back ends them too.</summary>
    public void KeepOnly(SigningMoment moment)
    {
        foreach (var (period, last) in _answers.ToArray())
        {
            if (moment.Now < last.Given || moment.Now - last.Given > Kept || moment.PlaceOf(period) is null)
                _answers.Remove(period);
        }
    }
}
