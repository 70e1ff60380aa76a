using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OnionBalance.Split.Hosting.Files;
using OnionBalance.Split.Tor.Protocol.Keys;

namespace OnionBalance.Split.Signer.Keys;

/// <summary>Where a passphrase or PIN is read from: one line, its end left out. Never the command line, never the environment.</summary>
internal abstract record SecretSource
{
    /// <summary>Descriptors 0 to 2 are the process's own.</summary>
    internal const int FirstDescriptor = 3;

    internal const int LastDescriptor = 1023;

    private const int Longest = 1024;

    private SecretSource()
    {
    }

    /// <summary>Whether it gives its secret as often as it is asked: then what was lost with a token that is pulled can be had again.</summary>
    public virtual bool IsLasting => false;

    /// <summary>The secret, for the caller to dispose; or in one line why there is none.</summary>
    public abstract bool TryRead([NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault);

    /// <summary>Where a person is asked: tells what was wrong with the answer, so that asking again makes sense. Else false.</summary>
    public virtual bool TryTellSlip(string fault) => false;

    private static bool TryLine(SecretBytes text, int length, string from, [NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault)
    {
        secret = null;
        fault = null;
        var line = text.Span[..length];
        if (line.EndsWith("\n"u8))
            line = line[..^1];
        if (line.IsEmpty)
            fault = $"{from} gives an empty secret";
        else if (line.Contains((byte)'\n'))
            fault = $"{from} gives more than one line";
        else
            secret = SecretBytes.CopyOf(line);
        return secret is not null;
    }

    /// <summary>A private file, checked as a key's file is.</summary>
    internal sealed record File(string Path) : SecretSource
    {
        public override bool IsLasting => true;

        public override bool TryRead([NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault)
        {
            secret = null;
            if (!PrivateFile.TryRead(Path, Longest, out var content, out fault))
                return false;
            using (content)
                return TryLine(content, content.Length, Path, out secret, out fault);
        }
    }

    /// <summary>A systemd credential.</summary>
    internal sealed record Credential(string Name) : SecretSource
    {
        public override bool IsLasting => true;

        public override bool TryRead([NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault)
        {
            secret = null;
            return SystemdCredential.TryLocate(Name, out var path, out fault) && new File(path).TryRead(out secret, out fault);
        }
    }

    /// <summary>An open descriptor, read to its end. It can be read once: then it is at its end, and a restart is needed.</summary>
    internal sealed record Descriptor(int Number) : SecretSource
    {
        public override bool TryRead([NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault)
        {
            secret = null;
            var name = string.Create(CultureInfo.InvariantCulture, $"descriptor {Number}");
            if (!InheritedDescriptor.Is(Number))
            {
                fault = $"{name} was not passed in: start the program with it open, as by '{Number}< FILE' or '{Number}<<< ...' in the shell";
                return false;
            }

            try
            {
                using var text = SecretBytes.Allocate(Longest);
                // Left open: a later file must not get its number and be taken for it.
                using var handle = new SafeFileHandle(Number, ownsHandle: false);
                using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
                var length = stream.ReadAtLeast(text.Span, Longest, throwOnEndOfStream: false);
                if (length > 0 && length < Longest)
                    return TryLine(text, length, name, out secret, out fault);
                fault = length == 0
                    ? $"{name} has nothing to read: it gives its secret once, restart with it open again"
                    : string.Create(CultureInfo.InvariantCulture, $"{name} gives {Longest} bytes or more");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException or ArgumentException)
            {
                fault = $"{name} cannot be read: {exception.Message}";
            }

            return false;
        }
    }

    /// <summary>Asked for on the terminal, each time.</summary>
    /// <param name="Question">Names the secret, without a colon.</param>
    /// <param name="Twice">For a passphrase that is new: a slip of the finger would lose the key.</param>
    internal sealed record Prompt(string Question, bool Twice) : SecretSource
    {
        public override bool TryRead([NotNullWhen(true)] out SecretBytes? secret, [NotNullWhen(false)] out string? fault)
        {
            secret = null;
            if (!Terminal.TryAsk(Twice ? string.Create(CultureInfo.InvariantCulture, $"{Question}, {NewPassphrase.ShortestLength} bytes or more (new)") : Question, Longest, out var first, out fault))
                return false;
            using (first)
            {
                if (Twice && !TryRepeat(first, out fault))
                    return false;
                return TryLine(first, first.Length, "the terminal", out secret, out fault);
            }
        }

        public override bool TryTellSlip(string fault) => Terminal.TryTell($"{fault}. Try again.");

        private bool TryRepeat(SecretBytes first, [NotNullWhen(false)] out string? fault)
        {
            if (!Terminal.TryAsk($"{Question} (again)", Longest, out var second, out fault))
                return false;
            using (second)
                fault = CryptographicOperations.FixedTimeEquals(first.Span, second.Span) ? null : "what was typed the second time differs from the first";
            return fault is null;
        }
    }
}
