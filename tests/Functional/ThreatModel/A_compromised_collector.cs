using System.Text;
using Google.Protobuf;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Signer;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tests.Unit.ThreatModel;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Functional.ThreatModel;

/// <summary>
/// Row of the threat table: the Collector with a Signer attached. It can withhold, delay, and choose among genuine, current
/// introduction points of enrolled instances; it cannot put any other point into a master descriptor, learn a key, or go
/// back to an older descriptor. The attacker has the Collector's certificate and every report it ever got.
/// </summary>
public sealed class A_compromised_collector : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SignerUnderTest _signer = new();
    private readonly IdentitySecretKey _master = IdentitySecretKey.Generate();
    private readonly IdentitySecretKey _gullible = IdentitySecretKey.Generate();
    private readonly Instance _a = new();
    private readonly Instance _b = new();
    private readonly Instance _stranger = new();
    private readonly List<SignResult> _heard = [];
    private readonly Dictionary<Instance, Protos.Evidence> _shown = [];
    private readonly SignRequest _template;
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    public A_compromised_collector()
    {
        _template = _signer.Honest();
        KeepKey("master", _master);
        KeepKey("gullible", _gullible);
    }

    private TimePeriod Period => new(_template.TimePeriod.Number, _template.TimePeriod.LengthMinutes);

    public void Dispose()
    {
        _signer.Dispose();
        _master.Dispose();
        _gullible.Dispose();
        _a.Dispose();
        _b.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Gets_nothing_signed_but_genuine_points_under_ever_higher_counters_and_learns_no_key()
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint, services: Services());
        _signer.Start();
        var link = await collector.NextAsync(Patience);

        // Controls: what is genuine is signed; and a service without that rule or memory signs what the master's refuses.
        Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, Honest()));
        Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, For(_gullible, Ask([Shown(_stranger)], Name(0, _stranger, 0)))));
        Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, For(_gullible, Ask([Shown(_a, revision: 999)], Name(0, _a, 0)))));
        Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, For(_gullible, Ask([Shown(_b)], Name(0, _b, 0)))));

        foreach (var (attack, reason, request) in Attacks())
            Assert.True(reason == await AskAsync(link, request), $"{attack}: {_heard[^1]}");
        for (var replay = 0; replay < 3; replay++)
            Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, Honest()));

        _signer.Kill();
        _signer.Start();
        link = await collector.NextAsync(Patience);
        Assert.Equal(SignRefusal.EvidenceRevisionTooLow, await AskAsync(link, Ask([Shown(_a, revision: 999)], Name(0, _a, 0))));
        Assert.Equal(SignRefusal.Unspecified, await AskAsync(link, Honest()));

        AssertCountersRise();
        AssertOnlyGenuinePoints();
        AssertNoKeyIn(_heard);
    }

    [Fact]
    public void Would_be_seen_to_succeed()
    {
        // Control of the two looks above: a descriptor with a foreign point, made with the key itself, and keys in an answer.
        using var blinded = _master.Blind(Period);
        using var signing = DescriptorSigningKey.Generate();
        using var middle = MiddleLayerPlan.ForEverybody();
        var keys = new DescriptorKeys(
            blinded.PublicKey, Subcredential.Compute(_master.PublicKey, blinded.PublicKey), signing, [.. SigningKeyCertificate.Create(blinded, signing.PublicKey, _now)]);
        var inner = _a.Inner with { IntroductionPoints = [_a.Points[0], _stranger.Points[0]] };
        Assert.Equal([_stranger.Points[0]], Foreign(Read(DescriptorBuilder.Build(keys, inner, middle, 1, _now))));

        var hunt = new KeyHunt([_master.PublicKey.Bytes, blinded.PublicKey.Bytes]);
        var expanded = new byte[64];
        _master.ExportExpanded(expanded);
        foreach (var secret in (byte[][])[expanded[..32], blinded.Expanded[..32].ToArray()])
        {
            var answer = new SignResult { Refusal = new Refusal { Detail = $"the key is {Convert.ToHexString(secret)}" } };
            Assert.True(hunt.Succeeds(answer.ToByteArray()));
            answer = new SignResult { Missing = new MissingEvidence { Digests = { ByteString.CopyFrom(secret) } } };
            Assert.True(hunt.Succeeds(answer.ToByteArray()));
        }
    }

    private IEnumerable<(string Attack, SignRefusal Reason, SignRequest Request)> Attacks()
    {
        var honest = Shown(_a);
        yield return ("a point of the attacker's own", SignRefusal.PointNotInEvidence, Ask([honest], Name(0, _a, 0), Name(0, Instance.RandomPoint())));
        yield return ("a point of one instance out of another's descriptor", SignRefusal.PointNotInEvidence, Ask([honest, Shown(_b)], Name(1, _a, 0)));
        yield return ("points swapped between two instances", SignRefusal.PointNotInEvidence, Ask([honest, Shown(_b)], Name(0, _b, 0), Name(1, _a, 0)));
        yield return ("a stranger's descriptor", SignRefusal.InstanceNotEnrolled, Ask([Shown(_stranger)], Name(0, _stranger, 0)));
        yield return ("a stranger's descriptor beside an honest one", SignRefusal.InstanceNotEnrolled, Ask([honest, Shown(_stranger)], Name(0, _a, 0)));
        yield return ("a stranger's descriptor under an enrolled name", SignRefusal.EvidenceWrongKey, Ask([Renamed(Shown(_stranger), _a)], Name(0, _stranger, 0)));
        yield return ("one instance's descriptor under the other's name", SignRefusal.EvidenceWrongKey, Ask([Renamed(Shown(_b), _a)], Name(0, _b, 0)));
        yield return ("a known digest under another name", SignRefusal.EvidenceWrongKey, Ask([Renamed(WithoutText(Shown(_a, fresh: false)), _b)], Name(0, _a, 0)));
        yield return ("another text under a known digest", SignRefusal.EvidenceWrongKey, Ask([Retold(honest, Shown(_b))], Name(0, _b, 0)));
        yield return ("a descriptor with one byte changed", SignRefusal.EvidenceNotAuthentic, Ask([Edited(_a, Respell)], Name(0, _a, 0)));
        yield return ("a descriptor with a higher counter written in", SignRefusal.EvidenceNotAuthentic, Ask([Edited(_a, text => Overwrite(text, "revision-counter 1000", "revision-counter 9000"))], Name(0, _a, 0)));
        yield return ("an older descriptor", SignRefusal.EvidenceRevisionTooLow, Ask([Shown(_a, revision: 999)], Name(0, _a, 0)));
        yield return ("a point that a hostile backend stole from another", SignRefusal.PointOfTwoInstances, Ask([honest, Robbing(_b, _a)], Name(1, _a, 0)));
        yield return ("a point twice", SignRefusal.PointRepeated, Ask([honest], Name(0, _a, 0), Name(0, _a, 0)));
        yield return ("no point, so that clients find nobody", SignRefusal.NoPoints, Ask([honest]));
        yield return ("more than clients take", SignRefusal.TooManyPoints, Ask([honest], [.. Enumerable.Range(0, 21).Select(_ => Name(0, Instance.RandomPoint()))]));
        yield return ("a period that is over", SignRefusal.PeriodOutsideWindow, Changed(request => request.TimePeriod.Number -= 2));
        yield return ("a period to come", SignRefusal.PeriodOutsideWindow, Changed(request => request.TimePeriod.Number += 2));
        yield return ("a period of another length", SignRefusal.Network, Changed(request => request.TimePeriod.LengthMinutes = 4));
        yield return ("the consensus of last week", SignRefusal.ConsensusTime, Changed(request => request.ConsensusValidAfter -= 7 * 86_400));
        yield return ("the consensus of tomorrow", SignRefusal.ConsensusFromFuture, Changed(request => request.ConsensusValidAfter += 86_400));
        yield return ("a service that is not served", SignRefusal.UnknownService, Changed(request => request.ServiceAddress = _stranger.Address.ToFullString()));
    }

    private IEnumerable<(ulong Counter, HsDescriptor Descriptor)> Released() => _heard
        .Where(result => result.OutcomeCase == SignResult.OutcomeOneofCase.Signed)
        .SelectMany(result => result.Signed.Selections.SelectMany(selection => selection.Copies).Select(copy => (result.Signed.RevisionCounter, Copy: copy.ToByteArray())))
        .Where(released => DescriptorReader.TryRead(released.Copy, _master.PublicKey, [Period], _now, null, out _, out _))
        .Select(released => (released.RevisionCounter, Read(released.Copy)));

    private void AssertCountersRise()
    {
        var counters = Released().Select(released => released.Counter).ToArray();
        Assert.Equal(5, counters.Length);
        Assert.Equal(counters.Distinct().Order(), counters);
        Assert.All(Released(), released => Assert.Equal(released.Counter, released.Descriptor.RevisionCounter));
    }

    private void AssertOnlyGenuinePoints() => Assert.All(Released(), released => Assert.Empty(Foreign(released.Descriptor)));

    /// <summary>Introduction points that no enrolled instance ever showed.</summary>
    private IEnumerable<IntroductionPoint> Foreign(HsDescriptor descriptor) => descriptor.Inner.IntroductionPoints.Except([.. _a.Points, .. _b.Points]);

    /// <summary>In what was sent, nor in the plaintext of it that anyone can read who knows the address.</summary>
    private void AssertNoKeyIn(List<SignResult> heard)
    {
        var descriptors = Released().Select(released => released.Descriptor).ToArray();
        var hunt = new KeyHunt([_master.PublicKey.Bytes, _master.PublicKey.Blind(Period).Bytes, .. descriptors.Select(descriptor => descriptor.Outer.SigningKey.Bytes)]);
        Assert.All(heard.Where(result => result.OutcomeCase != SignResult.OutcomeOneofCase.Signed), result => Assert.False(hunt.Succeeds(result.ToByteArray())));
        var copy = heard[0].Signed.Selections[0].Copies[0].Span;
        Assert.False(hunt.Succeeds(copy));
        Assert.True(OpenedDescriptor.TryOpen(copy, _master.PublicKey, [Period], _now, new DescriptorAccess(null, Plan: null), DescriptorLimits.Default, out var opened, out _));
        Assert.False(hunt.Succeeds(OpenedDescriptor.WithoutPadding(opened.MiddlePlaintext)));
        Assert.False(hunt.Succeeds(OpenedDescriptor.WithoutPadding(opened.InnerPlaintext)));
    }

    private HsDescriptor Read(byte[] copy)
    {
        Assert.True(DescriptorReader.TryRead(copy, _master.PublicKey, [Period], _now, null, out var descriptor, out var fault), fault.ToString());
        return descriptor;
    }

    /// <summary>Unspecified when it was signed.</summary>
    private async Task<SignRefusal> AskAsync(AttachedSigner link, SignRequest request)
    {
        var result = await link.AskAsync(request);
        Assert.NotNull(result);
        _heard.Add(result);
        Assert.NotEqual(SignResult.OutcomeOneofCase.Missing, result.OutcomeCase);
        return result.OutcomeCase == SignResult.OutcomeOneofCase.Signed ? SignRefusal.Unspecified : result.Refusal.Reason;
    }

    private SignRequest Honest() => Ask([Shown(_a, fresh: false), Shown(_b, fresh: false)], Name(0, _a, 0), Name(0, _a, 1), Name(1, _b, 0));

    private SignRequest Changed(Action<SignRequest> change)
    {
        var request = Honest();
        change(request);
        return request;
    }

    private SignRequest Ask(IEnumerable<Protos.Evidence> evidence, params IEnumerable<IntroductionPointName> points)
    {
        var request = _template.Clone();
        request.Evidence.Clear();
        request.Evidence.Add(evidence);
        request.Selections.Clear();
        request.Selections.Add(new Selection { Copies = 1, Points = { points } });
        return For(_master, request);
    }

    private static SignRequest For(IdentitySecretKey service, SignRequest request)
    {
        request.ServiceAddress = OnionAddress.From(service.PublicKey).ToFullString();
        return request;
    }

    private Protos.Evidence Shown(Instance instance, ulong revision = 1000, bool fresh = true)
    {
        if (!fresh && _shown.TryGetValue(instance, out var known))
            return known.Clone();
        var evidence = instance.Show(instance.Describe(Period, _now, revision));
        if (!fresh)
            _shown[instance] = evidence.Clone();
        return evidence;
    }

    private Protos.Evidence Robbing(Instance thief, Instance owner) => thief.Show(thief.Describe(Period, _now, 1000, thief.Robbing(owner.Points[0])));

    private Protos.Evidence Edited(Instance instance, Action<byte[]> edit)
    {
        var text = instance.Describe(Period, _now);
        edit(text);
        return instance.Show(text);
    }

    /// <summary>Another letter in the middle of what is encrypted.</summary>
    private static void Respell(byte[] text)
    {
        var at = text.Length / 2;
        while (text[at] is (byte)'\n' or (byte)'=')
            at++;
        text[at] = text[at] == (byte)'A' ? (byte)'B' : (byte)'A';
    }

    private static void Overwrite(byte[] text, string from, string to)
    {
        var at = text.AsSpan().IndexOf(Encoding.ASCII.GetBytes(from));
        Assert.NotEqual(-1, at);
        Encoding.ASCII.GetBytes(to).CopyTo(text, at);
    }

    private static Protos.Evidence Renamed(Protos.Evidence evidence, Instance name)
    {
        evidence.InstanceAddress = name.Address.ToFullString();
        return evidence;
    }

    private static Protos.Evidence WithoutText(Protos.Evidence evidence)
    {
        evidence.ClearText();
        return evidence;
    }

    private static Protos.Evidence Retold(Protos.Evidence evidence, Protos.Evidence other) =>
        new() { InstanceAddress = other.InstanceAddress, Digest = evidence.Digest, Text = other.Text };

    private static IntroductionPointName Name(uint evidence, Instance instance, int point) => Name(evidence, instance.Points[point]);

    private static IntroductionPointName Name(uint evidence, IntroductionPoint point) =>
        new() { Evidence = evidence, AuthKey = ByteString.CopyFrom(point.AuthKey.Bytes.Span) };

    private void KeepKey(string name, IdentitySecretKey key)
    {
        using var secret = TorKeyFile.WriteSecret(key);
        AtomicFile.Write(_signer.InFolder(name), secret.Span);
    }

    private string Services() => $$"""
          - {address: {{OnionAddress.From(_master.PublicKey).ToFullString()}}, key: {file: master}, instances: [{{_a.Address.ToFullString()}}, {{_b.Address.ToFullString()}}]}
          - {address: {{OnionAddress.From(_gullible.PublicKey).ToFullString()}}, key: {file: gullible}, instances: [{{_a.Address.ToFullString()}}, {{_b.Address.ToFullString()}}, {{_stranger.Address.ToFullString()}}]}
        """;
}
