using System.Text;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>One open session, logged in, for one piece of work on the module's thread.</summary>
internal sealed class TokenSession(Cryptoki cryptoki, TokenInfo token, nuint session)
{
    public Cryptoki Cryptoki => cryptoki;

    public TokenInfo Token => token;

    public nuint Handle => session;

    /// <summary>The one key of a class that the URI means.</summary>
    /// <exception cref="TokenFaultException">None, or more than one.</exception>
    public nuint FindKey(Pkcs11Uri uri, nuint keyClass)
    {
        var found = Find(uri, keyClass);
        return found.Length switch
        {
            1 => found[0],
            0 => throw new TokenFaultException("the token has no such key, or not for this PIN") { MayPass = true },
            _ => throw new TokenFaultException("more than one key matches: name the one by object= and id= together"),
        };
    }

    /// <summary>No more than two: enough to know that there is not one alone.</summary>
    public nuint[] Find(Pkcs11Uri uri, nuint keyClass)
    {
        using var wanted = new CryptokiAttributes().Add(Cka.Class, keyClass).Add(Cka.Token, true);
        AddNames(wanted, uri);
        return cryptoki.Find(session, wanted, most: 2);
    }

    /// <summary>CKA_LABEL and CKA_ID as the URI gives them.</summary>
    public static void AddNames(CryptokiAttributes attributes, Pkcs11Uri uri)
    {
        if (uri.Object is { } label)
            attributes.Add(Cka.Label, Encoding.UTF8.GetBytes(label));
        if (uri.Id is { } id)
            attributes.Add(Cka.Id, Convert.FromHexString(id));
    }
}
