using System.Security.Cryptography;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Audit;
using Xunit.Abstractions;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.Signer;

/// <summary>
/// kill -9 at any moment, on a disk that is sound, full now and then, or read-only now and then: what was released is on
/// disk, and nothing on disk is half-written.
/// </summary>
public sealed class SignerKilledTests(ITestOutputHelper output)
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [MountingTheory]
    [InlineData(DiskFault.None)]
    [InlineData(DiskFault.Full)]
    [InlineData(DiskFault.ReadOnly)]
    public async Task Counters_never_go_back_and_nothing_is_released_that_is_not_on_disk(DiskFault fault)
    {
        using var signer = new SignerUnderTest { StateDirectory = "disk/state" };
        using var disk = new ScarceDisk(signer.InFolder("disk"), fault);
        await using var collector = await LinkServer.StartAsync(signer.Tls("collector1"));
        signer.Configure(collector.Endpoint, policy: "policy: {burst: 1000, interval: 10ms}");
        var request = signer.Honest();
        var period = new TimePeriod(request.TimePeriod.Number, request.TimePeriod.LengthMinutes);
        var tally = new Tally();
        var kills = Long ? 200 : 10;
        for (var round = 0; round < kills; round++)
        {
            signer.Start();
            var attached = await collector.NextAsync(Patience);
            // Now and then spoiled before the first answer.
            if (round % 4 != 0)
            {
                tally.Take(await attached.AskAsync(request), mayRefuse: false);
                Assert.True(AuditChain.TryVerify(AuditLog.FolderIn(signer.StateFolderPath), out _, out var found), found);
            }

            var life = new TaskCompletionSource();
            var dying = KillAfterAsync(life.Task, signer, disk);
            var answers = RandomNumberGenerator.GetInt32(20);
            while (await attached.AskAsync(request) is { } result)
            {
                tally.Take(result, mayRefuse: fault != DiskFault.None);
                if (answers-- <= 0)
                    life.TrySetResult();
            }

            await dying;
            disk.Mend();
            Assert.True(signer.CounterOnDisk(period) >= tally.Highest, $"{tally.Highest} was released and is not on disk");
        }

        signer.Start();
        tally.Take(await (await collector.NextAsync(Patience)).AskAsync(request), mayRefuse: false);
        var (code, said) = await SignerUnderTest.RunAsync("audit", "verify", "--config", signer.ConfigFile);
        Assert.True(code == 0, said);
        Assert.DoesNotContain(Directory.GetFiles(signer.StateFolderPath), AtomicFile.IsTemporary);
        output.WriteLine($"{fault}: {kills} kills, {tally.Released} signatures released, {tally.Refused} refused. {said}");
        Assert.True(tally.Released > kills, $"only {tally.Released} signatures between {kills} kills");
        Assert.True(fault == DiskFault.None || tally.Refused > 0, "the disk was never in the way");
    }

    [Fact]
    public async Task A_kill_in_the_middle_of_the_first_start_does_not_need_a_hand()
    {
        for (var round = 0; round < (Long ? 50 : 10); round++)
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

    /// <summary>Spoils and mends the disk meanwhile, and kills within the answer or two after that.</summary>
    private static async Task KillAfterAsync(Task life, SignerUnderTest signer, ScarceDisk disk)
    {
        try
        {
            while (!life.IsCompleted)
            {
                disk.Spoil();
                await Task.Delay(RandomNumberGenerator.GetInt32(60));
                disk.Mend();
                await Task.Delay(RandomNumberGenerator.GetInt32(60));
            }

            // Now and then it dies on the spoiled disk.
            if (RandomNumberGenerator.GetInt32(2) == 0)
                disk.Spoil();
            await Task.Delay(RandomNumberGenerator.GetInt32(40));
        }
        finally
        {
            signer.Kill();
        }
    }

    private sealed class Tally
    {
        public ulong Highest { get; private set; }

        public int Released { get; private set; }

        public int Refused { get; private set; }

        public void Take(SignResult? result, bool mayRefuse)
        {
            if (mayRefuse && result?.Refusal is { Reason: SignRefusal.StateUnavailable or SignRefusal.AuditUnavailable })
            {
                Refused++;
                return;
            }

            Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, $"{result?.Refusal}");
            Assert.True(result!.Signed.RevisionCounter > Highest, $"{result.Signed.RevisionCounter} was released after {Highest}");
            Highest = result.Signed.RevisionCounter;
            Released++;
        }
    }
}
