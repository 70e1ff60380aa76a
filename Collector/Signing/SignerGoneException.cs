namespace OnionBalance.Split.Collector.Signing;

/// <summary>The Signer's stream ended before it answered.</summary>
internal sealed class SignerGoneException : Exception
{
    internal SignerGoneException()
        : base("the Signer's connection ended before it answered")
    {
    }
}
