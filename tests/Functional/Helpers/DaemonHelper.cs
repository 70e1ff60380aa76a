using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OnionBalance.Split.Hosting;
using OnionBalance.Split.Hosting.Configuration;

namespace OnionBalance.Split.Tests.Functional.Helpers;

/// <summary>A daemon that does nothing, or what its configuration wishes it would not.</summary>
internal static class DaemonHelper
{
    public static Task<int> RunAsync(string[] arguments) => DaemonCommand.RunAsync(
        new DaemonDefinition<Options>
        {
            Name = "idler",
            Description = "A daemon of the tests.",
            Binder = Options.TryRead,
            BuildHost = options =>
            {
                var builder = DaemonHost.CreateBuilder();
                builder.Services.AddSingleton(options);
                builder.Services.AddHostedService<Loop>();
                builder.Services.AddSingleton<IConfigurationReload<Options>, Reload>();
                builder.Services.AddSingleton<IDaemonHealth, Health>();
                return builder.Build();
            },
        },
        arguments);

    private sealed record Options(string Mood, string Motto)
    {
        public static bool TryRead(ConfigurationSection root, out Options options)
        {
            options = new Options(root.Text("mood"), root.OptionalText("motto") ?? "");
            return true;
        }
    }

    private sealed class Loop(Options options) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            switch (options.Mood)
            {
                case "lost":
                    await Task.Delay(200, stoppingToken);
                    throw new DaemonException("the disk is gone: put it back");
                case "broken":
                    await Task.Delay(200, stoppingToken);
                    throw new InvalidOperationException("two and two");
                case "deaf":
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    break;
                default:
                    await Task.Delay(Timeout.Infinite, stoppingToken);
                    break;
            }
        }
    }

    private sealed class Health(Options options) : IDaemonHealth
    {
        public bool IsLive => options.Mood != "stuck";
    }

    private sealed class Reload : IConfigurationReload<Options>
    {
        public async ValueTask<ImmutableArray<string>> ApplyAsync(Options options, CancellationToken cancellation)
        {
            await Console.Out.WriteLineAsync($"applied {options.Motto}");
            return options.Motto == "never" ? ["motto: cannot change to never"] : [];
        }
    }
}
