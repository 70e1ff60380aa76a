using System.Security.Cryptography;
using System.Text;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Signer.State;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Tests.Unit.Signer;

/// <summary>Who holds the Collector, and with it real descriptors of enrolled instances and of a stranger; and who was at the Signer's disk.</summary>
internal sealed class Attacker : IDisposable
{
    public SigningBench Bench { get; } = new();

    public Instance Stranger { get; } = new();

    public void Dispose()
    {
        Stranger.Dispose();
        Bench.Dispose();
    }

    /// <summary>An honest request, but for one thing.</summary>
    public SignRequest Changed(Action<SignRequest> change)
    {
        var request = Bench.Honest();
        change(request);
        return request;
    }

    public byte[] Describe(Instance instance, ulong revision = 1000, double hours = 0) =>
        instance.Describe(Bench.Period, Bench.Time.GetUtcNow().AddHours(hours), revision);

    public Protos.Evidence Shown(Instance instance) => instance.Show(Describe(instance));

    /// <summary>The thief's own descriptor, in which it names the owner's first point with the rest of it its own.</summary>
    public Protos.Evidence Robbing(Instance thief, Instance owner, TimePeriod? period = null) =>
        thief.Show(thief.Describe(period ?? Bench.Period, Bench.Time.GetUtcNow(), 1000, thief.Robbing(owner.Points[0])));

    public SignRequest Showing(Instance instance, byte[] descriptor) =>
        Bench.Ask([instance.Show(descriptor)], [SigningBench.Name(0, instance.Points[0])]);

    public SignRequest Renamed(Instance author, Instance name)
    {
        var request = Showing(author, Describe(author));
        request.Evidence[0].InstanceAddress = name.Address.ToFullString();
        return request;
    }

    public SignRequest Restricted()
    {
        Bench.A.RestrictsDiscovery = true;
        var request = Showing(Bench.A, Describe(Bench.A));
        Bench.A.RestrictsDiscovery = false;
        return request;
    }

    /// <summary>Another letter in the middle of what is encrypted.</summary>
    public static byte[] WithFlippedByte(byte[] descriptor)
    {
        var at = descriptor.Length / 2;
        while (descriptor[at] is (byte)'\n' or (byte)'=')
            at++;
        descriptor[at] = descriptor[at] == (byte)'A' ? (byte)'B' : (byte)'A';
        return descriptor;
    }

    public static byte[] With(byte[] descriptor, string from, string to)
    {
        var text = Encoding.ASCII.GetString(descriptor).Replace(from, to, StringComparison.Ordinal);
        Assert.Contains(to, text, StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes(text);
    }

    public static byte[] Noise() => RandomNumberGenerator.GetBytes(2000);

    /// <summary>The state of before one more signature.</summary>
    public void PutBackOldState()
    {
        Sign();
        var old = File.ReadAllBytes(Bench.StateFile);
        Sign();
        PutBack(old);
    }

    public void CutState()
    {
        Sign();
        PutBack(File.ReadAllBytes(Bench.StateFile)[..^50]);
    }

    public void TakeAnothersState()
    {
        var other = SigningState.Empty(Stranger.Address);
        PutBack(SigningStateFile.Write(other));
    }

    public void DeleteState()
    {
        File.Delete(Bench.StateFile);
        Bench.Restart();
    }

    /// <summary>A rename over a folder fails, for root too.</summary>
    public void BlockState()
    {
        Sign();
        File.Delete(Bench.StateFile);
        Directory.CreateDirectory(Bench.StateFile);
    }

    public void ExhaustCounters()
    {
        Sign();
        Assert.True(SigningStateFile.TryRead(File.ReadAllBytes(Bench.StateFile), Bench.Service, out var state, out _));
        var (key, last) = Assert.Single(state.Issued);
        PutBack(SigningStateFile.Write(state.WithIssued(key, last with { Counter = ulong.MaxValue })));
    }

    public void OpenKeyToOthers() =>
        File.SetUnixFileMode(Bench.KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    public void ExchangeKey()
    {
        using var other = IdentitySecretKey.Generate();
        using var file = TorKeyFile.WriteSecret(other);
        AtomicFile.Write(Bench.KeyFile, file.Span);
    }

    /// <summary>Asks in vain for as long as it is read.</summary>
    public void Exhaust()
    {
        Bench.RequestBurst = 3;
        Bench.Restart();
        for (var request = 0; request < Bench.RequestBurst; request++)
            Assert.Equal(SignRefusal.Malformed, Bench.Answer(new SignRequest()).Refusal.Reason);
    }

    public void Sign() => Assert.Equal(SignResult.OutcomeOneofCase.Signed, Bench.Answer(Bench.Honest()).OutcomeCase);

    private void PutBack(byte[] state)
    {
        File.WriteAllBytes(Bench.StateFile, state);
        Bench.Restart();
    }
}
