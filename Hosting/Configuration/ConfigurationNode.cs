using System.Collections.Immutable;

namespace OnionBalance.Split.Hosting.Configuration;

/// <summary>A value of the file, with the line it stands on.</summary>
internal abstract record ConfigurationNode(int Line);

/// <param name="Line">Where it stands.</param>
/// <param name="Text">The scalar's text; null for an absent value ("key:", "~" or "null").</param>
internal sealed record ScalarNode(int Line, string? Text) : ConfigurationNode(Line);

internal sealed record ListNode(int Line, ImmutableArray<ConfigurationNode> Items) : ConfigurationNode(Line);

internal sealed record MappingNode(int Line, ImmutableArray<MappingEntry> Entries) : ConfigurationNode(Line)
{
    public static MappingNode Empty { get; } = new(1, []);
}

internal sealed record MappingEntry(int Line, string Key, ConfigurationNode Value);
