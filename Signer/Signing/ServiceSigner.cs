using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Evidence;
using OnionBalance.Split.Signer.Policy;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Crypto;
using OnionBalance.Split.Tor.Protocol.Descriptors;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// One master service. A request goes through in one order, under one lock: the policy, the clock, the evidence, the selections, the
/// state; only then the key is opened; the new state is on disk before anything is released. A request that is asked again
/// ends before the key: it gets the answer that it got.
/// </summary>
internal sealed class ServiceSigner(
    OnionAddress address, ServiceSettings settings, SigningStateStore store, EvidenceGate evidence, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PeriodKeyRing _keys = new();
    private readonly LastAnswers _answers = new();
    private ServiceSettings _settings = settings;
    private TokenBucket _rate;

    public OnionAddress Address => address;

    /// <summary>From the next request on.</summary>
    public void Change(ServiceSettings settings)
    {
        lock (_gate)
            _settings = settings;
    }

    /// <summary>Reads the state when it is not known yet; why it cannot be signed with, or null.</summary>
    public string? CheckState()
    {
        lock (_gate)
            return store.TryGet(out _, out var refused) ? null : refused.Detail;
    }

    public SigningOutcome Sign(SigningRequest request, string collector)
    {
        lock (_gate)
        {
            var moment = new SigningMoment(time.GetUtcNow(), _settings.Network);
            _keys.KeepOnly(moment.Window);
            _answers.KeepOnly(moment);
            if (_settings.Requests.Check(request, collector, moment) is { } forbidden)
                return Refuse(forbidden);
            if (!moment.TryAdmit(request, out var runStart, out var refused))
                return Refuse(refused);
            if (!evidence.TryGather(request, _settings.Policy, _settings.Requests, moment, out var gathered, out var missing, out refused))
                return refused is null ? new SigningOutcome.Missing(missing) : Refuse(refused);
            if (EvidenceGate.CheckOwners(gathered) is { } shared)
                return Refuse(shared);
            if (!PointResolver.TryResolve(request, gathered, out var selections, out refused))
                return Refuse(refused);
            if (!store.TryGet(out var state, out refused))
                return Refuse(refused);
            if (!EvidenceGate.TryCount(gathered, state, out var counted, out refused))
                return Refuse(refused);
            if (_answers.TryFind(request, out var given))
                return given;
            if (!_rate.TrySpend(_settings.Requests.Rate, moment.Now, out _rate, out var wait))
                return Refuse(SignRefusal.Rate, $"this service's policy allows no further signature for {wait.TotalSeconds:0.0} s");
            return StackWiping.Run(() => SignAndKeep(request, moment, runStart, selections, counted));
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _keys.Dispose();
    }

    private SigningOutcome SignAndKeep(
        SigningRequest request, SigningMoment moment, DateTimeOffset runStart, ImmutableArray<DescriptorSelection> selections, SigningState state)
    {
        if (!DescriptorIssue.TryMake(
            _settings.Keys, address, request.Period, state, moment.Now, runStart, _settings.Requests.CertificateHours, _keys, out var issue, out var refused))
        {
            return Refuse(refused);
        }

        if (!issue.DescriptorOf(address.PublicKey, moment.Now).TryBuild(selections, moment.Now, out var built, out var fault))
            return Refuse(SignRefusal.Lint, fault);

        var next = state
            .WithIssued(issue.BlindedKey.Bytes, new IssuedCounter(request.Period, issue.RevisionCounter, request.Digest))
            .WithoutOlderThan(moment.Window[0]);
        _answers.Forget(request.Period);
        if (!store.TryPut(next, out var stored, out refused))
            return Refuse(refused);
        var signed = new SigningOutcome.Signed(issue.RevisionCounter, stored.Serial, built);
        _answers.Keep(request, signed, moment.Now);
        return signed;
    }

    private static SigningOutcome.Refused Refuse(SignRefusal reason, string detail) => Refuse(new NotSigned(reason, detail));

    private static SigningOutcome.Refused Refuse(NotSigned refused) => new(refused);
}
