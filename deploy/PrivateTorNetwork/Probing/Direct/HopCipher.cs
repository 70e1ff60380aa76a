using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OnionBalance.Split.PrivateTorNetwork.Probing.Direct;

/// <summary>Relay-cell encryption of one hop, tor-spec "relay-cells": AES-128-CTR streams and running SHA-1 digests.</summary>
internal sealed class HopCipher : IDisposable
{
    private const int DigestOffset = 5;

    private readonly IncrementalHash _forwardDigest = Seeded();
    private readonly IncrementalHash _backwardDigest = Seeded();
    private readonly CounterStream _forward;
    private readonly CounterStream _backward;

    /// <summary>From the handshake's Df | Db | Kf | Kb.</summary>
    internal HopCipher(ReadOnlySpan<byte> keys)
    {
        _forwardDigest.AppendData(keys[..20]);
        _backwardDigest.AppendData(keys[20..40]);
        _forward = new CounterStream(keys[40..56]);
        _backward = new CounterStream(keys[56..72]);
    }

    /// <summary>Puts the digest into a cell that this hop is to read.</summary>
    internal void Seal(Span<byte> payload)
    {
        _forwardDigest.AppendData(payload);
        Span<byte> digest = stackalloc byte[20];
        _forwardDigest.GetCurrentHash(digest);
        digest[..4].CopyTo(payload[DigestOffset..]);
    }

    internal void Encrypt(Span<byte> payload) => _forward.Apply(payload);

    internal void Decrypt(Span<byte> payload) => _backward.Apply(payload);

    /// <summary>Whether the cell, with this hop's layer off, was made by this hop.</summary>
    internal bool Recognizes(Span<byte> payload)
    {
        if (payload[1] != 0 || payload[2] != 0)
            return false;
        // Cells of farther hops never pass here with "recognized" at zero but once in 65 536; such a one would break the digest.
        Span<byte> said = stackalloc byte[4];
        payload.Slice(DigestOffset, 4).CopyTo(said);
        payload.Slice(DigestOffset, 4).Clear();
        _backwardDigest.AppendData(payload);
        Span<byte> digest = stackalloc byte[20];
        _backwardDigest.GetCurrentHash(digest);
        return digest[..4].SequenceEqual(said);
    }

    public void Dispose()
    {
        _forwardDigest.Dispose();
        _backwardDigest.Dispose();
        _forward.Dispose();
        _backward.Dispose();
    }

    private static IncrementalHash Seeded() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

    private sealed class CounterStream : IDisposable
    {
        private readonly Aes _aes = Aes.Create();
        private readonly byte[] _counter = new byte[16];
        private readonly byte[] _block = new byte[16];
        private int _used = 16;

        internal CounterStream(ReadOnlySpan<byte> key) => _aes.SetKey(key);

        internal void Apply(Span<byte> data)
        {
            foreach (ref var value in data)
            {
                if (_used == 16)
                {
                    _aes.EncryptEcb(_counter, _block, PaddingMode.None);
                    BinaryPrimitives.WriteUInt128BigEndian(_counter, unchecked(BinaryPrimitives.ReadUInt128BigEndian(_counter) + 1));
                    _used = 0;
                }

                value ^= _block[_used++];
            }
        }

        public void Dispose() => _aes.Dispose();
    }
}
