namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The PKCS#11 modules of this process, each loaded once, and the PINs that tokens refused. By the standard initialisation
/// and login belong to the process, so a process has one of these and hands it to all that use tokens.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="bound">How long a token may take for one use, where it is not 8 s.</param>
internal sealed class TokenModules(TimeProvider time, TimeSpan? bound = null)
{
    /// <summary>Longer than any token takes for an RSA decryption, short of the 10 s that a Collector waits.</summary>
    private static readonly TimeSpan UsualBound = TimeSpan.FromSeconds(8);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TokenModule> _modules = [];
    private readonly RefusedPins _refused = new();

    /// <param name="path">Of the library. Nothing is loaded before its first use.</param>
    public TokenModule Of(string path)
    {
        var whole = Path.GetFullPath(path);
        lock (_gate)
        {
            if (!_modules.TryGetValue(whole, out var module))
                _modules.Add(whole, module = new TokenModule(whole, _refused, bound ?? UsualBound, time));
            return module;
        }
    }
}
