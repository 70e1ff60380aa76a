using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Directory;

namespace OnionBalance.Split.Tests.Unit.TorDirectory;

public sealed class ConsensusDocumentTests
{
    private static readonly string Identity = new('A', 40);
    private static readonly byte[] Microdescriptor =
        Encoding.ASCII.GetBytes($"onion-key\nid ed25519 {ConsensusText.Base64(new byte[31].Append((byte)7).ToArray())}\n");

    private static readonly string Relay = ConsensusText.Relay(Identity, SHA256.HashData(Microdescriptor));

    [Fact]
    public void Reads_times_relays_parameters_and_shared_random_values()
    {
        var value = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        var consensus = Parse(
            ConsensusText.Preamble
            + "params CircuitPriorityHalflifeMsec=30000 HSV3MaxDescriptorSize=60000 hsdir_interval=720 hsdir_n_replicas=3 hsdir_spread_fetch=2 hsdir_spread_store=5\n"
            + $"shared-rand-current-value 9 {Convert.ToBase64String(value)}\n"
            + Relay
            + ConsensusText.Footer);
        Assert.NotNull(consensus);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 4, 0, 0, TimeSpan.Zero), consensus.ValidAfter);
        Assert.Equal(TimeSpan.FromHours(1), consensus.VotingInterval);
        Assert.Equal(new DateTimeOffset(2026, 11, 23, 7, 0, 0, TimeSpan.Zero), consensus.ValidUntil);
        Assert.Equal(new ConsensusParameters(720, 3, 5, 2, 60000), consensus.Parameters);
        Assert.Equal(Bytes32.Create(value), consensus.CurrentSharedRandom);
        Assert.Null(consensus.PreviousSharedRandom);
        var relay = Assert.Single(consensus.HsDirs);
        Assert.Equal(Identity, relay.Fingerprint);
        Assert.Equal("relayAAAAAAAA", relay.Nickname);
        Assert.Equal(7, relay.Ed25519Identity.Span[31]);
        Assert.Empty(consensus.UnknownHsDirs);
    }

    [Fact]
    public void Takes_tors_defaults_and_limits_for_parameters()
    {
        Assert.Equal(ConsensusParameters.Default, Parse(ConsensusText.Preamble + ConsensusText.Footer)!.Parameters);
        Assert.Equal(new ConsensusParameters(1440, 2, 4, 3, 50_000), ConsensusParameters.Default);
        Assert.Equal(
            new ConsensusParameters(30, 16, 128, 1, 1),
            Parameters("hsdir_interval=1 hsdir_n_replicas=17 hsdir_spread_store=129 hsdir_spread_fetch=0 HSV3MaxDescriptorSize=-5"));
        Assert.Equal(14_400, Parameters("hsdir_interval=2147483647")!.HsDirInterval);
        Assert.Equal(5, Parameters("hsdir_n_replicas=5 hsdir_n_replicas=6")!.HsDirReplicas);
        Assert.Null(Parameters("hsdir_n_replicas"));
        Assert.Null(Parameters("hsdir_n_replicas=2147483648"));
        Assert.Null(Parameters("anything=1x"));
    }

    [Theory]
    [InlineData("Fast Running Valid", "HSDir=2", false)]
    [InlineData("HSDir Running Valid", "HSDir=1", false)]
    [InlineData("HSDir Running Valid", "HSDir=1-2", true)]
    [InlineData("HSDir", "Cons=1 HSDir=1,2-5", true)]
    [InlineData("HSDir", "HSDir=3-5", false)]
    [InlineData("HSDir", "HSDirX=2", false)]
    [InlineData("HSDirX", "HSDir=2", false)]
    public void Takes_the_relays_that_tor_takes_for_its_ring(string flags, string protocols, bool taken) =>
        Assert.Equal(
            taken ? 1 : 0,
            Parse(ConsensusText.Preamble + ConsensusText.Relay(Identity, SHA256.HashData(Microdescriptor), flags, protocols) + ConsensusText.Footer)!
                .HsDirs.Length);

    [Fact]
    public void Names_the_HSDirs_whose_microdescriptors_are_missing()
    {
        var consensus = Parse(ConsensusText.Preamble + ConsensusText.Relay(Identity, new byte[32]) + ConsensusText.Footer);
        Assert.Equal(Identity, Assert.Single(consensus!.UnknownHsDirs));
        Assert.Empty(consensus.HsDirs);
    }

    [Theory]
    [InlineData("cut before its footer", "directory-footer\n", "")]
    [InlineData("of the other flavour", "3 microdesc", "3")]
    [InlineData("a vote", "vote-status consensus", "vote-status vote")]
    [InlineData("without a validity", "valid-until", "valid-unto")]
    [InlineData("valid for nothing", "fresh-until 2026-11-23 05", "fresh-until 2026-11-23 04")]
    [InlineData("with an impossible date", "valid-after 2026-11-23", "valid-after 2026-11-31")]
    [InlineData("from before Tor", "valid-after 2026", "valid-after 1970")]
    [InlineData("with a validity twice", "consensus-method 34", "valid-after 2026-11-23 04:00:00")]
    [InlineData("with a short fingerprint", "r relayAAAAAAAA q", "r relayAAAAAAAA ")]
    [InlineData("with a digest that is none", "m ", "m ?")]
    [InlineData("with flags twice", "w Bandwidth=1", "s HSDir")]
    [InlineData("with a bad version range", "HSDir=2", "HSDir=2-1")]
    [InlineData("without flags", "\ns ", "\nx ")]
    [InlineData("with a nickname that is none", "r relayAAAAAAAA", "r relay/AAAAAAA")]
    public void Refuses_a_document(string which, string good, string bad)
    {
        var text = ConsensusText.Preamble + Relay + ConsensusText.Footer;
        Assert.NotNull(Parse(text));
        Assert.Contains(good, text, StringComparison.Ordinal);
        Assert.True(Parse(text.Replace(good, bad, StringComparison.Ordinal)) is null, which);
    }

    [Fact]
    public void Refuses_relays_that_are_out_of_order_or_there_twice()
    {
        var other = ConsensusText.Relay(new string('B', 40), new byte[32]);
        Assert.NotNull(Parse(ConsensusText.Preamble + Relay + other + ConsensusText.Footer));
        Assert.Null(Parse(ConsensusText.Preamble + other + Relay + ConsensusText.Footer));
        Assert.Null(Parse(ConsensusText.Preamble + Relay + Relay + ConsensusText.Footer));
    }

    [Fact]
    public void Reads_a_network_like_the_public_one_without_allocating_more_than_its_result()
    {
        var (text, microdescriptors) = ConsensusText.Make(9_000, seed: 1, paddingLines: 18);
        Assert.True(microdescriptors.Length > 10_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(MicrodescriptorIndex.TryParse(microdescriptors, out var index));
        Assert.True(ConsensusDocument.TryParse(text, index, out var consensus));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8_000_000);
        Assert.Equal(9_000, consensus.HsDirs.Length);
    }

    [Fact]
    public void Is_live_until_a_day_after_its_validity_as_tor_counts()
    {
        var consensus = Parse(ConsensusText.Preamble + ConsensusText.Footer)!;
        var day = TimeSpan.FromHours(24);
        Assert.True(consensus.IsReasonablyLive(consensus.ValidAfter - day));
        Assert.True(consensus.IsReasonablyLive(consensus.ValidUntil + day));
        Assert.False(consensus.IsReasonablyLive(consensus.ValidAfter - day - TimeSpan.FromSeconds(1)));
        Assert.False(consensus.IsReasonablyLive(consensus.ValidUntil + day + TimeSpan.FromSeconds(1)));
    }

    private static ConsensusParameters? Parameters(string list) =>
        Parse(ConsensusText.Preamble + "params " + list + "\n" + ConsensusText.Footer)?.Parameters;

    private static Consensus? Parse(string text) =>
        ConsensusDocument.TryParse(Encoding.ASCII.GetBytes(text), Microdescriptor, out var consensus) ? consensus : null;
}
