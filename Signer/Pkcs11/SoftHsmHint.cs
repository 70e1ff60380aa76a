namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>What is forgotten most often with SoftHSM, which then looks for its tokens where nobody put them, or finds no configuration.</summary>
internal static class SoftHsmHint
{
    private const string Variable = "SOFTHSM2_CONF";

    /// <summary>To be put behind the fault of a token that was not found; empty for other modules and where it is not forgotten.</summary>
    public static string For(string modulePath) =>
        Path.GetFileName(modulePath).Contains("softhsm", StringComparison.OrdinalIgnoreCase) && Environment.GetEnvironmentVariable(Variable) is null
            ? $" ({Variable} is not set: SoftHSM goes by its default configuration)"
            : "";
}
