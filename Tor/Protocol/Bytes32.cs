using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace OnionBalance.Split.Tor.Protocol;

/// <summary>
/// Thirty-two bytes with value equality and byte-wise order: the size of every public key and digest in rend-spec-v3.
/// Never for secrets, which live in <see cref="Keys.SecretBytes"/>.
/// </summary>
public readonly struct Bytes32 : IEquatable<Bytes32>, IComparable<Bytes32>
{
    /// <summary>32.</summary>
    public const int Length = 32;

    private readonly Storage _storage;

    private Bytes32(ReadOnlySpan<byte> bytes) => bytes.CopyTo(_storage);

    /// <summary>The 32 bytes, in place.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => _storage;

    /// <summary>Takes exactly 32 bytes; false for any other length.</summary>
    public static bool TryCreate(ReadOnlySpan<byte> bytes, out Bytes32 value)
    {
        value = bytes.Length == Length ? new Bytes32(bytes) : default;
        return bytes.Length == Length;
    }

    /// <summary>Takes exactly 32 bytes of our own making.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Bytes32 Create(ReadOnlySpan<byte> bytes) =>
        TryCreate(bytes, out var value) ? value : throw new ArgumentException("Exactly 32 bytes are wanted.", nameof(bytes));

    /// <summary>A fresh array of the 32 bytes.</summary>
    public byte[] ToArray() => Span.ToArray();

    /// <summary>64 lower-case hex digits.</summary>
    public string ToHex() => Convert.ToHexStringLower(Span);

    public bool Equals(Bytes32 other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is Bytes32 other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    public int CompareTo(Bytes32 other) => Span.SequenceCompareTo(other.Span);

    public override string ToString() => ToHex();

    public static bool operator ==(Bytes32 left, Bytes32 right) => left.Equals(right);

    public static bool operator !=(Bytes32 left, Bytes32 right) => !left.Equals(right);

    public static bool operator <(Bytes32 left, Bytes32 right) => left.CompareTo(right) < 0;

    public static bool operator <=(Bytes32 left, Bytes32 right) => left.CompareTo(right) <= 0;

    public static bool operator >(Bytes32 left, Bytes32 right) => left.CompareTo(right) > 0;

    public static bool operator >=(Bytes32 left, Bytes32 right) => left.CompareTo(right) >= 0;

    [InlineArray(Length)]
    private struct Storage
    {
        private byte _first;
    }
}
