namespace OnionBalance.Split.Tor.Protocol.Descriptors;

/// <summary>A fault and one line for a person, without secrets and full addresses.</summary>
internal readonly record struct DescriptorRefusal(DescriptorFault Fault, string Detail)
{
    internal static readonly DescriptorRefusal None = new(DescriptorFault.None, "");
}
