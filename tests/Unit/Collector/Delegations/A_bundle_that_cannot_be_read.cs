using OnionBalance.Split.Collector.Delegations;

namespace OnionBalance.Split.Tests.Unit.Collector.Delegations;

public sealed class A_bundle_that_cannot_be_read : IDisposable
{
    private readonly DelegationBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Keeps_no_other_service_from_its_delegations_and_is_told_once()
    {
        Break(new DelegationFolder(_bench.State, DelegationBench.Neighbour));
        _bench.Delegate(3);
        _bench.Book.Look();
        _bench.Sign(_bench.First);
        var line = Assert.Single(Problems());
        Assert.Contains(DelegationBench.Neighbour.ToString(), line, StringComparison.Ordinal);
        Assert.Contains("000001.bundle", line, StringComparison.Ordinal);
        Assert.DoesNotContain(DelegationBench.Neighbour.Label, line, StringComparison.Ordinal);
    }

    [Fact]
    public void Leaves_what_is_held_and_is_taken_up_once_it_can_be()
    {
        _bench.Delegate(3);
        var held = _bench.Book.Of(_bench.Service);
        var file = Break(_bench.Folder);
        _bench.Book.Look();
        Assert.Same(held, _bench.Book.Of(_bench.Service));
        Assert.Single(Problems());
        File.Delete(file);
        File.WriteAllBytes(file, _bench.Grant(_bench.Request(6)).ToText());
        _bench.Book.Look();
        Assert.True(_bench.Book.Of(_bench.Service).Granted.Count > held.Granted.Count);
        Break(_bench.Folder);
        _bench.Book.Look();
        Assert.Equal(2, Problems().Length);
    }

    [Fact]
    public void Is_told_apart_from_a_network_that_cannot_be_kept_which_stops_nothing()
    {
        Directory.CreateDirectory(Path.Combine(_bench.State, "network"));
        _bench.Delegate(3);
        _bench.Book.Look();
        _bench.Sign(_bench.First);
        Assert.Single(_bench.Log.Lines, line => line.Contains("time periods cannot be kept", StringComparison.Ordinal));
        Assert.Empty(Problems());
    }

    /// <summary>A link to nothing in the place of the next bundle, which nobody can read.</summary>
    private static string Break(DelegationFolder folder)
    {
        folder.Create();
        var file = Path.Combine(folder.Path, $"{folder.Bundles().Length + 1:D6}.bundle");
        File.CreateSymbolicLink(file, Path.Combine(folder.Path, "nothing"));
        return file;
    }

    private string[] Problems() => [.. _bench.Log.Lines.Where(line => line.Contains("cannot be looked through", StringComparison.Ordinal))];
}
