using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Collector.Signing;

/// <summary>A signing job in the words of the signer link.</summary>
internal static class SignRequestWriter
{
    /// <param name="run">Random, of this run of the collector.</param>
    /// <param name="known">Digests of the evidence that the Signer was sent over this stream: their text is left out.</param>
    internal static SignRequest Write(ulong id, SigningJob job, ByteString run, IReadOnlySet<Bytes32> known)
    {
        var request = new SignRequest
        {
            Id = id,
            ServiceAddress = job.Service.ToFullString(),
            TimePeriod = new Protos.TimePeriod { Number = job.Descriptor.Period.Number, LengthMinutes = job.Descriptor.Period.LengthMinutes },
            Role = job.Descriptor.Which == WhichDescriptor.First ? DescriptorRole.First : DescriptorRole.Second,
            ConsensusValidAfter = job.ConsensusValidAfter.ToUnixTimeSeconds(),
            VotingInterval = (uint)job.VotingInterval.TotalSeconds,
            LastRevisionCounter = job.LastRevisionCounter,
            CollectorRun = run,
        };
        var places = new Dictionary<OnionAddress, uint>();
        foreach (var (instance, report) in job.Evidence.OrderBy(pair => pair.Key.Label, StringComparer.Ordinal))
        {
            places[instance] = (uint)request.Evidence.Count;
            var evidence = new Evidence { InstanceAddress = instance.ToFullString(), Digest = ByteString.CopyFrom(report.Digest.Span) };
            if (!known.Contains(report.Digest))
                evidence.Text = ByteString.CopyFrom(report.Text.AsSpan());
            request.Evidence.Add(evidence);
        }

        foreach (var (selection, copies) in job.Plan.Selections.Zip(job.Copies))
        {
            var written = new Protos.Selection { Copies = (uint)copies };
            written.Points.AddRange(selection.Select(point => new IntroductionPointName
            {
                Evidence = places[point.Instance],
                AuthKey = ByteString.CopyFrom(point.AuthKey.Span),
            }));
            request.Selections.Add(written);
        }

        return request;
    }
}
