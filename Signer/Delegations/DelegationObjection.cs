using OnionBalance.Split.Signer.Requests;

namespace OnionBalance.Split.Signer.Delegations;

/// <summary>Why delegations are not granted.</summary>
/// <param name="Reason">One word, for the audit log.</param>
/// <param name="Detail">One line for the operator; onion addresses in it are redacted.</param>
internal sealed record DelegationObjection(string Reason, string Detail)
{
    public static DelegationObjection Of(NotSigned reason) => new(reason.Reason.ToString(), reason.Detail);
}
