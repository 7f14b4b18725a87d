#!/usr/bin/env bash
# Runs the tests of what happens on several threads under the thread sanitizer: ranks, the pool of
# threads, the pool of buffers, generators, checkpoints, data loaders. Builds in .build-tsan, which
# takes several minutes the first time.
#
#     Scripts/check-threads.sh [FILTER]     another regular expression of test names
#     FLEDGE_PACKAGE=DIR                    another package with the same tests
#
# Exit status: that of the tests, and on macOS 66 where the sanitizer has found a race. On Linux it does
# not see the locks of `Mutex`, which come from a library without instrumentation: what they guard is
# left out below, and buffers that go from thread to thread through the pool are still reported. So
# there the reports are to be read, and that the program starts and the tests pass is what is checked.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

suites='RankTests|ThreadTests|PoolTests|MemoryTests|LedgerTests|GeneratorTests|CheckpointStateTests'
suites+='|UserBackendTests|GraphShapeTests|PrefetcherContextTests|DataLoaderTests|RankTrainingTests'
suites+='|TrainerRanksTests'
readonly filter=${1:-$suites}
readonly package=${FLEDGE_PACKAGE:-.}
log=$(mktemp)
guarded=$(mktemp)
readonly log guarded
trap 'rm -f "$log" "$guarded"' EXIT

code=66
if [ "$(uname -s)" = Linux ]; then
  code=0
  printf 'race:%s\n' MemoryPool LedgerAccount FledgeCore9Generator DrawTape >"$guarded"
fi
readonly code
# All races of a run are reported.
export TSAN_OPTIONS="halt_on_error=0 exitcode=$code suppressions=$guarded ${TSAN_OPTIONS:-}"
swift test --package-path "$package" --scratch-path "$package/.build-tsan" --sanitize=thread \
  --disable-xctest --filter "$filter" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

races=$(grep -c 'WARNING: ThreadSanitizer' "$log")
if [ "$races" -gt 0 ]; then
  printf '\nthread sanitizer: %s reports\n' "$races"
  grep 'SUMMARY: ThreadSanitizer' "$log" | sort | uniq -c | sort -rn
  [ "$code" -ne 0 ] && exit "$code"
fi
# A client that the sanitizer ends before its tests has found nothing either.
if ! grep -q 'Test run with [1-9]' "$log"; then
  printf '\nthread sanitizer: no test ran\n'
  [ "$status" -ne 0 ] && exit "$status"
  exit 1
fi
[ "$races" -eq 0 ] && printf '\nthread sanitizer: no reports\n'
exit "$status"
