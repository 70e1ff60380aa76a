using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using OnionBalance.Split.Tor.Protocol.Delegation;

namespace OnionBalance.Split.Tests.Unit.Delegation;

/// <summary>A file in parts, as QR codes carry it.</summary>
public sealed class DelegationPartsTests
{
    private static readonly byte[] Text = Printable(1_500, 1);
    private static readonly ImmutableArray<DelegationPart> Parts = DelegationParts.Split(Text);

    [Fact]
    public void Any_text_comes_back_from_its_parts_in_any_order_some_of_them_twice() =>
        Gen.Select(Gen.Char[' ', '~'].Array[1, 9_000], Gen.Int).Sample(
            (characters, seed) =>
            {
                var text = Encoding.ASCII.GetBytes(characters);
                var random = new Random(seed);
                var parts = DelegationParts.Split(text);
                var given = parts.Concat(parts.Take(random.Next(parts.Length))).ToArray();
                random.Shuffle(given);
                return Join(given.Select(part => part.ToString()), out var joined, out _) && joined.AsSpan().SequenceEqual(text);
            },
            iter: 1_000);

    [Fact]
    public void The_longest_file_has_parts_enough_and_each_fits_its_code()
    {
        var parts = DelegationParts.Split(Printable(256 * 1024, 2));
        Assert.All(parts, part => Assert.InRange(part.ToString().Length, 40, 619));
        Assert.True(Join(parts.Select(part => part.ToString()), out var joined, out _));
        Assert.Equal(256 * 1024, joined.Length);
    }

    [Fact]
    public void A_part_is_of_the_characters_that_QR_codes_pack_best() =>
        Assert.All(Parts, part => Assert.Matches("^[0-9A-Z:/]+$", part.ToString()));

    [Fact]
    public void What_readers_put_around_a_part_is_passed_over() =>
        AssertJoined(Parts.SelectMany(part => (string[])["", $"\ufeffQR-Code:{part}\r"]));

    [Fact]
    public void A_part_with_any_character_changed_missing_or_added_is_refused()
    {
        var random = new Random(5);
        foreach (var part in Parts.Select(part => part.ToString()))
        {
            for (var at = 0; at < part.Length; at++)
            {
                var other = (char)random.Next(' ', 127);
                AssertNoPart(part, part[..at] + other + part[(at + 1)..]);
                AssertNoPart(part, part[..at] + part[(at + 1)..]);
                AssertNoPart(part, part[..at] + other + part[at..]);
                AssertNoPart(part, part[..at]);
                AssertNoPart(part, part[..at] + char.ToLowerInvariant(part[at]) + part[(at + 1)..]);
            }
        }
    }

    [Fact]
    public void A_series_with_any_character_of_any_part_changed_is_refused()
    {
        for (var number = 0; number < Parts.Length; number++)
        {
            var part = Parts[number].ToString();
            for (var at = 0; at < part.Length; at++)
            {
                var changed = part[..at] + (part[at] == '2' ? '3' : '2') + part[(at + 1)..];
                AssertRefused(Parts.Select((other, index) => index == number ? changed : other.ToString()));
            }
        }
    }

    [Fact]
    public void Any_character_changed_in_a_whole_series_is_told_by_the_parts_number()
    {
        var random = new Random(6);
        for (var number = 1; number <= Parts.Length; number++)
        {
            // Past "OBSD1:N/N:", where the number itself could be hit.
            var part = Parts[number - 1].ToString();
            var at = random.Next(part.IndexOf(':', 6) + 1, part.Length);
            var changed = part[..at] + (part[at] == 'A' ? 'B' : 'A') + part[(at + 1)..];
            AssertRefused(Parts.Select(other => other.Number == number ? changed : other.ToString()), $"part {number} is damaged");
        }
    }

    [Fact]
    public void A_damaged_scan_of_a_part_that_was_read_well_too_does_no_harm() =>
        AssertJoined(Parts.Select(part => part.ToString()).Prepend(Parts[1].ToString().Replace(":", ":A", StringComparison.Ordinal).Replace("OBSD1:A", "OBSD1:", StringComparison.Ordinal)));

