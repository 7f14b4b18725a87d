#!/usr/bin/env bash
# A run that is killed (SIGKILL, and Ctrl-C) and resumed ends with the same bits as one that was
# not: weights, optimizer, generators and the losses of every step. Needs the release builds.
set -euo pipefail
cd "$(dirname "$0")/.."

binaries=$PWD/.build/release
scratch=$(mktemp -d)
readonly binaries scratch
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# settings EXAMPLE: what is said again when a run goes on.
settings() {
  if [ "$1" = gpt ]; then echo --save-every 10 --evaluate-every 20 --length 0; fi
}

# begin EXAMPLE FOLDER: a new run.
begin() {
  local run="--epochs 3 --batch-size 500"
  if [ "$1" = gpt ]; then run="--steps 40 --context 32 --batch-size 4"; fi
  # shellcheck disable=SC2046,SC2086
  exec "$binaries/train-$1" $run $(settings "$1") --out "$2" >/dev/null 2>stderr
}

# interrupted EXAMPLE SIGNAL STATUS: the same run, ended by a signal soon after a checkpoint, then
# resumed.
interrupted() {
  local out=$1-$2
  begin "$1" "$out" &
  local child=$! status=0
  while [ ! -s "$out/checkpoint.safetensors" ]; do
    kill -0 $child 2>/dev/null || break
    sleep 0.02
  done
  kill -"$2" $child 2>/dev/null || true
  wait $child 2>/dev/null || status=$?
  if [ $status -ne "$3" ]; then
    echo "train-$1 ended by SIG$2 has the exit status $status, not $3" >&2
    return 1
  fi
  if [ "$2" = INT ] && ! grep -q -- "--resume --out $out" stderr; then
    echo "train-$1 does not say how to go on" >&2
    return 1
  fi
  # shellcheck disable=SC2046
  "$binaries/train-$1" --resume $(settings "$1") --out "$out" >/dev/null 2>&1
  cmp "$1/checkpoint.safetensors" "$out/checkpoint.safetensors"
  python3 - "$1" "$out" <<'END'
import json, sys
def losses(folder):
    events = [json.loads(line) for line in open(f"{folder}/metrics.jsonl")]
    keys = ["event", "step", "epoch", "loss", "val_loss", "test_accuracy"]
    return [[e.get(key) for key in keys] for e in events]
whole, parts = map(losses, sys.argv[1:])
assert whole == parts, next((a, b) for a, b in zip(whole, parts) if a != b)
assert sum(e[0] == "step" for e in whole) in (40, 60)
END
  echo "train-$1 ended by SIG$2 and resumed: the same bits"
}

for example in gpt resnet; do
  (begin $example $example)
  interrupted $example KILL 137
  interrupted $example INT 130
done
