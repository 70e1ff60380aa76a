using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;

namespace OnionBalance.Split.Signer.Requests;

/// <summary>Why a request was not signed.</summary>
/// <param name="Reason">For the Collector's program.</param>
/// <param name="Detail">One line for a person; onion addresses in it are redacted.</param>
/// <param name="Instance">Whose fault it is, where it is one instance's.</param>
internal sealed record NotSigned(SignRefusal Reason, string Detail, OnionAddress? Instance = null);
