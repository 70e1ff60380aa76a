using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Tor.Protocol;
using OnionBalance.Split.Tor.Protocol.Delegation;
using OnionBalance.Split.Tor.Protocol.Keys;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Delegations;

/// <summary>
/// One service's delegations on disk: a file for each descriptor signing key, its seed, mode 0600, and the bundles as they
/// came, numbered in the order of their import. The verbs add to it, the running collector takes away.
/// </summary>
internal sealed class DelegationFolder(string stateDirectory, OnionAddress service)
{
    private const string BundleExtension = ".bundle";
    private const int SeedLength = 32;
    private const UnixFileMode OwnerOnlyFolder = AtomicFile.OwnerOnly | UnixFileMode.UserExecute;

    internal string Path { get; } = System.IO.Path.Combine(RootIn(stateDirectory), service.Label);

    /// <summary>Where all services have theirs.</summary>
    internal static string RootIn(string stateDirectory) => System.IO.Path.Combine(stateDirectory, "delegations");

    /// <summary>Both folders, mode 0700.</summary>
    internal void Create()
    {
        Directory.CreateDirectory(RootIn(stateDirectory), OwnerOnlyFolder);
        Directory.CreateDirectory(Path, OwnerOnlyFolder);
    }

    /// <summary>Changes whenever a file comes, goes or is replaced.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    internal string Stamp() => string.Join('\n', Files()
        .Where(file => !AtomicFile.IsTemporary(file.Name))
        .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}"))
        .Order(StringComparer.Ordinal));

    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    internal ImmutableArray<DelegationKeyName> Keys()
    {
        var keys = ImmutableArray.CreateBuilder<DelegationKeyName>();
        foreach (var file in Files())
        {
            if (DelegationKeyName.TryParse(file.Name, out var name))
                keys.Add(name);
        }

        return keys.DrainToImmutable();
    }

    /// <summary>Paths, the first imported first.</summary>
    internal ImmutableArray<string> Bundles() =>
        [.. Files().Select(file => file.FullName).Where(path => NumberOf(path) > 0).OrderBy(NumberOf)];

    /// <summary>Those of the folder's service, verified anew; where one is not, why.</summary>
    internal IEnumerable<(string Path, DelegationBundle? Bundle, DelegationFault Fault)> ReadBundles()
    {
        foreach (var path in Bundles())
        {
            if (DelegationBundle.TryParse(File.ReadAllBytes(path), out var bundle, out var fault) && bundle.Service != service)
                (bundle, fault) = (null, DelegationFault.WrongService);
            yield return (path, bundle, fault);
        }
    }

    /// <summary>A new KS_hs_desc_sign, on disk and flushed before its public key is returned.</summary>
    internal Ed25519PublicKey NewKey(TimePeriod period)
    {
        using var seed = SecretBytes.Random(SeedLength);
        using var key = DescriptorSigningKey.FromSeed(seed.Span);
        AtomicFile.Create(PathOf(new DelegationKeyName(period, key.PublicKey)), seed.Span);
        return key.PublicKey;
    }

    /// <summary>False when it is not there, may be read by others, or is not the key that its name says.</summary>
    /// <exception cref="InvalidOperationException">There is no locked memory left for it.</exception>
    internal bool TryOpen(DelegationKeyName name, [NotNullWhen(true)] out DescriptorSigningKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        var path = PathOf(name);
        if (!FileTrust.TryCheckPrivateFile(path, out fault))
            return false;
        try
        {
            using var handle = File.OpenHandle(path);
            using var seed = SecretBytes.Allocate(SeedLength);
            if (RandomAccess.GetLength(handle) == SeedLength && RandomAccess.Read(handle, seed.Span, 0) == SeedLength)
                key = DescriptorSigningKey.FromSeed(seed.Span);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"{path} cannot be read: {exception.Message}";
            return false;
        }

        if (key?.PublicKey == name.PublicKey)
            return true;
        key?.Dispose();
        key = null;
        fault = $"{path} does not hold the key that its name says";
        return false;
    }

    internal void AddBundle(ReadOnlySpan<byte> text)
    {
        var number = Bundles().Select(NumberOf).LastOrDefault() + 1;
        AtomicFile.Create(System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{number:D6}{BundleExtension}")), text);
    }

    internal void Delete(DelegationKeyName name) => File.Delete(PathOf(name));

    private string PathOf(DelegationKeyName name) => System.IO.Path.Combine(Path, name.ToString());

    /// <summary>None where there is no folder yet, which is not asked first: one that may not be looked into seems not to be there.</summary>
    private FileInfo[] Files()
    {
        try
        {
            return new DirectoryInfo(Path).GetFiles();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static int NumberOf(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        return name.EndsWith(BundleExtension, StringComparison.Ordinal)
            && int.TryParse(name[..^BundleExtension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
