using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Tests.Functional.Control;

/// <summary>A tor that gives up the circuit on which an upload or a fetch was to go.</summary>
public sealed class CircuitPromptTests
{
    private const string Open = HostilePeer.Open;
    private const string Ok = HostilePeer.Ok;
    private const string Nothing = "";

    private static readonly string HsDir = new('A', 40);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly OnionAddress Address = Fresh.Address();

    private static readonly string Uploaded = $"650 HS_DESC UPLOADED {Address.Label} UNKNOWN ${HsDir}~a\r\n";
    private static readonly string Found = $"650+HS_DESC_CONTENT {Address.Label} aWQ ${HsDir}~a\r\nhs-descriptor 3\r\n.\r\n650 OK\r\n";

    private static string GivenUp(string purpose) =>
        $"650 CIRC_MINOR 177 PURPOSE_CHANGED ${HsDir}~a BUILD_FLAGS=IS_INTERNAL,NEED_CAPACITY PURPOSE=MEASURE_TIMEOUT TIME_CREATED=2026-11-25T05:02:55.000000 OLD_PURPOSE={purpose}\r\n";

    [Fact]
    public async Task Under_an_upload_it_is_given_another_request_at_once()
    {
        await using var tor = new HostilePeer(Open, Ok, Ok, Ok, Nothing, Nothing, Ok + GivenUp("HS_SERVICE_HSDIR"), Ok + Uploaded, Ok, Ok);
        Assert.Equal(UploadStatus.Accepted, await UploadAsync(tor));
        Assert.NotEqual(Address, PromptedFor(tor));
    }

    [Fact]
    public async Task Under_a_fetch_it_is_given_another_request_at_once()
    {
        await using var tor = new HostilePeer(Open, Ok, Ok, Ok, Ok + GivenUp("HS_CLIENT_HSDIR"), Ok + Found, Ok, Ok);
        Assert.Equal(FetchStatus.Found, await FetchAsync(tor));
        Assert.NotEqual(Address, PromptedFor(tor));
    }

    [Fact]
    public async Task Many_at_once_are_one_request()
    {
        var burst = string.Concat(Enumerable.Repeat(GivenUp("HS_SERVICE_HSDIR"), 20));
        await using var tor = new HostilePeer(Open, Ok, Ok, Ok, Nothing, Nothing, Ok + burst, Ok + burst, Ok + Uploaded, Ok, Ok);
        Assert.Equal(UploadStatus.Accepted, await UploadAsync(tor));
        // Two bursts of twenty; each may be read in two parts.
        Assert.InRange(Prompts(tor).Length, 2, 4);
    }

    [Fact]
    public async Task Without_end_they_are_four_requests()
    {
        var lost = GivenUp("HS_SERVICE_HSDIR");
        await using var tor = new HostilePeer([Open, Ok, Ok, Ok, Nothing, Nothing, .. Enumerable.Repeat(Ok + lost, 5), Ok, Ok]);
        Assert.Equal(UploadStatus.TimedOut, await UploadAsync(tor, TimeSpan.FromSeconds(2)));
        Assert.Equal(4, Prompts(tor).Length);
    }

    [Fact]
    public async Task An_answer_without_end_to_one_request_is_not_the_last()
    {
        var endless = string.Concat(Enumerable.Repeat("250-nonsense\r\n", 100_000)) + Ok;
        await using var tor = new HostilePeer(
            Open, Ok, Ok, Ok, Nothing, Nothing, Ok + GivenUp("HS_SERVICE_HSDIR"), endless + GivenUp("HS_SERVICE_HSDIR"), Ok + Uploaded, Ok, Ok);
        Assert.Equal(UploadStatus.Accepted, await UploadAsync(tor));
        Assert.Equal(2, Prompts(tor).Length);
    }

    [Fact]
    public async Task Stopped_it_asks_no_more()
    {
        await using var tor = new HostilePeer(Open, Ok, Ok, Ok, Nothing, Nothing, Ok + GivenUp("HS_SERVICE_HSDIR") + Uploaded);
        var since = TimeProvider.System.GetTimestamp();
        await using (var connection = await ConnectAsync(tor))
        {
            var uploader = await DescriptorUploader.CreateAsync(connection, CancellationToken.None);
            await uploader.PostAsync(HsDir, Address, "hs-descriptor 3\n"u8.ToArray(), Patience, CancellationToken.None);
            var stopping = uploader.DisposeAsync();
            await connection.DisposeAsync();
            await stopping;
        }

        Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience);
        Assert.InRange(Prompts(tor).Length, 0, 1);
    }

    [Theory]
    [InlineData("HS_CLIENT_HSDIR")]
    [InlineData("HS_VANGUARDS")]
    [InlineData("GENERAL")]
    public async Task Under_something_else_it_is_left_alone(string purpose)
    {
        await using var tor = new HostilePeer(Open, Ok, Ok, Ok, Nothing, Nothing, Ok + GivenUp(purpose) + Uploaded, Ok, Ok);
        Assert.Equal(UploadStatus.Accepted, await UploadAsync(tor));
        Assert.Empty(Prompts(tor));
    }

    private static async Task<UploadStatus> UploadAsync(HostilePeer tor, TimeSpan? patience = null)
    {
        await using var connection = await ConnectAsync(tor);
        await using var uploader = await DescriptorUploader.CreateAsync(connection, CancellationToken.None);
        return (await uploader.PostAsync(HsDir, Address, "hs-descriptor 3\n"u8.ToArray(), patience ?? Patience, CancellationToken.None)).Status;
    }

    private static async Task<FetchStatus> FetchAsync(HostilePeer tor)
    {
        await using var connection = await ConnectAsync(tor);
        await using var fetcher = await DescriptorFetcher.CreateAsync(connection, CancellationToken.None);
        return (await fetcher.FetchAsync(Address, HsDir, Patience, CancellationToken.None)).Status;
    }

    private static Task<ControlConnection> ConnectAsync(HostilePeer tor) =>
        ControlConnection.ConnectAsync(tor.Endpoint, null, ControlLimits.Default, TimeProvider.System, CancellationToken.None);

    /// <summary>An address with a right checksum: tor refuses any other.</summary>
    private static OnionAddress PromptedFor(HostilePeer tor)
    {
        Assert.True(OnionAddress.TryParse(Assert.Single(Prompts(tor)), out var address));
        return address;
    }

    private static string[] Prompts(HostilePeer tor) =>
        [.. tor.Heard.Split('\n').Select(line => line.Trim().Split(' ')).Where(words => words is ["HSFETCH", _]).Select(words => words[1])];
}
