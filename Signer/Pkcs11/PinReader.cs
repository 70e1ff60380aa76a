using System.Diagnostics.CodeAnalysis;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Pkcs11;

/// <summary>Reads the PIN from where the operator keeps it, for one login; the caller wipes it.</summary>
internal delegate bool PinReader([NotNullWhen(true)] out SecretBytes? pin, [NotNullWhen(false)] out string? fault);
