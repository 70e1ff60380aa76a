using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>What a new file may be sealed by. Files that are sealed already are opened by whatever they were sealed by.</summary>
internal static class NewPassphrase
{
    /// <summary>In bytes. No more than a stop for slips: the file will be attacked offline, and six random words are what it wants.</summary>
    public const int ShortestLength = 12;

    /// <summary>How often a person may type it.</summary>
    public const int Attempts = 3;

    /// <summary>Who is asked on a terminal may slip, and is asked again.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="file">What is to be sealed, for the fault.</param>
    /// <param name="passphrase">For the caller to dispose.</param>
    /// <param name="fault">On false, one line.</param>
    public static bool TryRead(SecretSource source, string file, [NotNullWhen(true)] out SecretBytes? passphrase, [NotNullWhen(false)] out string? fault)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryReadOnce(source, file, out passphrase, out fault))
                return true;
            if (attempt == Attempts || !source.TryTellSlip(fault))
                return false;
        }
    }

    private static bool TryReadOnce(SecretSource source, string file, [NotNullWhen(true)] out SecretBytes? passphrase, [NotNullWhen(false)] out string? fault)
    {
        if (!source.TryRead(out passphrase, out fault))
            return false;
        if (passphrase.Length >= ShortestLength)
            return true;
        fault = string.Create(CultureInfo.InvariantCulture, $"the passphrase for {file} is too short: it has {passphrase.Length} bytes, and who has the file can try out all of fewer than {ShortestLength}; take six or more random words");
        passphrase.Dispose();
        passphrase = null;
        return false;
    }
}
