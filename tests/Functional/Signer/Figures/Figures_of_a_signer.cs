using System.Globalization;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tests.Functional.Signer.Pkcs11;
using OnionBalance.Split.Tests.Integration;
using OnionBalance.Split.Tests.Unit.Signer;
using OnionBalance.Split.Tor.Protocol.Descriptors;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Tests.Functional.Signer.Figures;

/// <summary>
/// The Signer's own figures, beside its cryptography timed alone in the same run: a descriptor of 20 introduction points
/// in 8 copies, over its link. docs/performance.md says how to read them.
/// </summary>
[Collection("SoftHSM")]
public sealed class Figures_of_a_signer : IDisposable
{
    private const int Points = 20;
    private const int Copies = 8;

    /// <summary>Times what the primitives take, in CPU time: far above what is measured, since a busy machine's caches are cold.</summary>
    private const double WorstRatio = 6;

    /// <summary>Requests until the code that matters is compiled.</summary>
    private const int WarmUp = 60;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly int Requests = Measured.Times(40, 900);

    private readonly SignerUnderTest _signer = new();
    private readonly SignRequest _request;
    private readonly Random _random = new(1);

    public Figures_of_a_signer()
    {
        _signer.Instance.Inner = _signer.Instance.Inner with { IntroductionPoints = [.. Enumerable.Range(0, Points).Select(_ => Instance.RandomPoint())] };
        _request = _signer.Honest();
        _request.Selections[0].Copies = Copies;
        _signer.Policy = "policy: {interval: 10ms, burst: 1000}";
    }

    public void Dispose() => _signer.Dispose();

    [Fact]
    public Task With_the_key_in_a_file() => MeasureAsync("a key in a file");

    [Fact]
    public async Task With_the_key_on_a_token_of_SoftHSM()
    {
        using var hsm = new SoftHsm();
        hsm.AddToken("one");
        _signer.Environment["SOFTHSM2_CONF"] = hsm.Configuration;
        AtomicFile.Write(_signer.InFolder("pin"), Encoding.UTF8.GetBytes(SoftHsm.Pin + "\n"));
        using var key = IdentitySecretKey.FromSeed(_signer.Seed);
        Assert.True(hsm.Store("token=one;object=shop").TryCreate(key, out var fault), fault);
        _signer.Key = $"{{token: '{hsm.Uri("token=one;object=shop").Text}', pin: {{file: pin}}}}";
        await MeasureAsync("a key on a SoftHSM token");
    }

    private async Task MeasureAsync(string what)
    {
        await using var collector = await LinkServer.StartAsync(_signer.Tls("collector1"));
        _signer.Configure(collector.Endpoint);
        var ready = await RunningSigner.ReadyAsync(_signer);
        var attached = await collector.NextAsync(Soon);
        var (sample, _) = await SignAsync(attached);
        // Known by their digests from now on.
        foreach (var evidence in _request.Evidence)
            evidence.ClearText();
        for (var i = 0; i < WarmUp; i++)
            await SignAsync(attached);

        var cpu = RunningSigner.Cpu(_signer.ProcessId);
        var latencies = new List<TimeSpan>();
        for (var i = 0; i < Requests; i++)
            latencies.Add((await SignAsync(attached)).Took);
        var took = TimeSpan.FromTicks(latencies.Sum(latency => latency.Ticks));
        var each = (RunningSigner.Cpu(_signer.ProcessId) - cpu) / Requests;
        var primitives = SumFor(sample);
        latencies.Sort();
        Measured.Say(string.Create(CultureInfo.InvariantCulture,
            $"""
            Signer, {what}, {Points} introduction points x {Copies} copies, {Requests} requests one after the other: {Requests / took.TotalSeconds:0.0} a second, median {latencies[Requests / 2].TotalMilliseconds:0.0} ms, p99 {latencies[Requests * 99 / 100].TotalMilliseconds:0.0} ms
              CPU {each.TotalMilliseconds:0.0} ms a request; its primitives alone {primitives.TotalMilliseconds:0.0} ms; ratio {each / primitives:0.0}
              READY after {ready.TotalSeconds:0.00} s, {RunningSigner.Resident(_signer.ProcessId):0} MiB resident
            """));
        Assert.True(each < primitives * WorstRatio, $"{each.TotalMilliseconds:0.0} ms CPU a request, {primitives.TotalMilliseconds:0.0} ms of primitives");
    }

    /// <summary>Each time in another order, so that no two requests are the same.</summary>
    private async Task<(SignedDescriptors Signed, TimeSpan Took)> SignAsync(AttachedSigner attached)
    {
        var points = _request.Selections[0].Points;
        var shuffled = points.OrderBy(_ => _random.Next()).ToArray();
        points.Clear();
        points.AddRange(shuffled);
        var asked = TimeProvider.System.GetTimestamp();
        var result = await attached.AskAsync(_request).WaitAsync(Soon);
        var took = TimeProvider.System.GetElapsedTime(asked);
        Assert.True(result?.OutcomeCase == SignResult.OutcomeOneofCase.Signed, result?.Refusal?.Detail ?? _signer.Log);
        return (result!.Signed, took);
    }

    private TimeSpan SumFor(SignedDescriptors signed)
    {
        var text = signed.Selections[0].Copies[0].Span;
        Assert.True(
            OpenedDescriptor.TryOpen(
                text,
                _signer.Service.PublicKey,
                [new(_request.TimePeriod.Number, _request.TimePeriod.LengthMinutes)],
                TimeProvider.System.GetUtcNow(),
                default,
                DescriptorLimits.Default,
                out var opened,
                out var refusal),
            refusal.Detail);
        return new Primitives(Points, Copies, opened.InnerPlaintext.Length, opened.MiddlePlaintext.Length, text.Length).Sum();
    }
}
