#!/usr/bin/env bash
# Runs the tests of what happens on several threads under the thread sanitizer: ranks, the pool of
# threads, the pool of buffers, generators, checkpoints, data loaders. Builds in .build-tsan, which
# takes several minutes the first time.
#
#     Scripts/check-threads.sh [FILTER]     another regular expression of test names
#     FLEDGE_PACKAGE=DIR                    another package with the same tests
#
# Exit status: that of the tests, and 66 where the sanitizer has found a race.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

suites='RankTests|ThreadTests|PoolTests|MemoryTests|LedgerTests|GeneratorTests|CheckpointStateTests'
suites+='|UserBackendTests|GraphShapeTests|PrefetcherContextTests|DataLoaderTests|RankTrainingTests'
suites+='|TrainerRanksTests'
readonly filter=${1:-$suites}
readonly package=${FLEDGE_PACKAGE:-.}
log=$(mktemp)
readonly log
trap 'rm -f "$log"' EXIT

# All races of a run are reported, and each ends the run with a failure.
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 ${TSAN_OPTIONS:-}"
swift test --package-path "$package" --scratch-path "$package/.build-tsan" --sanitize=thread \
  --disable-xctest --filter "$filter" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

races=$(grep -c 'WARNING: ThreadSanitizer' "$log")
if [ "$races" -gt 0 ]; then
  printf '\nthread sanitizer: %s reports\n' "$races"
  grep 'SUMMARY: ThreadSanitizer' "$log" | sort | uniq -c | sort -rn
  exit 66
fi
# A client that the sanitizer ends before its tests has found nothing either.
if ! grep -q 'Test run with [1-9]' "$log"; then
  printf '\nthread sanitizer: no test ran\n'
  [ "$status" -ne 0 ] && exit "$status"
  exit 1
fi
printf '\nthread sanitizer: no reports\n'
exit "$status"
