using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace OnionBalance.Split.Hosting;

/// <summary>
/// Who a peer is: its certificate's one URI "onionbalance-split://ROLE/NAME" among the subject's alternative names.
/// A name is [a-z0-9][a-z0-9.-]{0,62}.
/// </summary>
public sealed record PeerIdentity(PeerRole Role, string Name)
{
    private const string Scheme = "onionbalance-split://";
    private const int LongestName = 63;
    private const int MostNames = 64;
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    public override string ToString() => ToUri();

    public string ToUri() => $"{Scheme}{RoleText(Role)}/{Name}";

    /// <summary>Only the one spelling that <see cref="ToUri"/> writes: no upper case, no escapes, nothing behind the name.</summary>
    public static bool TryParse(string? uri, [NotNullWhen(true)] out PeerIdentity? peer)
    {
        peer = null;
        if (uri is null || !uri.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        var rest = uri[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return false;
        var name = rest[(slash + 1)..];
        if (!IsName(name) || !TryRole(rest[..slash], out var role))
            return false;
        peer = new PeerIdentity(role, name);
        return true;
    }

    /// <summary>Reads the identity that a certificate states. It says nothing about whether the certificate is trusted.</summary>
    public static bool TryFromCertificate(
        X509Certificate2 certificate,
        [NotNullWhen(true)] out PeerIdentity? peer,
        [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        peer = null;
        var extensions = certificate.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName).ToArray();
        if (extensions is not [var names] || !TryReadUris(names.RawData, out var uris))
        {
            problem = "its certificate has no readable subject alternative names";
            return false;
        }

        var ours = uris.Where(uri => uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (ours is not [var uri])
        {
            problem = $"its certificate names {ours.Length} {Scheme}ROLE/NAME identities instead of one";
            return false;
        }

        if (!TryParse(uri, out peer))
        {
            problem = $"its certificate's identity is not {Scheme}ROLE/NAME with role agent, collector or signer";
            return false;
        }

        problem = null;
        return true;
    }

    /// <summary>Whether the text can be a peer's name.</summary>
    public static bool IsName([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= LongestName }
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '-');

    private static bool TryReadUris(byte[] extension, out List<string> uris)
    {
        uris = [];
        try
        {
            var outer = new AsnReader(extension, AsnEncodingRules.DER);
            var names = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            for (var count = 0; names.HasData; count++)
            {
                if (count == MostNames)
                    return false;
                if (names.PeekTag().HasSameClassAndValue(Uri))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
                else
                    names.ReadEncodedValue();
            }

            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static bool TryRole(string text, out PeerRole role)
    {
        foreach (var candidate in Enum.GetValues<PeerRole>())
        {
            if (RoleText(candidate) == text)
            {
                role = candidate;
                return true;
            }
        }

        role = default;
        return false;
    }

    private static string RoleText(PeerRole role) => role switch
    {
        PeerRole.Agent => "agent",
        PeerRole.Collector => "collector",
        PeerRole.Signer => "signer",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "not a role"),
    };
}
