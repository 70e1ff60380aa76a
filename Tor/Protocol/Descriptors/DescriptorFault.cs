namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>Why a descriptor was refused.</summary>
public enum DescriptorFault
{
    None,

    /// <summary>As long as the limit (HSV3MaxDescriptorSize) or longer.</summary>
    TooLarge,

    /// <summary>The outer layer is not what rend-spec-v3 2.4 describes.</summary>
    Malformed,

    /// <summary>Not "hs-descriptor 3".</summary>
    UnsupportedVersion,

    /// <summary>descriptor-lifetime over 12 hours.</summary>
    BadLifetime,

    /// <summary>The signing-key certificate is of another type, or not signed by the blinded key it names.</summary>
    BadCertificate,

    /// <summary>The blinded key is not this identity's in any of the given time periods.</summary>
    WrongKey,

    /// <summary>The signing-key certificate's time is over.</summary>
    Expired,

    /// <summary>The signature over the whole descriptor does not verify.</summary>
    BadSignature,

    /// <summary>The middle layer's MAC does not match.</summary>
    CannotDecrypt,

    /// <summary>The middle layer is not what rend-spec-v3 2.5.1.2 describes.</summary>
    MalformedMiddleLayer,

    /// <summary>The inner layer's MAC does not match and no client key was given: most likely it needs one.</summary>
    ClientAuthorizationNeeded,

    /// <summary>The inner layer's MAC does not match with the client key that was given.</summary>
    ClientAuthorizationRefused,

    /// <summary>The inner layer is not what rend-spec-v3 2.5.2.2 describes.</summary>
    MalformedInnerLayer,

    /// <summary>An introduction point is malformed.</summary>
    BadIntroductionPoint,

    /// <summary>An introduction point's certificate is of another type, by another key, or mis-signed.</summary>
    BadIntroductionPointCertificate,

    /// <summary>An introduction point's certificate's time is over.</summary>
    ExpiredIntroductionPoint,

    /// <summary>More than clients accept: 20.</summary>
    TooManyIntroductionPoints,

    /// <summary>Two introduction points with one authentication key.</summary>
    RepeatedIntroductionPoint,
}
