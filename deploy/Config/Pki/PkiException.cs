namespace OnionBalance.Split.Config.Pki;

/// <summary>One line that names the file and says what to do.</summary>
internal sealed class PkiException(string message, Exception? inner = null) : Exception(message, inner);
