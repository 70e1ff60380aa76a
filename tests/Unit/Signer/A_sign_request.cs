using Google.Protobuf;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Tests.Unit.Signer;

public sealed class A_sign_request
{
    private const ulong Id = 7;

    [Fact]
    public void Is_read_when_its_shape_is_in_order()
    {
        Assert.True(SignRequestReader.TryRead(WellFormed(), out var request, out _));
        Assert.Equal(Some.Address(1), request.Service);
        Assert.Equal(20_000UL, request.Period.Number);
        Assert.Equal(Some.Bytes(5), request.Evidence[0].Digest);
        Assert.Null(request.Evidence[0].Text);
        Assert.Equal(8, request.Selections[0].Copies);
        Assert.Equal(Some.Bytes(6), request.Selections[0].Points[0].AuthKey.Bytes);
    }

    public static TheoryData<string, Action<SignRequest>, SignRefusal> Faults => new()
    {
        { "no service", r => r.ServiceAddress = "", SignRefusal.Malformed },
        { "a service with a wrong checksum", r => r.ServiceAddress = "a" + Some.Address(1).ToFullString()[1..], SignRefusal.Malformed },
        { "a v2 address", r => r.ServiceAddress = "expyuzz4wqqyqhjn.onion", SignRefusal.Malformed },
        { "no period", r => r.TimePeriod = null, SignRefusal.Malformed },
        { "a period without length", r => r.TimePeriod.LengthMinutes = 0, SignRefusal.Malformed },
        { "no role", r => r.Role = DescriptorRole.Unspecified, SignRefusal.Malformed },
        { "a role of a later version", r => r.Role = (DescriptorRole)9, SignRefusal.Malformed },
        { "no consensus time", r => r.ConsensusValidAfter = 0, SignRefusal.Malformed },
        { "a consensus before 1970", r => r.ConsensusValidAfter = -1, SignRefusal.Malformed },
        { "a consensus after the end of time", r => r.ConsensusValidAfter = long.MaxValue, SignRefusal.Malformed },
        { "no voting interval", r => r.VotingInterval = 0, SignRefusal.Malformed },
        { "an instance that is no address", r => r.Evidence[0].InstanceAddress = "instance", SignRefusal.Malformed },
        { "a short digest", r => r.Evidence[0].Digest = ByteString.CopyFrom(new byte[31]), SignRefusal.Malformed },
        { "an empty text", r => r.Evidence[0].Text = ByteString.Empty, SignRefusal.Malformed },
        { "a text too long", r => r.Evidence[0].Text = ByteString.CopyFrom(new byte[50_001]), SignRefusal.TooLarge },
        { "too much evidence", r => r.Evidence.Add(Enumerable.Repeat(r.Evidence[0], 128)), SignRefusal.TooLarge },
        { "no selections", r => r.Selections.Clear(), SignRefusal.NoPoints },
        { "too many selections", r => r.Selections.Add(Enumerable.Repeat(r.Selections[0], 32)), SignRefusal.TooLarge },
        { "an empty selection", r => r.Selections[0].Points.Clear(), SignRefusal.NoPoints },
        { "no copies", r => r.Selections[0].Copies = 0, SignRefusal.Malformed },
        { "17 copies", r => r.Selections[0].Copies = 17, SignRefusal.TooLarge },
        { "copies by the billion", r => r.Selections[0].Copies = uint.MaxValue, SignRefusal.TooLarge },
        { "72 copies in all", r => r.Selections.Add(Enumerable.Repeat(r.Selections[0], 8)), SignRefusal.TooLarge },
        { "a short auth key", r => r.Selections[0].Points[0].AuthKey = ByteString.CopyFrom(new byte[5]), SignRefusal.Malformed },
        { "a point of evidence that was not sent", r => r.Selections[0].Points[0].Evidence = 1, SignRefusal.PointWithoutEvidence },
        { "evidence by the billion", r => r.Selections[0].Points[0].Evidence = uint.MaxValue, SignRefusal.PointWithoutEvidence },
        { "a point twice", r => r.Selections[0].Points.Add(r.Selections[0].Points[0]), SignRefusal.PointRepeated },
        { "21 points", r => r.Selections[0].Points.Add(Points(20)), SignRefusal.TooManyPoints },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Is_refused_with_its_reason_for(string fault, Action<SignRequest> spoil, SignRefusal reason)
    {
        var message = WellFormed();
        spoil(message);
        Assert.False(SignRequestReader.TryRead(message, out _, out var refused), fault);
        Assert.Equal(reason, refused.Reason);
        Assert.NotEmpty(refused.Detail);
    }

    [Fact]
    public void Has_a_digest_of_what_is_asked_not_of_how_it_is_sent()
    {
        var first = WellFormed();
        var again = WellFormed();
        again.Id++;
        again.Evidence[0].Text = ByteString.CopyFromUtf8("hs-descriptor 3");
        var other = WellFormed();
        other.Selections[0].Copies--;
        Assert.Equal(DigestOf(first), DigestOf(again));
        Assert.NotEqual(DigestOf(first), DigestOf(other));
    }

    [Fact]
    public void Is_repeatable_where_it_says_which_publication_it_is_for()
    {
        var plain = WellFormed();
        var first = WellFormed();
        first.LastRevisionCounter = 0;
        var second = WellFormed();
        second.LastRevisionCounter = 1;
        Assert.Equal([null, 0UL, 1UL], ((SignRequest[])[plain, first, second]).Select(message => SignRequestReader.TryRead(message, out var request, out _) ? request.LastRevisionCounter : ulong.MaxValue));
        Assert.Equal(3, ((SignRequest[])[plain, first, second]).Select(DigestOf).Distinct().Count());
    }

    private static string DigestOf(SignRequest message) =>
        SignRequestReader.TryRead(message, out var request, out _) ? request.Digest.ToHex() : "";

    private static SignRequest WellFormed() => new()
    {
        Id = Id,
        ServiceAddress = Some.Address(1).ToFullString(),
        TimePeriod = new TimePeriod { Number = 20_000, LengthMinutes = 1440 },
        Role = DescriptorRole.First,
        ConsensusValidAfter = 1_728_000_000,
        VotingInterval = 3600,
        Evidence = { new OnionBalance.Split.Protos.Evidence { InstanceAddress = Some.Address(2).ToFullString(), Digest = ByteString.CopyFrom(Some.Bytes(5).Span) } },
        Selections = { new Selection { Copies = 8, Points = { Points(1) } } },
    };

    private static IEnumerable<IntroductionPointName> Points(int count) => Enumerable.Range(0, count).Select(i =>
        new IntroductionPointName { Evidence = 0, AuthKey = ByteString.CopyFrom(Some.Bytes((byte)(6 + i)).Span) });
}
