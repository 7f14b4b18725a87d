#!/usr/bin/env bash
# A run that is killed (SIGKILL, and Ctrl-C) and resumed ends with the same bits as one that was
# not: weights, optimizer, generators and the losses of every step. Needs the release builds.
set -euo pipefail
cd "$(dirname "$0")/.."

train=$PWD/.build/release/train-gpt
scratch=$(mktemp -d)
readonly train scratch
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

settings=(--steps 40 --save-every 10 --evaluate-every 20 --length 0 --context 32 --batch-size 4)
"$train" "${settings[@]}" --out whole >/dev/null 2>&1

# interrupted SIGNAL STATUS: the same run, ended by a signal soon after a checkpoint, then resumed.
interrupted() {
  local out=run-$1
  "$train" "${settings[@]}" --out "$out" >/dev/null 2>&1 &
  local child=$! status=0
  while [ ! -s "$out/checkpoint.safetensors" ]; do
    kill -0 $child 2>/dev/null || break
    sleep 0.02
  done
  kill -"$1" $child 2>/dev/null || true
  wait $child 2>/dev/null || status=$?
  if [ $status -ne "$2" ]; then
    echo "the run ended by SIG$1 has the exit status $status, not $2" >&2
    return 1
  fi
  "$train" --resume --save-every 10 --evaluate-every 20 --length 0 --out "$out" >/dev/null 2>&1
  cmp whole/checkpoint.safetensors "$out/checkpoint.safetensors"
  python3 - whole "$out" <<'END'
import json, sys
def losses(folder):
    events = [json.loads(line) for line in open(f"{folder}/metrics.jsonl")]
    return [(e["event"], e.get("step"), e.get("loss"), e.get("val_loss")) for e in events]
whole, parts = map(losses, sys.argv[1:])
assert whole == parts, next((a, b) for a, b in zip(whole, parts) if a != b)
assert sum(e[0] == "step" for e in whole) == 40
END
  echo "ended by SIG$1 and resumed: the same bits"
}

interrupted KILL 137
interrupted INT 130
