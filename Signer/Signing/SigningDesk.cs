using System.Collections.Concurrent;
using System.Collections.Frozen;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// Takes every request of every Collector and gives exactly one answer: finds the service, lets it sign, puts the outcome
/// on the wire, in the log and in the figures. What the audit log does not hold does not happen: a request is in it before
/// it is looked at, and its outcome before it is released. Who asks too often is not looked at, but counted.
/// </summary>
internal sealed partial class SigningDesk(
    SignerMetrics metrics, AuditLog audit, TimeProvider time, ILogger<SigningDesk> logger, int requestBurst = RequestAllowance.DefaultBurst) : IDisposable
{
    private readonly ConcurrentDictionary<string, RequestAllowance> _allowances = new(StringComparer.Ordinal);

    private volatile FrozenDictionary<OnionAddress, ServiceSigner> _services = FrozenDictionary<OnionAddress, ServiceSigner>.Empty;

    public IReadOnlyDictionary<OnionAddress, ServiceSigner> Services => _services;

    /// <summary>From the next request on, these are signed for.</summary>
    public void Replace(IEnumerable<ServiceSigner> services) => _services = services.ToFrozenDictionary(service => service.Address);

    /// <param name="collector">Who asks: the name that its certificate bears, or its endpoint where any name will do.</param>
    public SignResult Answer(SignRequest message, string collector)
    {
        var started = time.GetTimestamp();
        var result = new SignResult { Id = message.Id };
        switch (Audited(message, collector, out var request))
        {
            case SigningOutcome.Signed signed:
                result.Signed = ToWire(signed);
                var descriptors = signed.Selections.Sum(copies => copies.Length);
                if (signed.IsRepeated)
                {
                    metrics.Repeated(time.GetElapsedTime(started));
                    LogRepeated(logger, request!.Service, request.Period, signed.RevisionCounter);
                    break;
                }

                metrics.Signed(descriptors, time.GetElapsedTime(started));
                LogSigned(
                    logger, descriptors, request!.Service, request.Period, request.PointCount, request.InstanceCount, signed.RevisionCounter);
                break;
            case SigningOutcome.Refused { Reason: var reason }:
                var status = RefusalStatus.Of(reason.Reason);
                result.Refusal = new Refusal
                {
                    Reason = reason.Reason,
                    Detail = reason.Detail,
                    InstanceAddress = reason.Instance?.ToFullString() ?? "",
                    Status = (uint)status,
                };
                metrics.Refused(reason.Reason, status, time.GetElapsedTime(started));
                // Of those that were not read only the number is told.
                if (reason.Reason is not SignRefusal.RequestRate)
                    LogRefused(logger, request?.Service, reason.Reason, reason.Detail);
                break;
            case SigningOutcome.Missing { Digests: var digests }:
                result.Missing = new MissingEvidence { Digests = { digests.Select(digest => ByteString.CopyFrom(digest.Span)) } };
                LogMissing(logger, digests.Length, request!.Service);
                break;
        }

        return result;
    }

    /// <summary>Has the last numbers of unread requests told.</summary>
    public void Dispose()
    {
        foreach (var allowance in _allowances.Values)
            allowance.TryTell(out _);
    }

    private SigningOutcome Audited(SignRequest message, string collector, out SigningRequest? request)
    {
        request = null;
        var allowance = _allowances.GetOrAdd(collector, name => new RequestAllowance(name, audit, time, logger, requestBurst));
        if (!allowance.TryTake(_services.Count, out var unread))
            return new SigningOutcome.Refused(unread);
        var read = SignRequestReader.TryRead(message, out request, out var malformed);
        var asked = new AuditEntry(0, default, AuditEvent.Asked)
        {
            Collector = collector,
            Service = request?.Service.ToString(),
            Period = request?.Period.ToString(),
            Role = request?.Role.ToString(),
            Digest = (request?.Digest ?? SignRequestReader.DigestOf(message)).ToHex(),
        };
        if (!audit.TryAppend(asked, out var unaudited))
            return new SigningOutcome.Refused(unaudited);
        var outcome = read ? Decide(request!, collector) : new SigningOutcome.Refused(malformed!);
        if (outcome is SigningOutcome.Signed { IsRepeated: false })
            allowance.GiveBack(_services.Count);
        return audit.TryAppend(Entry(asked, request, outcome), out unaudited) ? outcome : new SigningOutcome.Refused(unaudited);
    }

    private static AuditEntry Entry(AuditEntry asked, SigningRequest? request, SigningOutcome outcome) => outcome switch
    {
        SigningOutcome.Signed signed => asked with
        {
            Event = signed.IsRepeated ? AuditEvent.Repeated : AuditEvent.Signed,
            Counter = signed.RevisionCounter,
            State = StateSerials.TagOf(request!.Service),
            Serial = signed.StateSerial,
        },
        SigningOutcome.Refused { Reason: var reason } => asked with
        {
            Event = AuditEvent.Refused,
            Reason = reason.Reason.ToString(),
            Detail = reason.Detail,
        },
        _ => asked with { Event = AuditEvent.Missing },
    };

    private SigningOutcome Decide(SigningRequest request, string collector)
    {
        if (!_services.TryGetValue(request.Service, out var service))
            return new SigningOutcome.Refused(new NotSigned(SignRefusal.UnknownService, $"{request.Service} is not a service of this Signer"));
        try
        {
            return service.Sign(request, collector);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A fault of ours must not take the link down, and must not sign.
            LogFault(logger, fault, request.Service);
            return new SigningOutcome.Refused(new NotSigned(SignRefusal.Internal, "the Signer met a fault of its own; its log has it"));
        }
    }

    private static SignedDescriptors ToWire(SigningOutcome.Signed signed)
    {
        var wire = new SignedDescriptors { RevisionCounter = signed.RevisionCounter };
        foreach (var copies in signed.Selections)
            wire.Selections.Add(new SignedSelection { Copies = { copies.Select(copy => UnsafeByteOperations.UnsafeWrap(copy)) } });
        return wire;
    }
}
