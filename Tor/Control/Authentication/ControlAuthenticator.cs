using System.Security.Cryptography;

namespace OnionBalance.Split.Tor.Control.Authentication;

/// <summary>
/// Chooses among the methods that tor offers: none needed; SAFECOOKIE; the password, where there is one. Never the plain
/// COOKIE: it sends a file's bytes to whoever names the file, and there are secrets of 32 bytes beside tor's cookie.
/// </summary>
internal sealed class ControlAuthenticator(
    Func<ControlCommand, CancellationToken, Task<ControlReply>> send,
    ControlPassword? password)
{
    /// <summary>Returns tor's version, as it says.</summary>
    public async Task<string> AuthenticateAsync(CancellationToken cancellationToken)
    {
        var reply = await send(ControlCommand.Parse("PROTOCOLINFO 1"), cancellationToken).ConfigureAwait(false);
        if (!ProtocolInfo.TryParse(reply, out var info))
            throw Failed($"tor did not say how to authenticate: {reply.Code} {reply.Text}");
        using var proof = await ProofAsync(info, cancellationToken).ConfigureAwait(false);
        reply = await send(proof.ToCommand(), cancellationToken).ConfigureAwait(false);
        if (!reply.IsOk)
            throw Failed($"tor refused the {proof.Method}: {reply.Code} {reply.Text}");
        return info.TorVersion ?? "unknown";
    }

    private async Task<Proof> ProofAsync(ProtocolInfo info, CancellationToken cancellationToken)
    {
        if (info.Methods.Contains("NULL"))
            return new Proof("empty authentication", []);
        ControlException? cookieFault = null;
        if (info.CookieFile is { } file && info.Methods.Contains("SAFECOOKIE"))
        {
            try
            {
                return new Proof("cookie", await SafeCookieAsync(file, cancellationToken).ConfigureAwait(false));
            }
            catch (ControlException e) when (e.InnerException is not null && password is not null)
            {
                // The file cannot be read here; the password may still do.
                cookieFault = e;
            }
        }

        if (password is not null && info.Methods.Contains("HASHEDPASSWORD")
            && await password(cancellationToken).ConfigureAwait(false) is { } secret)
        {
            return new Proof("password", secret);
        }

        if (cookieFault is not null)
            throw cookieFault;
        throw Failed(info.Methods.Contains("HASHEDPASSWORD")
            ? "tor wants a password, and none is configured"
            : $"tor offers only authentication methods that are not used here: {string.Join(", ", info.Methods)}");
    }

    private async Task<byte[]> SafeCookieAsync(string file, CancellationToken cancellationToken)
    {
        var cookie = await CookieFile.ReadAsync(file, cancellationToken).ConfigureAwait(false);
        try
        {
            var clientNonce = RandomNumberGenerator.GetBytes(SafeCookie.NonceLength);
            var challenge = ControlCommand.Parse($"AUTHCHALLENGE SAFECOOKIE {Convert.ToHexString(clientNonce)}");
            var reply = await send(challenge, cancellationToken).ConfigureAwait(false);
            if (!SafeCookie.TryParseChallenge(reply, out var serverHash, out var serverNonce))
                throw Failed($"tor refused the cookie challenge: {reply.Code} {reply.Text}");
            if (!CryptographicOperations.FixedTimeEquals(serverHash, SafeCookie.ServerHash(cookie, clientNonce, serverNonce)))
                throw Failed($"what answers there does not know the cookie in {file}: it is not the tor that wrote it");
            return SafeCookie.ControllerHash(cookie, clientNonce, serverNonce);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(cookie);
        }
    }

    private static ControlException Failed(string message) => new(ControlFault.AuthenticationFailed, message);

    /// <summary>What AUTHENTICATE sends; wiped after.</summary>
    private sealed record Proof(string Method, byte[] Secret) : IDisposable
    {
        public ControlCommand ToCommand() =>
            Secret.Length == 0 ? ControlCommand.Parse("AUTHENTICATE") : ControlCommand.Parse("AUTHENTICATE").Argument(Convert.ToHexString(Secret));

        public void Dispose() => CryptographicOperations.ZeroMemory(Secret);
    }
}
