using System.Diagnostics;

namespace OnionBalance.Split.Tor.Protocol.Delegation;

/// <summary>What a <see cref="DelegationFault"/> is in words, for the person who gave the file.</summary>
public static class DelegationFaultWords
{
    /// <summary>Follows the file's name: "FILE: is …".</summary>
    public static string Explain(this DelegationFault fault) => fault switch
    {
        DelegationFault.None => "is as it must be",
        DelegationFault.TooLarge => "is longer than any request or bundle",
        DelegationFault.WrongKind => "does not begin as a file of this kind and version does: was the other file, or one of a newer version, given?",
        DelegationFault.Checksum => "was damaged on the way or is not whole: its checksum is wrong, carry it again",
        DelegationFault.Malformed => "has a line that is not as it must be, though its checksum is right: it was not made by these programs",
        DelegationFault.Periods => "has no period, too many, or periods out of order",
        DelegationFault.Certificate => "has a certificate that is not the service's for its period",
        DelegationFault.Signature => "is not signed by the permanent key of the service that it names: it was changed or forged",
        DelegationFault.WrongService => "is for another service",
        DelegationFault.ForeignKey => "certifies a descriptor signing key that is not held here: it answers another Collector's request, or one that was replaced",
        DelegationFault.Expired => "is over: its last certificate has ended",
        _ => throw new UnreachableException(),
    };
}
