#!/usr/bin/env bash
# The main job of OnionBalance.Split, to see with your own eyes: one onion address, three backends, a private Tor network
# on this machine. Installs what is missing, builds, runs, and leaves nothing behind.
#   deploy/demo.sh            about two minutes after the build; exit code 0 when every step went well
#   deploy/demo.sh --keep     stays up at the end, until Ctrl-C, and says how to try it by hand
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

case ${1:-} in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit ;;
esac

deploy/install-prerequisites.sh run

echo "== build"
deploy/publish.sh
dotnet build deploy/Demo --configuration Release --verbosity quiet

# Debian has tor in /usr/sbin, which is not in everybody's PATH.
PATH=$PATH:/usr/sbin exec deploy/Demo/bin/Release/net10.0/onionbalance-demo "$@"
