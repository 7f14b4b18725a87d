#!/usr/bin/env python3
"""Breaks the code in one place at a time and checks that the tests notice each time.

    mutants.py               all of them, in a copy of the tree under .build/mutants
    mutants.py --list        what there is, and whether each text is still in its file
    mutants.py --only NAME   one (or several) of them
    mutants.py --resume      go on after an interrupted run

The mutants stand in mutants_list.py. One that no test notices, or whose text is not in its file any
more, makes the exit status 1. Standard library only.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPY = os.path.join(ROOT, ".build", "mutants", "tree")
RESULTS = os.path.join(ROOT, ".build", "mutants", "results.json")
sys.path.insert(0, os.path.join(ROOT, "Scripts"))
from mutants_list import MUTANTS  # noqa: E402

# A mutant may loop for ever; that is noticed too.
TEST_SECONDS = 300


def run(*command, timeout=None):
    """(exit status, output) of a command in the copy; the status is None after a timeout."""
    child = subprocess.Popen(
        command, cwd=COPY, text=True, errors="replace", start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        output, _ = child.communicate(timeout=timeout)
        return child.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        # The tests run in a process group of their own.
        subprocess.run(["pkill", "-KILL", "-f", os.path.join(COPY, ".build")], check=False)
        child.communicate()
        return None, ""


def copy_tree():
    """Brings the copy to the state of the tree, leaving what did not change (and what was built)."""
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT,
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.split("\0")
    wanted = {f for f in files if f and os.path.isfile(os.path.join(ROOT, f))}
    for name in wanted:
        source, target = os.path.join(ROOT, name), os.path.join(COPY, name)
        text = open(source, "rb").read()
        if os.path.exists(target) and open(target, "rb").read() == text:
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
    for folder, folders, names in os.walk(COPY):
        folders[:] = [f for f in folders if f != ".build"]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), COPY)
            if path not in wanted and path != "Package.resolved":
                os.remove(os.path.join(COPY, path))


def build():
    return run("swift", "build", "--build-tests", "--quiet")


def test(names):
    return run(
        "swift", "test", "--quiet", "--skip-build", "--disable-xctest", "--filter", names,
        timeout=TEST_SECONDS,
    )


def noticed_by(output):
    """The first test that failed, for the table."""
    found = re.search(r"✘ Test (?:case )?(.+?)(?: with| recorded| failed|\()", output)
    return found.group(1).strip('"') if found else "the test process ended"


def occurrences(mutant, root):
    """How often a mutant's text stands in its file; it must be once."""
    path = os.path.join(root, mutant.file)
    return open(path, encoding="utf-8").read().count(mutant.old) if os.path.exists(path) else 0


def try_mutant(mutant):
    """(verdict, detail) of one mutant."""
    if (found := occurrences(mutant, COPY)) != 1:
        return "STALE", f"its text stands {found} times in {mutant.file}"
    path = os.path.join(COPY, mutant.file)
    original = open(path, encoding="utf-8").read()
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original.replace(mutant.old, mutant.new))
        status, output = build()
        if status != 0:
            errors = [line for line in output.splitlines() if "error:" in line]
            return "STALE", "does not build: " + (errors or output.splitlines() or [""])[0][:160]
        status, output = test(mutant.tests)
        if status == 0:
            return "SURVIVED", mutant.tests
        return "noticed", "timeout" if status is None else noticed_by(output)
    finally:
        with open(path, "w", encoding="utf-8") as file:
            file.write(original)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="list the mutants")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these mutants")
    parser.add_argument("--resume", action="store_true", help="keep the results there are")
    options = parser.parse_args()

    names = [m.name for m in MUTANTS]
    assert len(set(names)) == len(names), "two mutants have the same name"
    chosen = [m for m in MUTANTS if not options.only or m.name in options.only]
    if options.only and len(chosen) != len(set(options.only)):
        parser.error(f"unknown: {sorted(set(options.only) - set(names))}; see --list")
    if options.list:
        stale = 0
        for m in chosen:
            print(f"{m.name:34}{m.file}\n    {m.what}")
            if (found := occurrences(m, ROOT)) != 1:
                print(f"{m.name} is stale: its text stands {found} times in {m.file}", file=sys.stderr)
                stale = 1
        return stale

    os.makedirs(COPY, exist_ok=True)
    copy_tree()
    print("building and testing the tree as it is", flush=True)
    status, output = build()
    if status != 0:
        sys.exit(f"it does not build:\n{output}")
    for tests in sorted({m.tests for m in chosen}):
        status, output = test(tests)
        if status != 0 or re.search(r"\b0 tests", output):
            sys.exit(f"the tests '{tests}' do not pass as it is:\n{output[-2000:]}")

    results = {}
    if options.resume and os.path.exists(RESULTS):
        results = json.load(open(RESULTS, encoding="utf-8"))
    for i, mutant in enumerate(chosen, 1):
        if options.resume and results.get(mutant.name, [""])[0] == "noticed":
            continue
        start = time.monotonic()
        results[mutant.name] = try_mutant(mutant)
        verdict, detail = results[mutant.name]
        print(f"{i:3}/{len(chosen)} {verdict:9}{mutant.name:34}{detail} "
              f"({time.monotonic() - start:.0f} s)", flush=True)
        json.dump(results, open(RESULTS, "w", encoding="utf-8"), indent=1)

    wrong = [m for m in chosen if results[m.name][0] != "noticed"]
    print(f"\n{len(chosen) - len(wrong)} of {len(chosen)} mutants noticed")
    for m in wrong:
        print(f"  {results[m.name][0]}: {m.name}: {m.what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
