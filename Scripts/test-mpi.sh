#!/usr/bin/env bash
# Ranks as processes: installs Open MPI where it is missing, builds with the trait MPI (into a build
# folder of its own), runs the checks of ranks under mpirun, and lets ranks fail in several ways to see
# that the others end within seconds with one line that says why.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly ranks=${1:-4}
readonly configuration=${FLEDGE_CONFIGURATION:-debug}

if ! command -v mpirun >/dev/null 2>&1 || ! pkg-config --exists ompi-c 2>/dev/null; then
  if ! command -v apt-get >/dev/null 2>&1; then
    echo "test-mpi: Open MPI is missing: install it with its headers (macOS: brew install open-mpi)" >&2
    exit 1
  fi
  sudo=
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  echo "test-mpi: installing openmpi-bin libopenmpi-dev with apt-get${sudo:+ (through sudo)}"
  install() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
      --no-install-recommends openmpi-bin libopenmpi-dev >/dev/null
  }
  install 2>/dev/null || { $sudo apt-get update --quiet=2 && install; }
fi

echo "test-mpi: building check-ranks and train-mlp with the trait MPI ($configuration)"
build() {
  swift build --quiet --traits MPI --scratch-path .build-mpi -c "$configuration" "$@"
}
build --product check-ranks
build --product train-mlp
bin=$(build --show-bin-path)
readonly bin

scratch=$(mktemp -d)
readonly scratch
trap 'rm -rf "$scratch"' EXIT

# Root and more ranks than cores are refused by default. Waiting ranks give the core away.
flags=(--oversubscribe --mca mpi_yield_when_idle 1)
[ "$(id -u)" -ne 0 ] || flags+=(--allow-run-as-root)

for n in 2 3 "$ranks"; do
  echo "test-mpi: the checks on $n processes"
  timeout 300 mpirun "${flags[@]}" -n "$n" "$bin/check-ranks" > "$scratch/checks" 2>&1 || {
    cat "$scratch/checks"
    exit 1
  }
  tail -n 1 "$scratch/checks"
done

# fails KIND TEXT…: a run in which rank 1 goes must end within 20 seconds, not well, with this line.
fails() {
  local kind=$1 code=0 begin=$SECONDS
  shift
  timeout 60 mpirun "${flags[@]}" -n "$ranks" "$bin/check-ranks" --failure "$kind" \
    > "$scratch/$kind" 2>&1 || code=$?
  local seconds=$((SECONDS - begin))
  if [ $code -eq 0 ] || [ $code -eq 124 ] || [ $seconds -gt 20 ] || ! grep -q "$@" "$scratch/$kind"; then
    echo "test-mpi: a rank that fails by $kind: exit code $code after $seconds s, expected: $*" >&2
    cat "$scratch/$kind" >&2
    exit 1
  fi
  echo "test-mpi: $kind: ended after $seconds s: $(grep -m 1 "$@" "$scratch/$kind")"
}
fails throwing "rank 1 has failed: no more data"
fails mismatch "waited for rank .* in .*, but rank .* is in "
fails hanging "waited for rank [0-9]* in all-reduce 1 of world .* for 3 s and gave up"
fails ending "rank 1 has ended without it"
fails killed "rank 1 .* exited on signal 9"

# One that only takes its time, longer than the deadline of 3 s, is waited for.
timeout 60 mpirun "${flags[@]}" -n "$ranks" "$bin/check-ranks" --slow
echo "test-mpi: a rank that is slow at its end is waited for"

# An example as processes is the same training as its ranks as threads.
run() {
  local out=$1 count=$2
  shift 2
  "$@" "$bin/train-mlp" --dataset moons --epochs 2 --strategy zero3 --json --ranks "$count" \
    --out "$scratch/$out" \
    > "$scratch/$out.jsonl" 2> "$scratch/$out.log" || {
    cat "$scratch/$out.log" >&2
    return 1
  }
}
run processes 1 mpirun "${flags[@]}" -n "$ranks"
run threads "$ranks" env
python3 - "$scratch/processes.jsonl" "$scratch/threads.jsonl" <<'END'
import json, sys

runs = [[json.loads(line) for line in open(path, encoding="utf-8")] for path in sys.argv[1:]]
for event in runs[0] + runs[1]:
    event.pop("seconds", None)
assert runs[0] and runs[0] == runs[1], f"as processes {runs[0][-1:]}, as threads {runs[1][-1:]}"
print("test-mpi: train-mlp as processes and as threads:", json.dumps(runs[0][-1]))
END
echo "test-mpi: the checks on two hosts"
Scripts/check-two-hosts.sh "$bin/check-ranks"
echo "test-mpi: passed"
