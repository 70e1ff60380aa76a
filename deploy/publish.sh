#!/usr/bin/env bash
# Publishes the four programs for this machine's architecture into one folder, compiled ahead of time (ReadyToRun): a
# daemon that must be back within seconds has no time to compile itself at each start.
#   deploy/publish.sh [OUTPUT]     without OUTPUT into artifacts/programs, where the demo and the tests look for them
# Documents, example configurations and systemd units go with them.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 1 ] || [[ ${1:-} == -* ]]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
output=$(realpath -m -- "${1:-$here/artifacts/programs}")
cd "$here"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

case $(uname -m) in
  x86_64) runtime=linux-x64 ;;
  aarch64) runtime=linux-arm64 ;;
  *) echo "$0: there are no programs for $(uname -m): only for x86_64 and aarch64." >&2; exit 1 ;;
esac

for program in InstanceAgent Collector Signer deploy/Config; do
  echo "publishing $program"
  dotnet publish "$program" --configuration Release --runtime "$runtime" --self-contained false \
    -p:PublishReadyToRun=true -p:AllowedReferenceRelatedFileExtensions=none --verbosity quiet --output "$output"
done
cp -R README.md CHANGELOG.md docs deploy/examples deploy/systemd "$output"
# Their links go to where examples and units lie now.
sed -i -E 's#deploy/(examples|systemd)#\1#g' "$output"/README.md "$output"/docs/*.md
echo "The programs for $(uname -m), their documents, example configurations and systemd units are in $output."
[ $# = 0 ] || echo "What is next is in its README.md under Install: copy the folder to the hosts, make the users and folders there, and configure."
