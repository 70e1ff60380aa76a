#!/usr/bin/env bash
# Installs Debian packages that are missing. "run" is what the daemons and the demo need; "test" adds the second
# opinions that the tests ask: stem, grpcio, etcd, SoftHSM, zbar, and a C compiler for a token with troubles.
set -euo pipefail

case ${1:-run} in
  run) packages=(tor libsodium23) ;;
  test) packages=(tor libsodium23 python3-stem python3-cryptography python3-grpcio python3-protobuf protobuf-compiler
    protobuf-compiler-grpc etcd-server strace openssl softhsm2 opensc zbar-tools gcc libc6-dev) ;;
  *) echo "usage: $0 [run|test]" >&2; exit 2 ;;
esac

if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
  echo "The .NET 10 SDK is missing. Install it as https://learn.microsoft.com/dotnet/core/install/linux-debian says, then run this again." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" = 0 ] && exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing packages: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "== installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
# Debian starts a package's service as it installs it; a tor of its own on the public network is not wanted here.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
