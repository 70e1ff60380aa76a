namespace OnionBalance.Split.Tests.Functional.Helpers;

/// <summary>
/// The test assembly as a program, for what a test must watch from outside a process: "dotnet exec ...Functional.dll NAME
/// ARGUMENTS". The test runner does not come this way.
/// </summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => arguments switch
    {
        ["dial", .. var rest] => DialHelper.RunAsync(rest),
        ["daemon", .. var rest] => DaemonHelper.RunAsync(rest),
        ["keep", var secrets] => KeepHelper.Run(secrets),
        _ => throw new ArgumentException("no such helper"),
    };
}
