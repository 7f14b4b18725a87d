#!/usr/bin/env bash
# Checks what a reader would stumble over: formatting, long files, leftovers, committed builds.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly longest=420
faults=0

# fault MESSAGE, and on standard input the places: reports them if there are any.
fault() {
  local places
  places=$(cat)
  [ -n "$places" ] || return 0
  printf 'lint: %s\n%s\n' "$1" "$places" >&2
  faults=1
}

paths=()
for path in Package.swift Sources Tests Examples Benchmarks; do
  [ -e "$path" ] && paths+=("$path")
done

swift format lint --strict --recursive --parallel "${paths[@]}" || faults=1

fault "files of more than $longest lines are two files" < <(
  find "${paths[@]}" Scripts -type f \
    \( -name '*.swift' -o -name '*.[ch]' -o -name '*.py' -o -name '*.sh' \) -exec wc -l {} + |
    awk -v longest="$longest" '$2 != "total" && $1 > longest { print "  " $2 ": " $1 " lines" }'
)

# Brackets, so that this line does not find itself.
fault "do it now, or write an issue" < <(
  grep -rnE 'TO[D]O|FIX[M]E' "${paths[@]}" Scripts Makefile .ci
)

# Tests run at the same time: a seed that one sets is another one's, unless it runs as a rank of its own.
fault "tests share the default generator: use withGenerator, or Group.seed within a rank" < <(
  grep -rnE '(^|[^.[:alnum:]_])seed\([0-9a-z]+\)' Tests --include='*Tests.swift' \
    --include=Training.swift --exclude=RankTests.swift
)

python3 Scripts/mutants.py --list > /dev/null || faults=1

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  fault "these must not be committed" < <(
    git ls-files | grep -E '(^|/)(\.build|\.swiftpm|Package\.resolved)(/|$)'
  )
fi

exit $faults
