using System.Text;
using OnionBalance.Split.Tor.Control;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class ControlCommandTests
{
    private static string Wire(ControlCommand command) => Encoding.Latin1.GetString(command.Encode());

    [Fact]
    public void A_command_is_its_words_and_a_line_end()
    {
        Assert.Equal("HSFETCH abc SERVER=FF\r\n", Wire(ControlCommand.Parse("HSFETCH").Argument("abc").Argument("SERVER", "FF")));
    }

    [Theory]
    [InlineData("abc\r\nSIGNAL HALT")]
    [InlineData("abc\nSIGNAL HALT")]
    [InlineData("abc\rSIGNAL HALT")]
    [InlineData("abc SERVER=FF")]
    [InlineData("abc\"")]
    [InlineData("abc\0")]
    [InlineData("abc\u0085")]
    [InlineData("abc\u010a")]
    [InlineData("")]
    public void An_argument_stays_one_argument(string hostile)
    {
        var command = ControlCommand.Parse("HSFETCH");
        Assert.Throws<ArgumentException>(() => command.Argument(hostile));
        Assert.Throws<ArgumentException>(() => command.Argument("SERVER", hostile));
        Assert.Throws<ArgumentException>(() => command.Argument(hostile, "FF"));
    }

    [Theory]
    [InlineData("GETINFO version\r\nSIGNAL HALT")]
    [InlineData("GETINFO version\n")]
    [InlineData("+HSPOST")]
    [InlineData(" GETINFO version")]
    [InlineData("")]
    public void A_command_line_stays_one_command(string hostile)
    {
        Assert.Throws<ArgumentException>(() => ControlCommand.Parse(hostile));
    }

    [Fact]
    public void A_refused_argument_is_not_repeated_in_the_message()
    {
        var e = Assert.Throws<ArgumentException>(() => ControlCommand.Parse("AUTHENTICATE").Argument("secret word"));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\nb\n", "a\r\nb\r\n.\r\n")]
    [InlineData("a\r\nb", "a\r\nb\r\n.\r\n")]
    [InlineData(".\n", "..\r\n.\r\n")]
    [InlineData("a\n.\nSIGNAL HALT\n", "a\r\n..\r\nSIGNAL HALT\r\n.\r\n")]
    [InlineData("..a\n", "...a\r\n.\r\n")]
    [InlineData("\n\n", "\r\n\r\n.\r\n")]
    public void Data_cannot_end_itself(string data, string expected)
    {
        var command = ControlCommand.Parse("HSPOST").Data(Encoding.Latin1.GetBytes(data));
        Assert.Equal("+HSPOST\r\n" + expected, Wire(command));
    }

    [Fact]
    public void Data_arrives_as_it_was_sent()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var data = string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => ".\nab"[random.Next(4)])) + "\n";
            var wire = "250" + Wire(ControlCommand.Parse("k=").Data(Encoding.Latin1.GetBytes(data))) + "250 OK\r\n";
            var parser = new Split.Tor.Control.Wire.ReplyParser(ControlLimits.Default);
            var message = Assert.Single(ReplyParserTests.Parse(parser, Encoding.Latin1.GetBytes(wire), 1000, 5));
            Assert.Equal(data, Encoding.Latin1.GetString(message.Reply!.Lines[0].Data.Span));
        }
    }
}
