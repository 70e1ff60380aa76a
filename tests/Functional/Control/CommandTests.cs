using System.Diagnostics;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Control;

public sealed class CommandTests : IAsyncLifetime
{
    private static readonly ControlLimits Small = new() { MaxReplyBytes = 4096 };

    private TorUnderTest _tor = null!;

    public async Task InitializeAsync() => _tor = await TorUnderTest.StartAsync("--CookieAuthentication", "1");

    public async Task DisposeAsync() => await _tor.DisposeAsync();

    [Fact]
    public async Task Ten_thousand_commands_in_flight_are_answered_each_with_its_own_reply()
    {
        await using var connection = await _tor.ConnectAsync();
        var keys = new[] { "version", "process/pid", "config-file", "nonsense" };
        var expected = new string[keys.Length];
        for (var i = 0; i < keys.Length; i++)
            expected[i] = await AskAsync(keys[i]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => AskAsync(keys[i % keys.Length])));
        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(expected[i % keys.Length], answers[i]);

        async Task<string> AskAsync(string key)
        {
            var reply = await connection.SendAsync(ControlCommand.Parse("GETINFO").Argument(key), CancellationToken.None);
            return $"{reply.Code} {reply.Lines[0].Text}";
        }
    }

    [Fact]
    public async Task A_reply_over_the_limit_fails_its_call_alone()
    {
        await using var connection = await _tor.ConnectAsync(Small);
        var e = await Assert.ThrowsAsync<ControlException>(() => connection.GetInfoAsync("config/names", CancellationToken.None));
        Assert.Equal(ControlFault.ReplyTooLarge, e.Fault);
        Assert.StartsWith("0.4.", await connection.GetInfoAsync("version", CancellationToken.None), StringComparison.Ordinal);

        var names = await connection.GetInfoAsync("config/names", 1024 * 1024, CancellationToken.None);
        Assert.True(names.Length > Small.MaxReplyBytes && names.Span.EndsWith("\n"u8));
    }

    [Fact]
    public async Task An_error_code_is_a_value_or_a_typed_exception()
    {
        await using var connection = await _tor.ConnectAsync();
        var reply = await connection.SendAsync("GETINFO nonsense", CancellationToken.None);
        Assert.Equal((552, false), (reply.Code, reply.IsOk));
        var e = await Assert.ThrowsAsync<ControlException>(() => connection.GetInfoAsync("nonsense", CancellationToken.None));
        Assert.Equal((ControlFault.Refused, 552), (e.Fault, e.Reply!.Code));
        Assert.Equal(510, (await connection.SendAsync("FROB", CancellationToken.None)).Code);
    }

    [Fact]
    public async Task Cancelled_calls_leave_the_connection_in_step()
    {
        await using var connection = await _tor.ConnectAsync();
        var random = new Random(3);
        var cancelled = 0;
        for (var i = 0; i < 300; i++)
        {
            using var cancel = new CancellationTokenSource();
            var call = connection.GetInfoAsync(i % 2 == 0 ? "config/names" : "process/pid", cancel.Token);
            if (random.Next(3) > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(random.Next(400)));
            await cancel.CancelAsync();
            try
            {
                await call;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }

            Assert.StartsWith("0.4.", await connection.GetInfoAsync("version", CancellationToken.None), StringComparison.Ordinal);
        }

        Assert.True(cancelled > 10, $"only {cancelled} calls were cancelled in time");
    }

    [Fact]
    public async Task A_killed_tor_fails_every_waiting_call_and_says_closed()
    {
        await using var connection = await _tor.ConnectAsync();
        await using var subscription = await connection.SubscribeAsync(["CIRC"], CancellationToken.None);
        var calls = Enumerable.Range(0, 3000).Select(_ => connection.GetInfoAsync("config/names", CancellationToken.None)).ToArray();
        await _tor.KillAsync();
        var since = Stopwatch.GetTimestamp();
        await connection.Closed;
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
        foreach (var call in calls.Where(call => !call.IsCompletedSuccessfully))
            Assert.Equal(ControlFault.ConnectionLost, (await Assert.ThrowsAsync<ControlException>(() => call)).Fault);
        await Assert.ThrowsAsync<ControlException>(() => connection.GetInfoAsync("version", CancellationToken.None));
        await Assert.ThrowsAsync<ControlException>(() => subscription.Events.Completion);
    }

    [Fact]
    public async Task A_tor_that_stops_answering_is_given_up()
    {
        await using var connection = await _tor.ConnectAsync(new ControlLimits { ReplyTimeout = TimeSpan.FromSeconds(1) });
        await _tor.SignalAsync("STOP");
        var e = await Assert.ThrowsAsync<ControlException>(() => connection.GetInfoAsync("version", CancellationToken.None));
        Assert.Equal(ControlFault.TimedOut, e.Fault);
        await connection.Closed;
        Assert.Equal(ControlFault.TimedOut, connection.Fault!.Fault);
        await _tor.SignalAsync("CONT");
    }

    [Fact]
    public async Task What_tor_refuses_of_a_service_it_does_not_know_is_an_ordinary_outcome()
    {
        using var key = IdentitySecretKey.Generate();
        var address = OnionAddress.From(key.PublicKey);
        var relay = new string('A', 40);
        await using var connection = await _tor.ConnectAsync();
        Assert.Null(await new OwnDescriptorReader(connection).ReadAsync(address, CancellationToken.None));
        Assert.Null(await new ConsensusReader().ReadAsync(connection, CancellationToken.None));

        await using var fetcher = await DescriptorFetcher.CreateAsync(connection, CancellationToken.None);
        var fetched = await fetcher.FetchAsync(address, relay, TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.Equal((FetchStatus.Refused, $"552 Server \"{relay}\" not found"), (fetched.Status, fetched.Reason));

        await using var uploader = await DescriptorUploader.CreateAsync(connection, CancellationToken.None);
        var uploaded = await uploader.PostAsync(relay, address, "hs-descriptor 3\n"u8.ToArray(), TimeSpan.FromSeconds(5), CancellationToken.None);
        Assert.Equal((UploadStatus.Failed, $"552 Server \"{relay}\" not found"), (uploaded.Status, uploaded.Reason));
    }
}
