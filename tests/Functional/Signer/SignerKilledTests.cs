using System.Security.Cryptography;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>kill -9 at any moment: what was released is on disk, and nothing on disk is half-written.</summary>
public sealed class SignerKilledTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1" ? 50 : 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Counters_never_go_back_and_no_file_is_left_half_written()
    {
        using var signer = new SignerUnderTest();
        await using var collector = await LinkServer.StartAsync(signer.Tls("collector1"));
        signer.Configure(collector.Endpoint);
        var request = signer.Honest();
        var period = new TimePeriod(request.TimePeriod.Number, request.TimePeriod.LengthMinutes);
        var highest = 0UL;
        var released = 0;
        for (var round = 0; round < Rounds; round++)
        {
            signer.Start();
            var attached = await collector.NextAsync(Patience);
            // Now and then before the first answer, else in the middle of many.
            if (round % 4 != 0)
                highest = CheckedCounter(await attached.AskAsync(request), highest, ref released);
            var dying = KillSoonAsync(signer);
            while (await attached.AskAsync(request) is { } result)
                highest = CheckedCounter(result, highest, ref released);

            await dying;
            Assert.True(signer.CounterOnDisk(period) >= highest, $"{highest} was released and is not on disk");
        }

        Assert.True(released > Rounds, $"only {released} signatures between {Rounds} kills");
        signer.Start();
        await collector.NextAsync(Patience);
        Assert.DoesNotContain(Directory.GetFiles(signer.StateFolderPath), AtomicFile.IsTemporary);
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_the_first_start_does_not_need_a_hand()
    {
        for (var round = 0; round < Rounds; round++)
        {
            using var signer = new SignerUnderTest();
            await using var collector = await LinkServer.StartAsync(signer.Tls("collector1"));
            signer.Configure(collector.Endpoint);
            signer.Start();
            await Task.Delay(RandomNumberGenerator.GetInt32(600));
            signer.Kill();
            signer.Start();
            var attached = await collector.NextAsync(Patience);
            // The one that was killed may have attached just before.
            var result = await attached.AskAsync(signer.Honest()) ?? await (await collector.NextAsync(Patience)).AskAsync(signer.Honest());
            Assert.Equal(SignResult.OutcomeOneofCase.Signed, result?.OutcomeCase);
        }
    }

    private static ulong CheckedCounter(SignResult? result, ulong highest, ref int released)
    {
        Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result?.Refusal?.Detail);
        Assert.True(result!.Signed.RevisionCounter > highest, $"{result.Signed.RevisionCounter} was released after {highest}");
        released++;
        return result.Signed.RevisionCounter;
    }

    private static async Task KillSoonAsync(SignerUnderTest signer)
    {
        await Task.Delay(RandomNumberGenerator.GetInt32(400));
        signer.Kill();
    }
}
