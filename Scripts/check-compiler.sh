#!/usr/bin/env bash
# What a user's compiler says and how long it takes: PyTorch's names and operators that Fledge has
# otherwise are answered with the ones to use (compiler/WrongNames.swift), and the type checker finds
# its way through long expressions without a long search (Tests/FledgeTests/OperatorExpressions.swift).
set -euo pipefail
cd "$(dirname "$0")/.."

# How many partial solutions the type checker may try; 5,600 when it was measured. The number is the
# same on every machine. One overload too many makes it millions.
readonly largest_search=20000

swift build --quiet --target Fledge
build=$(swift build --show-bin-path)
scratch=$(mktemp -d)
readonly build scratch
trap 'rm -rf "$scratch"' EXIT

flags=(
  -typecheck -swift-version 6 -I "$build/Modules" -I Sources/COpenBLAS -I Sources/CZlib
  -Xcc "-fmodule-map-file=$build/CKernels.build/module.modulemap" -module-name Client
)
for word in $(pkg-config --cflags openblas zlib); do flags+=(-Xcc "$word"); done
if [ "$(uname)" = Darwin ]; then flags+=(-sdk "$(xcrun --show-sdk-path)"); fi

# Every `expected-error` must come, at its line, and no other. What the compiler adds about places in
# Fledge's own sources is not looked at.
swiftc -frontend -verify -verify-ignore-unknown -verify-ignore-unrelated "${flags[@]}" \
  Scripts/compiler/WrongNames.swift

swiftc -frontend -stats-output-dir "$scratch" "${flags[@]}" \
  Tests/FledgeTests/OperatorExpressions.swift
python3 - "$scratch" "$largest_search" <<'PYTHON'
import json, pathlib, sys

scratch, largest = sys.argv[1:]
numbers = {}
for path in pathlib.Path(scratch).glob("*.json"):
    numbers.update(json.loads(path.read_text()))
searches = [v for k, v in numbers.items() if k.endswith("NumConstraintScopes")]
if not searches:
    sys.exit("check-compiler: the compiler did not say how far it searched")
print(f"{int(sum(searches))} partial solutions for the expressions of operators")
if sum(searches) > int(largest):
    sys.exit(f"check-compiler: more than {largest}: an overload makes expressions slow to compile")
PYTHON
