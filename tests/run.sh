#!/usr/bin/env bash
# The one test command: installs what is missing, builds with warnings as errors, runs the unit, functional and
# integration tests. Its last line is "N passed, N failed".
#   tests/run.sh            everything, each long test in its short form
#   tests/run.sh --long     adds the long forms: many kills, many rotations, millions of mutations
#   tests/run.sh --unit     the inner loop: unit tests only; installs tor and libsodium alone
set -euo pipefail
cd "$(dirname "$0")/.."

suites=(Unit Functional Integration)
for argument in "$@"; do
  case $argument in
    --long) export OBSPLIT_LONG=1 ;;
    --unit) suites=(Unit) ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
OBSPLIT_MEASURED=$(mktemp)
export OBSPLIT_MEASURED

deploy/install-prerequisites.sh "$([ "${#suites[@]}" = 1 ] && echo run || echo test)"

echo "== build"
dotnet build OnionBalance.Split.sln --configuration Release --verbosity quiet

passed=0 failed=0 status=0
for suite in "${suites[@]}"; do
  echo "== tests: $suite"
  log=$(mktemp)
  dotnet test "tests/$suite" --configuration Release --no-build --logger "console;verbosity=normal" 2>&1 | tee "$log" || status=1
  # A suite that ends without its closing counts has crashed: that is a failure too.
  read -r p f < <(awk '$1 == "Passed:" {p += $2; seen = 1} $1 == "Failed:" {f += $2} $1 == "Total" && $2 == "tests:" {seen = 1}
    END {print p + 0, seen ? f + 0 : 1}' "$log")
  passed=$((passed + p)) failed=$((failed + f))
  rm -f "$log"
done
if [ -s "$OBSPLIT_MEASURED" ]; then
  echo "== measured"
  cat "$OBSPLIT_MEASURED"
fi
rm -f "$OBSPLIT_MEASURED"

if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
