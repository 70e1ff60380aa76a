using System.Collections.Frozen;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Signing;

/// <summary>
/// Takes every request of every Collector and gives exactly one answer: finds the service, lets it sign, puts the outcome
/// on the wire, in the log and in the figures.
/// </summary>
internal sealed partial class SigningDesk(SignerMetrics metrics, TimeProvider time, ILogger<SigningDesk> logger)
{
    private volatile FrozenDictionary<OnionAddress, ServiceSigner> _services = FrozenDictionary<OnionAddress, ServiceSigner>.Empty;

    public IReadOnlyDictionary<OnionAddress, ServiceSigner> Services => _services;

    /// <summary>From the next request on, these are signed for.</summary>
    public void Replace(IEnumerable<ServiceSigner> services) => _services = services.ToFrozenDictionary(service => service.Address);

    public SignResult Answer(SignRequest message)
    {
        var started = time.GetTimestamp();
        var result = new SignResult { Id = message.Id };
        switch (Decide(message, out var request))
        {
            case SigningOutcome.Signed signed:
                result.Signed = ToWire(signed);
                var descriptors = signed.Selections.Sum(copies => copies.Length);
                metrics.Signed(descriptors, time.GetElapsedTime(started));
                LogSigned(
                    logger, descriptors, request!.Service, request.Period, request.PointCount, request.InstanceCount, signed.RevisionCounter);
                break;
            case SigningOutcome.Refused { Reason: var reason }:
                result.Refusal = new Refusal { Reason = reason.Reason, Detail = reason.Detail, InstanceAddress = reason.Instance?.ToFullString() ?? "" };
                metrics.Refused(reason.Reason, time.GetElapsedTime(started));
                LogRefused(logger, request?.Service, reason.Reason, reason.Detail);
                break;
            case SigningOutcome.Missing { Digests: var digests }:
                result.Missing = new MissingEvidence { Digests = { digests.Select(digest => ByteString.CopyFrom(digest.Span)) } };
                LogMissing(logger, digests.Length, request!.Service);
                break;
        }

        return result;
    }

    private SigningOutcome Decide(SignRequest message, out SigningRequest? request)
    {
        if (!SignRequestReader.TryRead(message, out request, out var malformed))
            return new SigningOutcome.Refused(malformed);
        if (!_services.TryGetValue(request.Service, out var service))
            return new SigningOutcome.Refused(new NotSigned(SignRefusal.UnknownService, $"{request.Service} is not a service of this Signer"));
        try
        {
            return service.Sign(request);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A fault of ours must not take the link down, and must not sign.
            LogFault(logger, fault, request.Service);
            return new SigningOutcome.Refused(new NotSigned(SignRefusal.Unspecified, "the Signer met a fault of its own; its log has it"));
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
