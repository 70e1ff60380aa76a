namespace OnionBalance.Split.Tor.Protocol.Text;

/// <summary>
/// One item of a document in dir-spec's meta-format (dir-spec 1.2): a keyword line and, if there is one, the object
/// that follows it. Everything is a view into the document.
/// </summary>
internal readonly ref struct DocumentItem
{
    internal required ReadOnlySpan<byte> Keyword { get; init; }

    /// <summary>The rest of the keyword line, without the white space around it.</summary>
    internal required ReadOnlySpan<byte> Arguments { get; init; }

    /// <summary>What stands between "-----BEGIN " and "-----"; empty when there is no object.</summary>
    internal required ReadOnlySpan<byte> ObjectType { get; init; }

    /// <summary>The base64 lines of the object, line ends included.</summary>
    internal required ReadOnlySpan<byte> ObjectBody { get; init; }

    /// <summary>Where the keyword line starts in the document.</summary>
    internal required int Start { get; init; }

    /// <summary>Where the next item starts, or the document ends.</summary>
    internal required int End { get; init; }

    internal bool HasObject => !ObjectType.IsEmpty;

    internal bool Is(ReadOnlySpan<byte> keyword) => Keyword.SequenceEqual(keyword);

    /// <summary>Cuts the next argument off <paramref name="rest"/>; empty when there is none left.</summary>
    internal static ReadOnlySpan<byte> NextArgument(scoped ref ReadOnlySpan<byte> rest)
    {
        var trimmed = rest.TrimStart(" \t"u8);
        var end = trimmed.IndexOfAny(" \t"u8);
        var argument = end < 0 ? trimmed : trimmed[..end];
        rest = trimmed[argument.Length..];
        return argument;
    }

    /// <summary>The only argument; false for none and for more.</summary>
    internal bool TryGetOnlyArgument(out ReadOnlySpan<byte> argument)
    {
        argument = Arguments;
        return !argument.IsEmpty && argument.IndexOfAny(" \t"u8) < 0;
    }

    /// <summary>The object's bytes; false for another type of object, none, or broken base64.</summary>
    internal bool TryDecodeObject(ReadOnlySpan<byte> type, out byte[] body)
    {
        body = [];
        return ObjectType.SequenceEqual(type) && Base64Text.TryDecodeLines(ObjectBody, out body);
    }
}
