using OnionBalance.Split.Tor.Control;
using OnionBalance.Split.Tor.Control.Authentication;
using OnionBalance.Split.Tor.Protocol.Text;

namespace OnionBalance.Split.Tests.Unit.Control;

/// <summary>What others write for people, which ends up in logs, in the state directory and on the operator's terminal.</summary>
public sealed class ForeignTextTests
{
    private static readonly string Hostile = "no\u001b[2J\r\nInstance x is lost\u202e\u2028\ud83d" + new string('y', 3 << 20);

    [Fact]
    public void Is_one_short_line_that_moves_no_terminal()
    {
        var shown = ForeignText.Bounded(Hostile);
        Assert.Equal(200, shown.Length);
        Assert.StartsWith("no [2J  Instance x is lost   yyy", shown, StringComparison.Ordinal);
        Assert.Equal("das geht nicht: 100 %", ForeignText.Bounded("das geht nicht: 100 %"));
    }

    [Fact]
    public void Of_a_tor_is_bounded_wherever_it_is_kept()
    {
        var reply = new ControlReply([new ControlReplyLine(551, Hostile, default)]);
        Assert.InRange(ControlException.Refused("GETINFO", reply).Message.Length, 100, 1000);
        Assert.DoesNotContain('\u001b', ControlException.Refused("GETINFO", reply).Message);
        Assert.Equal(200, new UploadOutcome(UploadStatus.Failed, Hostile).Reason.Length);

        var greeting = new ControlReply([.. new[] { "PROTOCOLINFO 1", "AUTH METHODS=NULL", $"VERSION Tor=\"0.4\\033[2J{new string('9', 10_000)}\"" }
            .Select(text => new ControlReplyLine(250, text, default))]);
        Assert.True(ProtocolInfo.TryParse(greeting, out var info));
        Assert.Equal(200, info.TorVersion!.Length);
        Assert.StartsWith("0.4 [2J999", info.TorVersion, StringComparison.Ordinal);
    }
}
