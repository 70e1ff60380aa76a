namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>Which of the tokens present a URI means: exactly one, or none.</summary>
internal static class TokenChoice
{
    /// <exception cref="TokenFaultException">None, or more than one.</exception>
    public static TokenInfo Choose(Pkcs11Uri uri, IReadOnlyList<TokenInfo> present)
    {
        var meant = present.Where(token => Matches(uri, token)).ToArray();
        return meant.Length switch
        {
            1 => meant[0],
            0 => throw new TokenFaultException("the token is not present") { MayPass = true },
            _ => throw new TokenFaultException($"{meant.Length} tokens match: name the one by serial= ({string.Join(", ", meant.Select(token => token.Serial))})"),
        };
    }

    public static bool Matches(Pkcs11Uri uri, TokenInfo token) =>
        (uri.Token ?? token.Label) == token.Label
        && (uri.Serial ?? token.Serial) == token.Serial
        && (uri.Manufacturer ?? token.Manufacturer) == token.Manufacturer
        && (uri.Model ?? token.Model) == token.Model
        && (uri.SlotId ?? token.Slot) == token.Slot;
}
