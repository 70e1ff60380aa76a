using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Protos;
using OnionBalance.Split.Tor.Protocol;
using TimePeriod = OnionBalance.Split.Tor.Protocol.TimePeriod;

namespace OnionBalance.Split.Collector.Publishing;

/// <summary>
/// The last publications of each service on disk: a restart with nothing changed then publishes nothing. Losing one costs
/// a publication, no more.
/// </summary>
internal sealed partial class PublicationStore
{
    private readonly string _folder;
    private readonly ILogger<PublicationStore> _logger;

    public PublicationStore(string stateDirectory, ILogger<PublicationStore> logger)
    {
        _folder = Path.Combine(stateDirectory, "publications");
        _logger = logger;
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        AtomicFile.RemoveLeftovers(_folder);
    }

    internal void Save(OnionAddress service, IEnumerable<Publication> publications)
    {
        var written = publications.Select(Written.From).ToArray();
        try
        {
            AtomicFile.Write(PathOf(service), JsonSerializer.SerializeToUtf8Bytes(written, Json.Default.WrittenArray));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotSaved(service, e.Message);
        }
    }

    internal ImmutableArray<Publication> Load(OnionAddress service)
    {
        var path = PathOf(service);
        if (!File.Exists(path))
            return [];
        try
        {
            var written = JsonSerializer.Deserialize(File.ReadAllBytes(path), Json.Default.WrittenArray) ?? throw new JsonException("empty");
            return [.. written.Select(publication => publication?.ToPublication() ?? throw new JsonException("an entry is null"))];
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or IOException)
        {
            File.Move(path, path + ".corrupt", overwrite: true);
            LogSetAside(path, e.Message, path + ".corrupt");
            return [];
        }
    }

    private string PathOf(OnionAddress service) => Path.Combine(_folder, service.Label + ".json");

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot write down what was published of {Service}: {Problem}; after a restart it is published once more")]
    private partial void LogNotSaved(OnionAddress service, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{File} is damaged ({Problem}) and was set aside as {Aside}; the service is published once more")]
    private partial void LogSetAside(string file, string problem, string aside);

    /// <summary>The file's form.</summary>
    internal sealed record Written(
        ulong PeriodNumber,
        uint PeriodMinutes,
        ulong RevisionCounter,
        DateTimeOffset Signed,
        string PlanDigest,
        string[] Points,
        DateTimeOffset RefreshAt,
        HsDirUpload[] Uploads,
        SigningWay SignedBy = SigningWay.Unspecified,
        string Signer = "")
    {
        internal static Written From(Publication publication) => new(
            publication.Period.Number,
            publication.Period.LengthMinutes,
            publication.RevisionCounter,
            publication.Signed,
            publication.PlanDigest.ToHex(),
            [.. publication.Points.Select(point => point.ToHex())],
            publication.RefreshAt,
            [.. publication.Uploads],
            publication.SignedBy,
            publication.Signer);

        internal Publication ToPublication() => new(
            new TimePeriod(PeriodNumber, PeriodMinutes),
            RevisionCounter,
            Signed,
            FromHex(PlanDigest),
            [.. Points.Select(FromHex)],
            RefreshAt,
            [.. Uploads.Where(upload => upload is { Fingerprint: not null, Nickname: not null, Reason: not null })])
        {
            SignedBy = SignedBy,
            Signer = Signer,
        };

        private static Bytes32 FromHex(string hex) => Bytes32.Create(Convert.FromHexString(hex));
    }

    [JsonSourceGenerationOptions(
        WriteIndented = true, UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Written[]))]
    private sealed partial class Json : JsonSerializerContext;
}
