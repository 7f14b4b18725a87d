#!/usr/bin/env bash
# symbol-graphs.sh DIRECTORY: writes what is public in the library's modules as symbol graphs (JSON), a
# folder for each module, from a debug build. Prints the modules, those first that others depend on.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly out=$1

# The course's language depends on all of the library but for the floors that are products themselves.
swift build --quiet --target FledgeCourse
swift build --quiet --target FledgeInference
swift build --quiet --target FledgeCompiler
swift build --quiet --target FledgeDistributed
build=$(swift build --show-bin-path)
package=$(swift package describe --type json)
info=$(swift -print-target-info)

python3 - "$out" "$build" "$package" "$info" <<'PYTHON'
import json, os, pathlib, platform, subprocess, sys

out, build, package, info = sys.argv[1:]
package, info = json.loads(package), json.loads(info)
targets = {target["name"]: target for target in package["targets"]}

modules = []
def add(name):
    target = targets[name]
    for dependency in target.get("target_dependencies", []):
        add(dependency)
    if name not in modules:
        modules.append(name)
for product in package["products"]:
    if "library" in product["type"]:
        for name in product["targets"]:
            add(name)

flags = ["-I", f"{build}/Modules", "-target", info["target"]["triple"]]
if platform.system() == "Darwin":
    sdk = subprocess.run(["xcrun", "--show-sdk-path"], check=True, capture_output=True, text=True)
    flags += ["-sdk", sdk.stdout.strip()]
for name in modules:
    kind = targets[name]["module_type"]
    if kind == "ClangTarget":
        flags += ["-Xcc", f"-fmodule-map-file={build}/{name}.build/module.modulemap"]
    elif kind == "SystemLibraryTarget":
        flags += ["-I", targets[name]["path"]]

# The tools stand beside the compiler.
compiler = pathlib.Path(info["paths"]["runtimeResourcePath"]).parent.parent / "bin"
for name in modules:
    if targets[name]["module_type"] != "SwiftTarget":
        continue
    os.makedirs(f"{out}/{name}", exist_ok=True)
    subprocess.run(
        [compiler / "swift-symbolgraph-extract", "-module-name", name, "-output-dir",
         f"{out}/{name}", "-minimum-access-level", "public", "-skip-synthesized-members",
         "-emit-extension-block-symbols", *flags], check=True)
    print(name)
PYTHON
