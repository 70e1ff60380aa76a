namespace OnionBalance.Split.Tor.Protocol.Certificates;

/// <summary>CERT_TYPE of cert-spec 2.1: the certificates of onion services.</summary>
public enum CertificateType : byte
{
    /// <summary>[08] HS_V3_DESC_SIGNING: KP_hs_desc_sign, signed by KP_hs_blind_id.</summary>
    DescriptorSigning = 0x08,

    /// <summary>[09] HS_V3_INTRO_AUTH: KP_hs_ipt_sid, signed by KP_hs_desc_sign.</summary>
    IntroductionAuth = 0x09,

    /// <summary>[0B] HS_V3_NTOR_ENC: the Ed25519 form of KP_hss_ntor, signed by KP_hs_desc_sign.</summary>
    IntroductionEncryption = 0x0B,
}
