using System.Text;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class DirectoryFuzzTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1" ? 1_000_000 : 20_000;

    [Fact]
    public void No_mutation_of_a_consensus_or_its_microdescriptors_throws_or_breaks_the_ring()
    {
        var random = new Random(9);
        var row = Vectors.Load("ring-onionbalance").MinBy(row => row.GetProperty("consensus").GetString()!.Length);
        var text = Encoding.ASCII.GetBytes(row.GetProperty("consensus").GetString()!);
        var microdescriptors = Encoding.ASCII.GetBytes(row.GetProperty("microdescriptors").GetString()!);
        var read = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var first = i % 4 == 0 ? text : Mutate(random, text);
            var second = i % 4 == 0 || i % 4 == 1 ? Mutate(random, microdescriptors) : microdescriptors;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var parsed = ConsensusDocument.TryParse(first, second, out var consensus);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            if (!parsed)
                continue;
            read++;
            var schedule = ServiceSchedule.From(consensus!);
            var hsDirs = HsDirRing.Create(consensus!, schedule.First.Period, schedule.First.SharedRandom).ForStoring(default);
            Assert.Equal(hsDirs.Length, hsDirs.Distinct().Count());
        }

        // A document may be whole in spite of a mutation; that most were refused, or most read, would prove little.
        Assert.InRange(read, Rounds / 10, Rounds * 9 / 10);
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        var bytes = new List<byte>(original);
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(random.Next(2) == 0 ? 4 : 400, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.Insert(at, (byte)"\n =-\r\0,9z"[random.Next(9)]);
                    break;
                case 4:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    if (random.Next(10) == 0)
                        bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
