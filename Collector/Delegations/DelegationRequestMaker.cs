using System.Collections.Immutable;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>Makes a request: every secret is on disk, flushed, before the file that asks for its certificate is there.</summary>
internal static class DelegationRequestMaker
{
    /// <returns>The request, whose text is in <paramref name="file"/>.</returns>
    /// <exception cref="DaemonException">Something cannot be written; no new key is left then.</exception>
    internal static DelegationRequest Make(
        string stateDirectory, DelegationFolder folder, OnionAddress service, ImmutableArray<TimePeriod> periods, string file)
    {
        using var held = DelegationLock.Take(stateDirectory, folder);
        var made = new List<RequestedPeriod>();
        try
        {
            foreach (var period in periods)
                made.Add(new RequestedPeriod(period, folder.NewKey(period)));
            var request = new DelegationRequest(service, [.. made]);
            AtomicFile.Create(file, request.ToText(), AtomicFile.ReadableByAll);
            return request;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            foreach (var requested in made)
                folder.Delete(new DelegationKeyName(requested.Period, requested.SigningKey));
            throw new DaemonException($"the request is not made: {exception.Message}", exception);
        }
    }
}
