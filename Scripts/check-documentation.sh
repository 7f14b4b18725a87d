#!/usr/bin/env bash
# Fails where a public symbol of the library has no documentation comment. Exempt is what has its
# documentation elsewhere: what implements a protocol's requirement, overrides, or is synthesized.
set -euo pipefail
cd "$(dirname "$0")/.."

graphs=$(mktemp -d)
readonly graphs
trap 'rm -rf "$graphs"' EXIT
Scripts/symbol-graphs.sh "$graphs" > /dev/null

python3 - "$graphs" "$PWD" <<'PYTHON'
import json, os, pathlib, sys

graphs, root = sys.argv[1:]
symbols, inherited = {}, set()
counts = {folder.name: 0 for folder in pathlib.Path(graphs).iterdir()}
for path in pathlib.Path(graphs).glob("*/*.symbols.json"):
    graph = json.loads(path.read_text())
    for relation in graph["relationships"]:
        if relation["kind"] == "overrides" or "sourceOrigin" in relation:
            inherited.add(relation["source"])
    for symbol in graph["symbols"]:
        if symbol["kind"]["identifier"] != "swift.extension":
            symbols[symbol["identifier"]["precise"]] = symbol
            counts[path.parent.name] += 1

# The door declares nothing itself.
empty = sorted(name for name, count in counts.items() if count == 0 and name != "Fledge")
if empty or not counts:
    sys.exit(f"no symbols found of {', '.join(empty) or 'any module'}: nothing was checked there")

def is_documented(symbol):
    lines = symbol.get("docComment", {}).get("lines", [])
    return any(line["text"].strip() for line in lines)

faults = []
for name, symbol in symbols.items():
    if is_documented(symbol) or name in inherited:
        continue
    location = symbol["location"]
    file = os.path.relpath(location["uri"].removeprefix("file://"), root)
    faults.append((file, location["position"]["line"] + 1, ".".join(symbol["pathComponents"])))
for file, line, name in sorted(faults):
    print(f"{file}:{line}: {name} has no documentation comment", file=sys.stderr)
print(f"{len(symbols)} public symbols, {len(faults)} without documentation")
sys.exit(1 if faults else 0)
PYTHON
