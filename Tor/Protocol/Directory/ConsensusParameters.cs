using System.Buffers.Text;

namespace OnionBalance.Split.Tor.Protocol.Directory;

/// <summary>
/// The consensus parameters of onion services (param-spec), with tor's defaults and limits: a value outside its limits
/// counts as the nearer limit.
/// </summary>
/// <param name="HsDirInterval">hsdir_interval: length of a time period in minutes. Test networks do without: <see cref="NetworkTiming"/>.</param>
/// <param name="HsDirReplicas">hsdir_n_replicas.</param>
/// <param name="HsDirSpreadStore">hsdir_spread_store: HSDirs per replica that a service uploads to.</param>
/// <param name="HsDirSpreadFetch">hsdir_spread_fetch: HSDirs per replica that a client asks.</param>
/// <param name="MaxDescriptorSize">HSV3MaxDescriptorSize in bytes.</param>
public sealed record ConsensusParameters(
    int HsDirInterval, int HsDirReplicas, int HsDirSpreadStore, int HsDirSpreadFetch, int MaxDescriptorSize)
{
    private const int MaxCount = 4096;

    public static ConsensusParameters Default { get; } = new(1440, 2, 4, 3, 50_000);

    /// <summary>The space-separated key=value pairs of a "params" line; of a repeated key tor takes the first.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> list, out ConsensusParameters parameters)
    {
        int? interval = null, replicas = null, spreadStore = null, spreadFetch = null, maxSize = null;
        parameters = Default;
        var count = 0;
        foreach (var range in list.Split((byte)' '))
        {
            var pair = list[range];
            if (pair.IsEmpty)
                continue;
            var equals = pair.IndexOf((byte)'=');
            if (equals <= 0 || ++count > MaxCount || !TryParseValue(pair[(equals + 1)..], out var value))
                return false;
            var key = pair[..equals];
            if (key.SequenceEqual("hsdir_interval"u8))
                interval ??= value;
            else if (key.SequenceEqual("hsdir_n_replicas"u8))
                replicas ??= value;
            else if (key.SequenceEqual("hsdir_spread_store"u8))
                spreadStore ??= value;
            else if (key.SequenceEqual("hsdir_spread_fetch"u8))
                spreadFetch ??= value;
            else if (key.SequenceEqual("HSV3MaxDescriptorSize"u8))
                maxSize ??= value;
        }

        parameters = new ConsensusParameters(
            Math.Clamp(interval ?? Default.HsDirInterval, 30, 14_400),
            Math.Clamp(replicas ?? Default.HsDirReplicas, 1, 16),
            Math.Clamp(spreadStore ?? Default.HsDirSpreadStore, 1, 128),
            Math.Clamp(spreadFetch ?? Default.HsDirSpreadFetch, 1, 128),
            Math.Max(maxSize ?? Default.MaxDescriptorSize, 1));
        return true;
    }

    private static bool TryParseValue(ReadOnlySpan<byte> text, out int value) =>
        Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;
}
