using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using OnionBalance.Split.Collector.Listening;
using OnionBalance.Split.Protos;

namespace OnionBalance.Split.Tests.Unit.Collector;

public sealed class The_access_table
{
    private static readonly Dictionary<string, CallerRole[]> Expected = new()
    {
        ["/onionbalance.split.v1.MetadataChannel/Report"] = [CallerRole.Agent],
        ["/onionbalance.split.v1.SignerLink/Attach"] = [CallerRole.Signer],
        ["/onionbalance.split.v1.Operator/Status"] = [CallerRole.Operator],
        ["/grpc.health.v1.Health/Check"] = [CallerRole.Agent, CallerRole.Signer, CallerRole.Operator],
        ["/grpc.health.v1.Health/Watch"] = [CallerRole.Agent, CallerRole.Signer, CallerRole.Operator],
    };

    public static TheoryData<string> Methods => [.. MethodNames];

    private static IEnumerable<string> MethodNames =>
        typeof(MetadataReflection).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static))
            .Where(property => property?.PropertyType == typeof(FileDescriptor))
            .Select(property => (FileDescriptor)property!.GetValue(null)!)
            .Append(HealthReflection.Descriptor)
            .SelectMany(file => file.Services)
            .SelectMany(service => service.Methods)
            .Select(method => $"/{method.Service.FullName}/{method.Name}");

    [Theory]
    [MemberData(nameof(Methods))]
    public void Opens_every_method_to_just_the_roles_it_is_for(string method)
    {
        Assert.True(Expected.TryGetValue(method, out var roles), $"say here who may call {method}");
        Assert.All(Enum.GetValues<CallerRole>(), role => Assert.Equal(roles.Contains(role), AccessTable.Allows(method, role)));
    }

    [Fact]
    public void Knows_all_the_contracts() => Assert.Equal(Expected.Keys.Order(), MethodNames.Order());

    [Theory]
    [InlineData("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")]
    [InlineData("/onionbalance.split.v1.Operator/status")]
    [InlineData("")]
    public void Is_closed_for_what_it_does_not_know(string method) =>
        Assert.All(Enum.GetValues<CallerRole>(), role => Assert.False(AccessTable.Allows(method, role)));
}
