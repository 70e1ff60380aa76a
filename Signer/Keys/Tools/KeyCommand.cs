using System.CommandLine;

namespace OnionBalance.Split.Signer.Keys.Tools;

/// <summary>The verbs under "key".</summary>
internal static class KeyCommand
{
    public static Command Create() => new(
        "key",
        $"""
        The permanent keys of master services: make one, look at it, and put copies of it where they belong.

        {KeyPlace.Help}

        Secrets are never taken from the command line. Where an option says from where a passphrase or PIN is read, it is
        read there; where none does, it is asked for on the terminal. Each verb that makes something says what it is
        about to do and asks; --yes answers for scripts. Nothing is ever overwritten, and whatever is made is read back
        and compared.

        docs/custody.md says how to choose a place.
        """)
    {
        GenerateVerb.Create(),
        CopyVerb.Import.Create(),
        ShowVerb.Create(),
        VerifyVerb.Create(),
        CopyVerb.Seal.Create(),
        CopyVerb.Unseal.Create(),
        CopyVerb.Copy.Create(),
    };
}
