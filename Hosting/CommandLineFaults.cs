using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Hosting;

/// <summary>What is wrong with a command line: a line each, with the verb or option that may be meant or those that there are, and where to read on.</summary>
public static class CommandLineFaults
{
    public static ImmutableArray<string> Of(string program, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = string.Join(' ', [program, .. Ancestry(parsed.CommandResult).Reverse().Skip(1)]);
        return [.. Faults(parsed, command).Select(fault => $"{name}: {fault}"), $"Try '{name} --help'."];
    }

    private static IEnumerable<string> Faults(ParseResult parsed, Command command)
    {
        var verbs = command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToArray();
        var unmatched = parsed.UnmatchedTokens;
        if (verbs.Length > 0)
        {
            // What follows a verb that is not known cannot be judged.
            yield return unmatched is [var first, ..] ? NotKnown(first, IsOption(first) ? OptionsOf(parsed.CommandResult) : verbs) : $"a verb is missing{Spelling.Known(verbs)}";
            yield break;
        }

        for (var index = 0; index < unmatched.Count; index++)
        {
            if (IsOption(unmatched[index]))
                yield return NotKnown(unmatched[index], OptionsOf(parsed.CommandResult));
            else if (index == 0 || !IsOption(unmatched[index - 1]))
                yield return $"'{unmatched[index]}' is one word too many";
        }

        foreach (var error in parsed.Errors.Where(error => !unmatched.Any(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal))))
            yield return NotANumber(error) ?? string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string NotKnown(string word, IEnumerable<string> known) => $"'{word}' is not known here{Spelling.Suggestion(word, known)}";

    /// <summary>Where the library would name a type of .NET.</summary>
    private static string? NotANumber(ParseError error) =>
        error.SymbolResult is OptionResult { Option: var option, Tokens: [var token] }
            && (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) == typeof(int)
            && !int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? $"{option.Name} must be a whole number, not '{token.Value}'"
            : null;

    private static bool IsOption(string token) => token.StartsWith('-');

    private static IEnumerable<string> OptionsOf(CommandResult result) => result.Command.Options
        .Concat(Results(result).Skip(1).SelectMany(above => above.Command.Options.Where(option => option.Recursive)))
        .Where(option => !option.Hidden)
        .Select(option => option.Name);

    private static IEnumerable<string> Ancestry(CommandResult result) => Results(result).Select(above => above.Command.Name);

    /// <summary>The innermost first.</summary>
    private static IEnumerable<CommandResult> Results(CommandResult result)
    {
        for (var above = result; above is not null; above = above.Parent as CommandResult)
            yield return above;
    }
}
