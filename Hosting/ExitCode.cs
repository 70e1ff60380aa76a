namespace OnionBalance.Split.Hosting;

/// <summary>What a daemon's process ends with.</summary>
public static class ExitCode
{
    public const int Fine = 0;

    /// <summary>It could not start or go on; the last line says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line or the configuration is wrong: starting again will not help.</summary>
    public const int Usage = 2;
}
