using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// The logins to the tokens of one module. A login is the whole process's and lasts as long as a session is open on the
/// token: one stays open for it. On the module's thread only.
/// </summary>
internal sealed class TokenLogins(RefusedPins refused)
{
    private readonly List<Login> _logins = [];

    /// <param name="cryptoki">The module.</param>
    /// <param name="token">To log in to, unless that has been done.</param>
    /// <param name="pin">Null when it has not been read yet.</param>
    /// <param name="isLasting">The PIN can be read again.</param>
    /// <exception cref="PinWantedException">It takes the PIN.</exception>
    /// <exception cref="TokenFaultException">The PIN is refused, or must not be tried.</exception>
    public void LogIn(Cryptoki cryptoki, TokenInfo token, SecretBytes? pin, bool isLasting)
    {
        if (_logins.Any(login => login.Token.IsSame(token)))
            return;
        if ((token.Flags & Ckf.UserPinLocked) != 0)
            throw new TokenFaultException("the token's PIN is locked: its security officer must set a new one");
        if ((token.Flags & Ckf.UserPinFinalTry) != 0)
            throw new TokenFaultException("one more wrong PIN locks the token, so none is tried: log in once with its own tool");
        if (pin is null)
            throw new PinWantedException();
        if (refused.Contains(token, pin))
            throw new TokenFaultException("the token refused this PIN, and it is not tried again: correct it where it is kept");
        var session = cryptoki.OpenSession(token.Slot, 0);
        var result = cryptoki.Login(session, pin.Span);
        if (result is Ckr.Ok or Ckr.UserAlreadyLoggedIn)
        {
            _logins.Add(new Login(token, session, isLasting));
            return;
        }

        cryptoki.CloseSession(session);
        if (Ckr.IsRefusalOfPin(result))
        {
            refused.Add(token, pin);
            throw new TokenFaultException($"the token refuses the PIN ({Ckr.Name(result)}); this program does not try it again before it is changed where it is kept");
        }

        // Whether the token has counted this try is not known: only where it was surely not asked may there be a second.
        var fault = new CryptokiException("C_Login", result);
        throw fault.IsLoss ? fault : new TokenFaultException(fault.Message);
    }

    /// <summary>Whether there is a login to the token that the URI means.</summary>
    public bool Has(Pkcs11Uri uri) => _logins.Any(login => TokenChoice.Matches(uri, login.Token));

    /// <summary>Whether the token that the URI means is there and this process logged in to it, by what the module says.</summary>
    public bool Stand(Cryptoki cryptoki, Pkcs11Uri uri) => _logins
        .Where(login => TokenChoice.Matches(uri, login.Token))
        .All(login => cryptoki.IsUserSession(login.Session) && cryptoki.TryToken(login.Token.Slot, out var now) && now.IsSame(login.Token));

    /// <summary>Logs out of the token that the URI means, as far as that is still possible.</summary>
    public void Forget(Cryptoki cryptoki, Pkcs11Uri uri)
    {
        foreach (var login in _logins.Where(login => TokenChoice.Matches(uri, login.Token)))
            cryptoki.CloseAllSessions(login.Token.Slot);
        _logins.RemoveAll(login => TokenChoice.Matches(uri, login.Token));
    }

    /// <summary>Whether every other token can be logged in to again, should this one's trouble cost them their logins.</summary>
    public bool OthersCanFollow(Pkcs11Uri uri) => _logins.All(login => login.IsLasting || TokenChoice.Matches(uri, login.Token));

    /// <summary>They ended with the module's initialisation.</summary>
    public void Clear() => _logins.Clear();

    private sealed record Login(TokenInfo Token, nuint Session, bool IsLasting);
}

/// <summary>The work cannot go on without the PIN, which is read by who waits for it, not on the module's thread.</summary>
internal sealed class PinWantedException : Exception;
