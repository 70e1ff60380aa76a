namespace OnionBalance.Split.Tor.Protocol.Certificates;

/// <summary>Why a certificate that could be read does not hold.</summary>
public enum CertificateFault
{
    None,

    /// <summary>It certifies something for another purpose.</summary>
    WrongType,

    /// <summary>CERT_KEY_TYPE is not 01, an Ed25519 key.</summary>
    WrongKeyType,

    /// <summary>It does not name the key that signed it (extension 04), which onion-service certificates must.</summary>
    SigningKeyMissing,

    /// <summary>It names another signing key than the expected one.</summary>
    WrongSigningKey,

    Expired,

    BadSignature,
}
