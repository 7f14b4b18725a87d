#!/usr/bin/env bash
# Builds the library's documentation with the toolchain's docc, offline: a page for each public
# symbol, all modules in one archive, with links between them. A link that leads nowhere is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly out=.build/docs

rm -rf "$out"
mkdir -p "$out"
graphs=$(mktemp -d)
readonly graphs
trap 'rm -rf "$graphs"' EXIT
modules=$(Scripts/symbol-graphs.sh "$graphs")

# quiet COMMAND…: shows what the command says only if it fails: docc prints empty lines.
quiet() {
  "$@" > "$graphs/log" 2>&1 || {
    cat "$graphs/log" >&2
    return 1
  }
}

# On a Mac it is in no path.
command -v docc > /dev/null || docc() { xcrun docc "$@"; }

archives=()
dependencies=()
for module in $modules; do
  quiet docc convert --additional-symbol-graph-dir "$graphs/$module" \
    --fallback-display-name "$module" --fallback-bundle-identifier "fledge.$module" \
    --fallback-default-module-kind Library --output-path "$graphs/$module.doccarchive" \
    --enable-experimental-external-link-support ${dependencies[@]+"${dependencies[@]}"} \
    --disable-parameters-and-returns-validation --warnings-as-errors
  archives+=("$graphs/$module.doccarchive")
  dependencies+=(--dependency "$graphs/$module.doccarchive")
done
quiet docc merge "${archives[@]}" --synthesized-landing-page-name Fledge \
  --synthesized-landing-page-kind Package --output-path "$out/Fledge.doccarchive"

cat <<TEXT
The documentation is in $out/Fledge.doccarchive. To read it:
  python3 -m http.server --directory $out/Fledge.doccarchive 8000
and open http://localhost:8000/documentation
TEXT
