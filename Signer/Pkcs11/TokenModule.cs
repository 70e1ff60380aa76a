using OnionBalance.Split.Hosting;
using OnionBalance.Split.Signer.Keys;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// One PKCS#11 library in this process. Work that fails is tried again after what may have caused it is set right, the
/// smallest cure first: the login to its token anew; then, where no other token pays for it, the whole module anew
/// (C_Finalize, C_Initialize), which is how some see a token that was put back.
/// </summary>
internal sealed class TokenModule(string path, RefusedPins refused, TimeSpan bound, TimeProvider time)
{
    private readonly ModuleThread _thread = new();
    private readonly TokenLogins _logins = new(refused);
    private Cryptoki? _cryptoki;
    private bool _initialized;

    /// <summary>It was initialised by another part of this process, which it must not be taken from.</summary>
    private bool _isForeign;

    /// <summary>Runs <paramref name="work"/> in a session of its own on the one token meant, logged in.</summary>
    /// <param name="uri">The token.</param>
    /// <param name="pin">Read only when there is no login yet; the time that takes is not the token's.</param>
    /// <param name="write">In a session that may write.</param>
    /// <param name="work">On the module's thread.</param>
    /// <param name="read">A secret that the work reads.</param>
    /// <exception cref="TokenFaultException">With the reason, in one line.</exception>
    public T Use<T>(Pkcs11Uri uri, SecretSource pin, bool write, Func<TokenSession, T> work, SecretBytes? read = null)
    {
        SecretBytes? login = null;
        try
        {
            for (var left = bound; ;)
            {
                var started = time.GetTimestamp();
                try
                {
                    return _thread.Run(left, () => Try(uri, login, pin.IsLasting, write, work), login, read);
                }
                catch (PinWantedException) when (login is null)
                {
                    left -= time.GetElapsedTime(started);
                    if (!pin.TryRead(out login, out var fault))
                        throw new TokenFaultException($"no PIN: {fault}");
                }
            }
        }
        catch (TokenFaultException fault)
        {
            throw new TokenFaultException($"{uri}: {fault.Message}");
        }
        finally
        {
            login?.Dispose();
        }
    }

    private T Try<T>(Pkcs11Uri uri, SecretBytes? pin, bool isLasting, bool write, Func<TokenSession, T> work)
    {
        var cures = new Cures();
        while (true)
        {
            try
            {
                return Attempt(uri, pin, isLasting, write, work, cures);
            }
            catch (Exception fault) when (fault is CryptokiException or TokenFaultException { MayPass: true })
            {
                // A write may have been done though it failed: whether to try it again is the operator's to say.
                if (!TryCure(uri, fault is CryptokiException { IsLoss: true }, cures) || (write && fault is CryptokiException))
                    throw new TokenFaultException(cures.HasFound ? fault.Message : fault.Message + SoftHsmHint.For(path));
            }
        }
    }

    private T Attempt<T>(Pkcs11Uri uri, SecretBytes? pin, bool isLasting, bool write, Func<TokenSession, T> work, Cures cures)
    {
        _cryptoki ??= Load();
        if (!_initialized)
            _isForeign = !_cryptoki.Initialize();
        _initialized = true;
        var token = TokenChoice.Choose(uri, _cryptoki.Tokens());
        cures.HasFound = true;
        _logins.LogIn(_cryptoki, token, pin, isLasting);
        var session = _cryptoki.OpenSession(token.Slot, write ? Ckf.RwSession : 0);
        try
        {
            return work(new TokenSession(_cryptoki, token, session));
        }
        finally
        {
            _cryptoki.CloseSession(session);
        }
    }

    /// <summary>A module sees every key: what others may change is not loaded.</summary>
    private Cryptoki Load() =>
        FileTrust.TryCheckFile(path, out var fault) ? Cryptoki.Load(path) : throw new TokenFaultException($"the PKCS#11 module {fault}");

    /// <summary>Whether there is something left that may make good what failed; then it has been done.</summary>
    private bool TryCure(Pkcs11Uri uri, bool isLoss, Cures cures)
    {
        if (_logins.Has(uri))
        {
            // What fails while token and login are there, such as opening a file that was altered, no new login makes good.
            if (!isLoss && _logins.Stand(_cryptoki!, uri))
                return false;
            _logins.Forget(_cryptoki!, uri);
            if (!cures.Login)
                return cures.Login = true;
        }

        if (!_initialized || cures.Module || _isForeign || !_logins.OthersCanFollow(uri))
            return false;
        _logins.Clear();
        _cryptoki!.Terminate();
        _initialized = false;
        return cures.Module = true;
    }

    /// <summary>What has been tried in one use.</summary>
    private sealed class Cures
    {
        public bool Login { get; set; }

        public bool Module { get; set; }

        /// <summary>The token was there at least once.</summary>
        public bool HasFound { get; set; }
    }
}
