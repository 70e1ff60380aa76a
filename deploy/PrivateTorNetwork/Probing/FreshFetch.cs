using System.Net;

namespace OnionBalance.Split.PrivateTorNetwork.Probing;

/// <summary>One fetch: what the backend answered (its name), or why there was no answer; and how long it took.</summary>
public sealed record WebFetch(string? Answer, string? Error, TimeSpan Took)
{
    public bool Succeeded => Answer is not null;
}

/// <summary>Fetches an onion address through a client's SOCKS port, every time as a stranger would.</summary>
/// <remarks>
/// Each fetch has SOCKS credentials of its own. tor isolates streams by them, so each fetch makes a new rendezvous and
/// picks an introduction point anew from the descriptor that the client holds. The descriptor itself is fetched again only
/// when tor wants to (its points fail, its period ends) or after <see cref="ClientMemory.ForgetAsync"/>.
/// </remarks>
public sealed class FreshFetch(TorProcess client, TimeProvider time)
{
    private static readonly TimeSpan _eachOfPatient = TimeSpan.FromSeconds(15);

    /// <summary>One GET of http://address/ over circuits that no other fetch uses. Never throws but for cancellation.</summary>
    public async Task<WebFetch> GetAsync(string address, TimeSpan timeout, CancellationToken ct = default)
    {
        var started = time.GetTimestamp();
        var isolation = Guid.NewGuid().ToString("N");
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        using var handler = new SocketsHttpHandler
        {
            Proxy = new WebProxy($"socks5://{client.SocksEndpoint}") { Credentials = new NetworkCredential(isolation, isolation) },
            UseProxy = true,
        };
        using var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            var host = address.EndsWith(".onion", StringComparison.Ordinal) ? address : address + ".onion";
            var body = await http.GetStringAsync(new Uri($"http://{host}/"), either.Token).ConfigureAwait(false);
            return new WebFetch(body.Trim(), null, time.GetElapsedTime(started));
        }
        catch (HttpRequestException error)
        {
            return new WebFetch(null, (error.InnerException ?? error).Message, time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new WebFetch(null, $"no answer within {timeout.TotalSeconds:0} s", time.GetElapsedTime(started));
        }
    }

    /// <summary>Fetches until one succeeds, 15 s each, for a service that is just coming up; the outcome of the last try.</summary>
    public async Task<WebFetch> GetPatientlyAsync(string address, TimeSpan patience, CancellationToken ct = default)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var outcome = await GetAsync(address, _eachOfPatient, ct).ConfigureAwait(false);
            if (outcome.Succeeded || time.GetElapsedTime(started) >= patience)
                return outcome with { Took = time.GetElapsedTime(started) };
            await Task.Delay(TimeSpan.FromSeconds(1), time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>So many fetches, a few at a time.</summary>
    public async Task<IReadOnlyList<WebFetch>> GetManyAsync(string address, int count, TimeSpan timeoutEach, int atOnce = 6, CancellationToken ct = default)
    {
        using var slots = new SemaphoreSlim(atOnce);
        return await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            await slots.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                return await GetAsync(address, timeoutEach, ct).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        })).ConfigureAwait(false);
    }
}
