using System.Diagnostics;
using System.Text;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;
using OnionBalance.Split.Tor.Control.Events;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tests.Unit.Control;

/// <summary>What a hostile tor may send: replies and events as tor 0.4.9 writes them, cut, doubled, overwritten.</summary>
public sealed class ReplyParserFuzzTests
{
    private static readonly int Iterations = Environment.GetEnvironmentVariable("OBSPLIT_LONG") == "1" ? 1_000_000 : 20_000;

    private static readonly ControlLimits Limits = new() { MaxLineBytes = 4096, MaxReplyBytes = 8192, MaxEventBytes = 8192 };

    private static readonly byte[] Seed = Encoding.Latin1.GetBytes(
        "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD COOKIEFILE=\"/run/tor/\\303\\251\\\"x\"\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n"
        + "250 AUTHCHALLENGE SERVERHASH=00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF SERVERNONCE=00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF\r\n"
        + "250+hs/service/desc/id/abc=\r\nhs-descriptor 3\r\n..dot\r\n.\r\n250 OK\r\n"
        + "650 CIRC 12 BUILT $0011223344556677889900112233445566778899~a,$0011223344556677889900112233445566778899=b BUILD_FLAGS=IS_INTERNAL PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_CONNECTING REND_QUERY=abc TIME_CREATED=2026-11-23T04:30:00.000000\r\n"
        + "650 CIRC_MINOR 12 PURPOSE_CHANGED PURPOSE=HS_SERVICE_INTRO OLD_PURPOSE=HS_SERVICE_INTRO OLD_HS_STATE=HSSI_CONNECTING\r\n"
        + "650 HS_DESC FAILED abc NO_AUTH $0011223344556677889900112233445566778899~a id REASON=NOT_FOUND\r\n"
        + "650+HS_DESC_CONTENT abc id $0011223344556677889900112233445566778899~a\r\n\r\n.\r\n650 OK\r\n"
        + "650+NEWCONSENSUS\r\nr a b\r\n.\r\n650 OK\r\n650-CONF_CHANGED\r\n650-NumCPUs=1\r\n650 OK\r\n"
        + "650 STATUS_CLIENT NOTICE CONSENSUS_ARRIVED\r\n551 Not found in cache\r\n");

    [Fact]
    public void Mutated_replies_neither_throw_nor_hang_nor_allocate_without_bound()
    {
        var random = new Random(20261123);
        var messages = 0L;
        var violations = 0;
        var started = Stopwatch.GetTimestamp();
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Iterations; i++)
        {
            var bytes = Mutate(random);
            var parser = new ReplyParser(Limits);
            foreach (var message in ReplyParserTests.Parse(parser, bytes, Limits.MaxReplyBytes, random.Next(1, bytes.Length + 1)))
            {
                messages++;
                Interpret(message);
            }

            violations += parser.Violation is null ? 0 : 1;
        }

        Assert.True(messages > Iterations && violations > Iterations / 20 && violations < Iterations);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromMilliseconds(1 * Iterations) + TimeSpan.FromSeconds(20));
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / Iterations;
        Assert.True(allocated < 200_000, $"{allocated} bytes for each input");
    }

    /// <summary>Every reader that a daemon may point at the message.</summary>
    private static void Interpret(ControlMessage message)
    {
        if (message.Reply is { } reply)
        {
            _ = ProtocolInfo.TryParse(reply, out _);
            _ = SafeCookie.TryParseChallenge(reply, out _, out _);
            _ = GetInfo.TryRead(reply, "hs/service/desc/id/abc", out _);
            return;
        }

        var happened = message.Event!;
        _ = HsDescEvent.TryParse(happened, out _);
        _ = CircuitEvent.TryParse(happened, out _);
        _ = StatusEvent.TryParse(happened, out _);
        if (HsDescContentEvent.TryParse(happened, out var content))
            _ = content.IsEmpty;
    }

    private static byte[] Mutate(Random random)
    {
        var bytes = Seed.ToList();
        for (var n = random.Next(1, 8); n > 0; n--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 60), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when bytes.Count > 100:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.Insert(at, "\r\n.\" =+-0\\\0"u8[random.Next(11)]);
                    break;
                default:
                    bytes.InsertRange(at, Enumerable.Repeat(bytes[at], random.Next(300)));
                    break;
            }
        }

        return [.. bytes];
    }
}
