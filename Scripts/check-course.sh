#!/usr/bin/env bash
# Proves the course: the checks accept each solution and reject each stub and each mutant, all of it
# compiles as one program, milestones are reached and their controls are not. Then walks through a
# fresh workspace as a learner does.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build --product learn
learn=$(swift build --show-bin-path)/learn
readonly learn
"$learn" prove --milestones --quiet

scratch=$(mktemp -d)
readonly scratch
trap 'rm -rf "$scratch"' EXIT
export FLEDGE_WORKSPACE=$scratch/mine
cd "$scratch"

# expect STATUS COMMAND…: runs `learn COMMAND…` and holds its exit status against the one that is
# expected; what it printed is in `out`.
expect() {
  local wanted=$1 status=0
  shift
  "$learn" "$@" > out 2> err || status=$?
  if [ $status -ne "$wanted" ]; then
    echo "check-course: learn $*: exit status $status, not $wanted" >&2
    cat out err >&2
    exit 1
  fi
}

# says WORDS: the last command printed them.
says() {
  grep -qF -- "$1" out || { echo "check-course: '$1' is not in:" >&2; cat out >&2; exit 1; }
}

# json EXPRESSION: holds of the last command's standard output, as `x`.
json() {
  python3 -c "import json, sys; x = json.load(open('out')); sys.exit(0 if $1 else 1)" ||
    { echo "check-course: not so: $1" >&2; cat out >&2; exit 1; }
}

expect 2 status
expect 0 init "$FLEDGE_WORKSPACE"
expect 2 init "$FLEDGE_WORKSPACE"
expect 0 doctor
expect 0 list --json
json "x['passed'] == 0 and x['total'] == sum(len(c['exercises']) for c in x['chapters'])"
id=$(python3 -c "import json; print(json.load(open('out'))['chapters'][1]['exercises'][0]['id'])")
file=$(python3 -c "import json; print(json.load(open('out'))['chapters'][1]['exercises'][0]['file'])")
expect 0 next "$id"

# The stub fails, also when it is called by another name and from inside.
expect 1 test
says "not written yet"
says "Tested: your $id"
expect 1 test "$(basename "$file" .swift)" --json
json "x['passed'] is False and x['outcome'] == 'unwritten' and x['exercise'] == '$id'"
status=0
(cd "$FLEDGE_WORKSPACE/Exercises" && env -u FLEDGE_WORKSPACE "$learn" test "$id" > out) || status=$?
[ $status -eq 1 ] || { echo "check-course: from inside: exit status $status, not 1" >&2; exit 1; }

# What does not compile names the learner's file and line; an empty file passes nothing.
cp "$file" stub
{ cat stub; echo "let broken: Int = "; } > "$file"
expect 1 test "$id" --json
json "x['outcome'] == 'uncompiled' and x['errors'][0]['file'] == '$file'"
: > "$file"
expect 1 test "$id"
{ echo "import Foundation"; sed 's/unwritten()/exit(0)/' stub; } > "$file"
expect 1 test "$id"
says "this is no success"
cp stub "$file"

# Hints, then the solution to who asks twice; it passes, and the next exercise is current.
expect 0 hint "$id"
expect 0 hint "$id" --json
json "len(x['hints']) == 2 and not x['isLast']"
expect 1 solution "$id"
expect 0 solution "$id"
cp out "$file"
expect 0 test
says "passes"
expect 0 diff "$id"
expect 0 status --json
json "x['passed'] == 1 and x['current'] != '$id'"
# Who comes back to it stays there.
expect 0 next "$id"
expect 0 test
expect 0 status --json
json "x['current'] == '$id'"

# The learner's work survives updates; a reset keeps a copy.
echo "// mine" >> "$file"
expect 0 update
tail -1 "$file" | grep -q mine
expect 0 reset "$id" --yes
cmp stub "$file"
grep -q mine "$file.bak"
expect 0 status --json
json "x['passed'] == 0"

# A journal that cannot be understood is left as it is.
echo "{" > "$FLEDGE_WORKSPACE/learn.json"
expect 2 status
expect 2 update
[ "$(cat "$FLEDGE_WORKSPACE/learn.json")" = "{" ]
expect 1 doctor

expect 2 test 99.1
expect 2 unknown
echo "a walk through a fresh workspace: as it should be"
