using System.Text;
using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Wire;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class ReplyParserTests
{
    private static readonly ControlLimits Small = new() { MaxLineBytes = 100, MaxReplyBytes = 1000, MaxEventBytes = 1000 };

    private static List<ControlMessage> Parse(string text, ControlLimits? limits = null, int chunk = int.MaxValue)
    {
        var parser = new ReplyParser(limits ?? ControlLimits.Default);
        var messages = Parse(parser, Encoding.Latin1.GetBytes(text), (limits ?? ControlLimits.Default).MaxReplyBytes, chunk);
        Assert.Null(parser.Violation);
        return messages;
    }

    internal static List<ControlMessage> Parse(ReplyParser parser, byte[] bytes, int maxReplyBytes, int chunk)
    {
        var messages = new List<ControlMessage>();
        for (var at = 0; at < bytes.Length; at += Math.Min(chunk, bytes.Length - at))
        {
            ReadOnlySpan<byte> input = bytes.AsSpan(at, Math.Min(chunk, bytes.Length - at));
            while (parser.TryRead(ref input, maxReplyBytes, out var message))
                messages.Add(message);
        }

        return messages;
    }

    [Fact]
    public void A_single_line_is_a_reply()
    {
        var reply = Assert.Single(Parse("250 OK\r\n")).Reply!;
        Assert.Equal((250, "OK", true), (reply.Code, reply.Text, reply.IsOk));
    }

    [Fact]
    public void The_last_line_decides_the_code()
    {
        var reply = Assert.Single(Parse("250-1.2.3.4=a\r\n512 Malformed\r\n")).Reply!;
        Assert.Equal((512, false, 2), (reply.Code, reply.IsOk, reply.Lines.Length));
    }

    [Fact]
    public void A_data_block_is_unstuffed_and_keeps_its_last_line_end()
    {
        var reply = Assert.Single(Parse("250+md/all=\r\nonion-key\r\n..dot\r\n\r\nend\r\n.\r\n250 OK\r\n")).Reply!;
        Assert.Equal("onion-key\n.dot\n\nend\n", Encoding.Latin1.GetString(reply.Lines[0].Data.Span));
    }

    [Fact]
    public void Reply_codes_inside_a_data_block_are_data()
    {
        var reply = Assert.Single(Parse("250+k=\r\n650 CIRC 1 BUILT\r\n250 OK\r\n.\r\n250 OK\r\n")).Reply!;
        Assert.Equal("650 CIRC 1 BUILT\n250 OK\n", Encoding.Latin1.GetString(reply.Lines[0].Data.Span));
    }

    [Fact]
    public void Events_come_between_replies_in_their_order()
    {
        var messages = Parse("650 CIRC 1 BUILT\r\n250 OK\r\n650-CONF_CHANGED\r\n650-NumCPUs=1\r\n650-Nickname\r\n650 OK\r\n250 OK\r\n");
        Assert.Equal(["CIRC", null, "CONF_CHANGED", null], messages.Select(m => m.Event?.Keyword));
        Assert.Equal("1 BUILT", messages[0].Event!.Arguments);
        Assert.Equal(["NumCPUs=1", "Nickname"], messages[2].Event!.FurtherLines.AsEnumerable());
    }

    [Fact]
    public void An_event_has_its_data()
    {
        var happened = Assert.Single(Parse("650+HS_DESC_CONTENT abc id $FF~n\r\nhs-descriptor 3\r\n.\r\n650 OK\r\n")).Event!;
        Assert.Equal("abc id $FF~n", happened.Arguments);
        Assert.Equal("hs-descriptor 3\n", Encoding.Latin1.GetString(happened.Data.Span));
        Assert.Empty(happened.FurtherLines);
        Assert.False(happened.BodyDropped);
    }

    [Fact]
    public void The_body_of_a_new_consensus_is_dropped_and_what_follows_is_read()
    {
        var messages = Parse("650+NEWCONSENSUS\r\nr relay\r\ns HSDir\r\n.\r\n650 OK\r\n250 OK\r\n");
        Assert.True(messages[0].Event is { Keyword: "NEWCONSENSUS", BodyDropped: true, Data.IsEmpty: true });
        Assert.Equal(250, messages[1].Reply!.Code);
    }

    [Fact]
    public void Every_cut_of_the_stream_reads_the_same()
    {
        const string text = "250-version=0.4.9.11\r\n250 OK\r\n650+HS_DESC_CONTENT a b c\r\n..x\r\n.\r\n650 OK\r\n250+k=\r\ny\r\n.\r\n250 OK\r\n";
        for (var chunk = 1; chunk <= text.Length; chunk++)
        {
            var messages = Parse(text, chunk: chunk);
            Assert.Equal(3, messages.Count);
            Assert.Equal(".x\n", Encoding.Latin1.GetString(messages[1].Event!.Data.Span));
            Assert.Equal("y\n", Encoding.Latin1.GetString(messages[2].Reply!.Lines[0].Data.Span));
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "without a reply code")]
    [InlineData("25\r\n", "without a reply code")]
    [InlineData("250\r\n", "without a reply code")]
    [InlineData("250=OK\r\n", "without a reply code")]
    [InlineData("\r\n", "without a reply code")]
    [InlineData("250-a\r\n650 CIRC 1 BUILT\r\n", "an event inside a reply")]
    [InlineData("650-a\r\n250 OK\r\n", "an event inside a reply")]
    public void What_is_no_control_protocol_is_a_violation(string text, string expected)
    {
        var parser = new ReplyParser(Small);
        Assert.Empty(Parse(parser, Encoding.ASCII.GetBytes(text + "250 OK\r\n"), 1000, int.MaxValue));
        Assert.Contains(expected, parser.Violation!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_a_violation()
    {
        var parser = new ReplyParser(Small);
        Assert.Empty(Parse(parser, Encoding.ASCII.GetBytes("250 " + new string('x', 200)), 1000, 7));
        Assert.Equal("a line of more than 100 bytes", parser.Violation);
    }

    [Theory]
    [InlineData("250+k=\r\n{0}.\r\n250 OK\r\n", "data line\r\n")]
    [InlineData("{0}250 OK\r\n", "250-\r\n")]
    public void A_reply_over_its_limit_is_dropped_and_the_next_is_read(string form, string repeated)
    {
        var flood = string.Concat(Enumerable.Repeat(repeated, 5000));
        var messages = Parse(form.Replace("{0}", flood, StringComparison.Ordinal) + "250 next\r\n", Small);
        Assert.True(messages[0].TooLarge);
        Assert.Single(messages[0].Reply!.Lines);
        Assert.Equal("next", messages[1].Reply!.Text);
        Assert.False(messages[1].TooLarge);
    }

    [Fact]
    public void An_event_over_its_limit_loses_its_body()
    {
        var flood = string.Concat(Enumerable.Repeat("line\r\n", 5000));
        var messages = Parse($"650+HS_DESC_CONTENT a b c\r\n{flood}.\r\n650 OK\r\n250 OK\r\n", Small);
        Assert.True(messages[0].Event is { Arguments: "a b c", BodyDropped: true, Data.IsEmpty: true });
        Assert.Equal(2, messages.Count);
    }
}
