#!/usr/bin/env bash
# Does what a Swift developer does who finds Fledge: a package of their own that depends on this
# one, with the example from the README as its program. It must build, run, and print a falling loss.
# The program then uses the seams of docs/design/seams.md, which must be public (client/Seams.swift).
set -euo pipefail
cd "$(dirname "$0")/.."
readonly checkout=$PWD

# Users build without our switches.
unset FLEDGE_WARNINGS_AS_ERRORS

package=$(mktemp -d)
readonly package
trap 'rm -rf "$package"' EXIT
mkdir -p "$package/Sources/consumer"

cat > "$package/Package.swift" <<END
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "consumer",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Fledge", path: "$checkout")],
  targets: [
    .executableTarget(
      name: "consumer", dependencies: [.product(name: "Fledge", package: "Fledge")])
  ]
)
END

# The first Swift block after the mark.
awk '
  /<!-- library-example -->/ { marked = 1 }
  marked && !inside && /^```swift/ { inside = 1; next }
  inside && /^```/ { exit }
  inside
' README.md > "$package/Sources/consumer/main.swift"
if [ ! -s "$package/Sources/consumer/main.swift" ]; then
  echo "check-library-use: README.md has no Swift block after <!-- library-example -->" >&2
  exit 1
fi
cp Scripts/client/Seams.swift "$package/Sources/consumer/"
echo "try useSeams()" >> "$package/Sources/consumer/main.swift"

swift build --quiet -c release --package-path "$package"
output=$(swift run --quiet -c release --package-path "$package" consumer)
printf '%s\n' "$output"

# The last number of each line that speaks of a loss.
printf '%s\n' "$output" | awk '
  tolower($0) ~ /loss/ && match($0, /[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?[^0-9]*$/) {
    last = substr($0, RSTART) + 0
    if (count++ == 0) first = last
  }
  END {
    if (count < 2) { print "check-library-use: fewer than two losses printed"; exit 1 }
    if (!(last < first)) { print "check-library-use: the loss went from " first " to " last; exit 1 }
  }
' >&2