    [Fact]
    public void Missing_parts_are_told_by_number()
    {
        var parts = DelegationParts.Split(Printable(9_000, 3));
        int[] missing = [2, 5, 6, 10, 11, 12, 25];
        AssertRefused(parts.Where(part => !missing.Contains(part.Number)).Select(part => part.ToString()), "parts 2, 5, 6, 10-12, 25 are missing of the 25");
    }

    [Fact]
    public void Parts_of_two_series_are_not_mixed()
    {
        var others = DelegationParts.Split(Printable(1_500, 4));
        AssertRefused(Parts.Take(2).Concat(others.Skip(2)).Select(part => part.ToString()), "mixed", Parts[0].Series, others[0].Series, "of 5 has 1, 2", "of 5 has 3-5");
        AssertRefused(Parts.Append(others[3]).Select(part => part.ToString()), "mixed", "of 5 has 4");
    }

    [Fact]
    public void What_is_no_part_is_told_by_its_place() =>
        AssertRefused(Parts.Select(part => part.ToString()).Append("https://example.org/"), "place 6: no part");

    [Fact]
    public void A_forger_who_mends_the_checks_is_found_by_the_series()
    {
        var forged = Parts.SetItem(2, Parts[2] with { Data = [.. Parts[2].Data.Select(value => (byte)(value ^ 1))] });
        AssertRefused(forged.Select(part => part.ToString()), "not the file that they name");
        AssertRefused(forged.Append(Parts[2]).Select(part => part.ToString()), "part 3 is there twice with different contents");
    }

    [Fact]
    public void Of_numbers_that_cannot_be_none_is_believed()
    {
        foreach (var (number, count) in ((int, int)[])[(0, 5), (6, 5), (1, 1_000), (1, int.MaxValue)])
            Assert.False(DelegationPart.TryParse((Parts[0] with { Number = number, Count = count }).ToString(), out _, out _));
        AssertRefused(["", " "], "no part is readable");
    }

    [Fact]
    public void A_plain_file_and_files_of_parts_are_told_apart()
    {
        Assert.True(DelegationInput.TryGather([("plain", Text)], out var text, out _));
        Assert.Equal(Text, text);
        Assert.True(DelegationInput.TryGather(
            [.. Parts.Select(part => ($"scan {part.Number}", Encoding.ASCII.GetBytes(part.ToString())))], out text, out _));
        Assert.Equal(Text, text);
        Assert.True(DelegationInput.TryGather([("scans", Encoding.ASCII.GetBytes(string.Join("\r\n", Parts)))], out text, out _));
        Assert.Equal(Text, text);
        Assert.False(DelegationInput.TryGather([("plain", Text), ("scan", Encoding.ASCII.GetBytes(Parts[0].ToString()))], out _, out var problems));
        Assert.Contains(problems, problem => problem.Contains("plain line 1", StringComparison.Ordinal));
    }

    [Fact]
    public void The_fingerprint_is_the_files_SHA3_256_and_begins_with_the_series()
    {
        var fingerprint = DelegationFingerprint.Of(Text).Replace(" ", "", StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA3_256.HashData(Text)), fingerprint);
        Assert.StartsWith(Parts[0].Series, fingerprint, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Every_fault_has_words() => Assert.All(Enum.GetValues<DelegationFault>(), fault => Assert.NotEmpty(fault.Explain()));

    private static byte[] Printable(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(' ', 127))];
    }

    private static bool Join(IEnumerable<string> lines, out byte[] text, out ImmutableArray<string> problems) =>
        DelegationParts.TryJoin(lines.Select((line, index) => ($"place {index + 1}", line)), out text, out problems);

    private static void AssertJoined(IEnumerable<string> lines)
    {
        Assert.True(Join(lines, out var text, out var problems), string.Join('\n', problems));
        Assert.Equal(Text, text);
    }

    private static void AssertRefused(IEnumerable<string> lines, params string[] words)
    {
        Assert.False(Join(lines, out var text, out var problems));
        Assert.Empty(text);
        Assert.All(words, word => Assert.Contains(problems, problem => problem.Contains(word, StringComparison.Ordinal)));
    }

    private static void AssertNoPart(string part, string changed) =>
        Assert.True(changed == part || !DelegationPart.TryParse(changed, out _, out _), changed);
}
