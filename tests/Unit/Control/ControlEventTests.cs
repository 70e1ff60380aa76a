using System.Text;
using OnionBalance.Split.Tor.Control.Events;

namespace OnionBalance.Split.Tests.Unit.Control;

public sealed class ControlEventTests
{
    private const string Label = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd";
    private const string HsDir = "9695DFC35FFEB861329B9F1AB04C46397020CE31";

    private static ControlEvent Event(string text, string data = "")
    {
        var words = text.Split(' ', 2);
        return new ControlEvent(words[0], words.ElementAtOrDefault(1) ?? "", Encoding.ASCII.GetBytes(data), [], false);
    }

    [Theory]
    [InlineData($"UPLOAD {Label} UNKNOWN ${HsDir}~moria1 aWQ HSDIR_INDEX=AB", HsDescAction.Upload, "aWQ", null)]
    [InlineData($"UPLOADED {Label} UNKNOWN ${HsDir}~moria1", HsDescAction.Uploaded, null, null)]
    [InlineData($"UPLOADED {Label} UNKNOWN {HsDir}", HsDescAction.Uploaded, null, null)]
    [InlineData($"FAILED {Label} NO_AUTH ${HsDir}=moria1 aWQ REASON=UPLOAD_REJECTED", HsDescAction.Failed, "aWQ", "UPLOAD_REJECTED")]
    [InlineData($"FAILED {Label} UNKNOWN ${HsDir} REASON=UNEXPECTED", HsDescAction.Failed, null, "UNEXPECTED")]
    [InlineData($"REQUESTED {Label} NO_AUTH ${HsDir}~a aWQ HSDIR_INDEX=AB", HsDescAction.Requested, "aWQ", null)]
    [InlineData($"FROBBED {Label} NO_AUTH ${HsDir}~a aWQ", HsDescAction.Other, "aWQ", null)]
    public void Descriptor_events_are_read(string arguments, HsDescAction action, string? id, string? reason)
    {
        Assert.True(HsDescEvent.TryParse(Event("HS_DESC " + arguments), out var happened));
        Assert.Equal((action, Label, HsDir, id, reason), (happened.Action, happened.Label, happened.HsDir, happened.DescriptorId, happened.Reason));
    }

    [Theory]
    [InlineData("CREATED " + Label + " UNKNOWN UNKNOWN aWQ", Label)]
    [InlineData("FAILED UNKNOWN NO_AUTH UNKNOWN aWQ REASON=QUERY_NO_HSDIR", null)]
    public void An_unknown_HSDir_or_address_is_null(string arguments, string? label)
    {
        Assert.True(HsDescEvent.TryParse(Event("HS_DESC " + arguments), out var happened));
        Assert.Equal((label, null), (happened.Label, happened.HsDir));
    }

    [Fact]
    public void A_fetched_descriptor_comes_with_its_HSDir()
    {
        Assert.True(HsDescContentEvent.TryParse(Event($"HS_DESC_CONTENT {Label} aWQ ${HsDir}~a", "hs-descriptor 3\n"), out var content));
        Assert.Equal((Label, "aWQ", HsDir, false), (content.Label, content.DescriptorId, content.HsDir, content.IsEmpty));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void An_empty_body_says_that_there_is_none(string body)
    {
        Assert.True(HsDescContentEvent.TryParse(Event($"HS_DESC_CONTENT {Label} aWQ UNKNOWN", body), out var content));
        Assert.True(content.IsEmpty);
    }

    [Fact]
    public void Introduction_circuits_are_told_apart()
    {
        Assert.True(CircuitEvent.TryParse(
            Event($"CIRC_MINOR 7 PURPOSE_CHANGED ${HsDir}~a BUILD_FLAGS=IS_INTERNAL PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={Label} OLD_PURPOSE=HS_SERVICE_INTRO OLD_HS_STATE=HSSI_CONNECTING"),
            out var standing));
        Assert.True(standing is { IsEstablishedIntroduction: true, IsServiceIntroduction: true, RendQuery: Label, Id: "7" });

        Assert.True(CircuitEvent.TryParse(
            Event($"CIRC 7 CLOSED PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={Label} REASON=DESTROYED REMOTE_REASON=DESTROYED"),
            out var gone));
        Assert.True(gone is { IsEnded: true, IsEstablishedIntroduction: false, IsServiceIntroduction: true, Reason: "DESTROYED" });

        Assert.True(CircuitEvent.TryParse(Event("CIRC 8 BUILT PURPOSE=GENERAL SOCKS_USERNAME=\"a b PURPOSE=HS_SERVICE_INTRO\""), out var other));
        Assert.False(other.IsServiceIntroduction);
    }

    [Fact]
    public void Status_events_are_read()
    {
        Assert.True(StatusEvent.TryParse(Event("STATUS_GENERAL WARN CLOCK_JUMPED TIME=-3600"), out var status));
        Assert.Equal(("WARN", "CLOCK_JUMPED", "TIME=-3600"), (status.Severity, status.Action, status.Arguments));
    }

    [Theory]
    [InlineData("HS_DESC UPLOADED")]
    [InlineData("HS_DESC_CONTENT a")]
    [InlineData("CIRC 1")]
    [InlineData("STATUS_CLIENT NOTICE")]
    [InlineData("BW 1 2")]
    public void What_is_too_short_or_another_event_is_refused(string text)
    {
        var message = Event(text);
        Assert.False(HsDescEvent.TryParse(message, out _));
        Assert.False(HsDescContentEvent.TryParse(message, out _));
        Assert.False(CircuitEvent.TryParse(message, out _));
        Assert.False(StatusEvent.TryParse(message, out _));
    }
}
