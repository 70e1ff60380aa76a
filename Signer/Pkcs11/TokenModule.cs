using System.Collections.Concurrent;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>
/// One PKCS#11 library in this process. Initialisation and login are the process's by the standard, so all stores on one
/// library share it. A failed piece of work is tried once more after C_Finalize and C_Initialize, which is how a token
/// that was put back is seen again.
/// </summary>
internal sealed class TokenModule
{
    /// <summary>Longer than any token takes for an RSA decryption; short of what a publication waits for.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<string, TokenModule> Loaded = new();

    private readonly string _path;
    private readonly ModuleThread _thread;
    private readonly RefusedPins _refused = new();
    private readonly Dictionary<nuint, nuint> _logins = [];
    private Cryptoki? _cryptoki;
    private bool _initialized;

    private TokenModule(string path, TimeSpan bound)
    {
        _path = path;
        _thread = new ModuleThread(bound);
    }

    public static TokenModule Of(string path) => Loaded.GetOrAdd(Path.GetFullPath(path), whole => new TokenModule(whole, Bound));

    /// <summary>Runs <paramref name="work"/> in a session of its own on the one token meant, logged in.</summary>
    /// <exception cref="TokenFaultException">With the reason, in one line.</exception>
    public T Use<T>(Pkcs11Uri uri, PinReader pin, bool write, Func<TokenSession, T> work)
        where T : IDisposable =>
        _thread.Run(
            () =>
            {
                try
                {
                    return Attempt(uri, pin, write, work);
                }
                catch (Exception exception) when (exception is CryptokiException or TokenFaultException { MayPass: true })
                {
                    Reset();
                    // A write may have been done though it failed: whether to try it again is the operator's to say.
                    if (write && exception is CryptokiException)
                        throw new TokenFaultException($"{uri}: {exception.Message}");
                }

                try
                {
                    return Attempt(uri, pin, write, work);
                }
                catch (CryptokiException exception)
                {
                    throw new TokenFaultException($"{uri}: {exception.Message}");
                }
            },
            late => late.Dispose());

    private T Attempt<T>(Pkcs11Uri uri, PinReader pin, bool write, Func<TokenSession, T> work)
    {
        _cryptoki ??= Cryptoki.Load(_path);
        if (!_initialized)
            _cryptoki.Initialize();
        _initialized = true;
        var token = TokenChoice.Choose(uri, [.. _cryptoki.Slots().Select(_cryptoki.Token)]);
        LogIn(uri, token, pin);
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

    /// <summary>A login lasts as long as a session is open on the token: one stays open for it.</summary>
    private void LogIn(Pkcs11Uri uri, TokenInfo token, PinReader readPin)
    {
        if (_logins.ContainsKey(token.Slot))
            return;
        if ((token.Flags & Ckf.UserPinLocked) != 0)
            throw new TokenFaultException($"{uri}: the token's PIN is locked: its security officer must set a new one");
        if ((token.Flags & Ckf.UserPinFinalTry) != 0)
            throw new TokenFaultException($"{uri}: one more wrong PIN locks the token, so none is tried: log in once with its own tool");
        if (!readPin(out var pin, out var fault))
            throw new TokenFaultException($"{uri}: no PIN: {fault}");
        using (pin)
        {
            if (_refused.Contains(token, pin))
                throw new TokenFaultException($"{uri}: the token refused this PIN, and it is not tried again: correct it where it is kept");
            var session = _cryptoki!.OpenSession(token.Slot, 0);
            var result = _cryptoki.Login(session, pin.Span);
            if (result is Ckr.Ok or Ckr.UserAlreadyLoggedIn)
            {
                _logins[token.Slot] = session;
                return;
            }

            _cryptoki.CloseSession(session);
            if (result != Ckr.PinIncorrect)
                throw new CryptokiException("C_Login", result);
            _refused.Add(token, pin);
            throw new TokenFaultException($"{uri}: the token refuses the PIN; it is not tried again until it is changed where it is kept, or the Signer restarted");
        }
    }

    private void Reset()
    {
        _logins.Clear();
        if (_initialized)
            _cryptoki!.Terminate();
        _initialized = false;
    }
}
