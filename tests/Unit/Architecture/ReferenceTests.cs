using System.Xml.Linq;

namespace OnionBalance.Split.Tests.Unit.Architecture;

/// <summary>References point downwards; the Signer sees neither Tor I/O nor a web server.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["protos"] = [],
        ["Tor/Protocol"] = [],
        ["Tor/Control"] = ["Tor/Protocol"],
        ["Hosting"] = [],
        ["InstanceAgent"] = ["protos", "Hosting", "Tor/Control", "Tor/Protocol"],
        ["Collector"] = ["protos", "Hosting", "Tor/Control", "Tor/Protocol"],
        ["Signer"] = ["protos", "Hosting", "Tor/Protocol"],
    };

    [Fact]
    public void Shipped_projects_reference_only_what_stands_below_them()
    {
        foreach (var (project, allowed) in AllowedProjects)
        {
            var references = References(project, "ProjectReference").Select(path => Normal(project, path)).ToArray();
            Assert.True(references.All(allowed.Contains), $"{project} references {string.Join(", ", references.Except(allowed))}");
        }
    }

    [Fact]
    public void Only_the_protocol_library_is_without_packages_and_only_the_collector_serves()
    {
        Assert.Empty(References("Tor/Protocol", "PackageReference"));
        foreach (var project in AllowedProjects.Keys.Except(["Collector"]))
        {
            Assert.DoesNotContain(References(project, "PackageReference"), package => package.Contains("AspNetCore", StringComparison.Ordinal));
            Assert.Empty(References(project, "FrameworkReference"));
            Assert.Equal("Microsoft.NET.Sdk", Load(project).Attribute("Sdk")?.Value);
        }
    }

    [Fact]
    public void The_pure_half_opens_no_socket_no_file_and_no_clock()
    {
        string[] forbidden = ["System.Net.Sockets", "System.IO.File", "File.", "DateTimeOffset.UtcNow", "DateTime.UtcNow", "TimeProvider.System", "Process."];
        foreach (var file in Repository.Files("*.cs").Where(file => file.StartsWith("Tor/Protocol/", StringComparison.Ordinal)))
        {
            var text = Repository.Read(file);
            Assert.True(!forbidden.Any(word => text.Contains($" {word}", StringComparison.Ordinal)), $"{file} does I/O or reads the clock");
        }
    }

    [Fact]
    public void Libsodium_is_bound_in_one_file() =>
        Assert.Equal(
            ["Tor/Protocol/Crypto/Sodium.cs"],
            Repository.Files("*.cs").Where(file => Shipped(file) && Repository.Read(file).Contains("\"libsodium\"", StringComparison.Ordinal)));

    [Fact]
    public void No_package_version_stands_outside_the_central_list() =>
        Assert.All(
            Repository.Files("*.csproj"),
            file => Assert.DoesNotContain(XElement.Parse(Repository.Read(file)).Descendants("PackageReference"), package => package.Attribute("Version") is not null));

    internal static bool Shipped(string file) =>
        AllowedProjects.Keys.Append("deploy").Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal));

    private static XElement Load(string project) =>
        XElement.Parse(Repository.Read(Repository.Files("*.csproj").Single(file => Path.GetDirectoryName(file) == project)));

    private static IEnumerable<string> References(string project, string kind) =>
        Load(project).Descendants(kind).Select(reference => reference.Attribute("Include")!.Value);

    private static string Normal(string project, string reference) =>
        Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(Repository.Root, project, reference)))!);
}
