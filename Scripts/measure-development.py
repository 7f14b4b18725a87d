#!/usr/bin/env python3
"""How long someone who works on Fledge waits: builds, one test, the first step of a training.

    measure-development.py [--only NAMES] [--rounds N] [--python PYTHON] [--out docs]

Builds go to a folder of their own, so that those of the checkout stay; the file that is changed gets
its text back. Give it a quiet machine. Standard library only.
"""

import argparse
import datetime
import os
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks"))
from compare import machine  # noqa: E402

SCRATCH = os.path.join(ROOT, ".build", "waiting")
PEERS = os.path.join(ROOT, ".build", "peers", "bin", "python")
OPERATION = "Sources/FledgeCore/Ops/Elementwise/GELU.swift"
TEST = "ViewTests"
WORKLOAD = "gpt-char"


def swift(*arguments):
    """Runs a swift command in the scratch folder and returns its seconds."""
    command = ["swift", arguments[0], "--scratch-path", SCRATCH, *arguments[1:]]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return seconds


class Changed:
    """A file with other text, for as long as the block runs; its own text comes back. The text is code:
    compilers are quick to see that a comment changes nothing."""

    def __init__(self, change):
        self.path = os.path.join(ROOT, OPERATION)
        self.change = change

    def __enter__(self):
        with open(self.path, encoding="utf-8") as file:
            self.text = file.read()
        changed = self.change(self.text)
        if changed == self.text:
            sys.exit(f"{OPERATION} is not what this script expects")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(changed)

    def __exit__(self, *_):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.text)


def another_constant(round_number):
    """What a function computes: only this file is compiled, and the programs are linked."""
    return lambda text: text.replace("cubic = 0.044715\n", f"cubic = 0.044715 + 0 * {round_number}.5\n")


def another_declaration(round_number):
    """What the module declares: whatever imports it is compiled again."""
    return lambda text: text + f"private func added{round_number}() -> Int {{ {round_number} }}\n"


# MARK: What is measured: each yields seconds, one a round.


def clean_release_build(rounds, _):
    for _ in range(rounds):
        shutil.rmtree(SCRATCH, ignore_errors=True)
        # Not what is measured: fetching the one dependency.
        swift("package", "resolve")
        yield swift("build", "-c", "release")


def build_after(change):
    def measure(rounds, _):
        swift("build")
        for round_number in range(rounds):
            with Changed(change(round_number)):
                yield swift("build")

    return measure


def one_test(rounds, _):
    swift("build", "--build-tests")
    for _ in range(rounds):
        yield swift("test", "--disable-xctest", "--filter", TEST)


def one_test_after(change):
    def measure(rounds, _):
        swift("build", "--build-tests")
        for round_number in range(rounds):
            with Changed(change(round_number)):
                yield swift("test", "--disable-xctest", "--filter", TEST)

    return measure


def first_step(rounds, _):
    swift("build", "-c", "release", "--product", "bench")
    bench = os.path.join(SCRATCH, "release", "bench")
    yield from first_steps([bench], rounds)


def first_step_of_pytorch(rounds, python):
    if python:
        peer = os.path.join(ROOT, "Benchmarks", "peers", "pytorch.py")
        yield from first_steps([python, peer], rounds)


def first_steps(command, rounds):
    """Seconds from the start of a process to the end of its first training step."""
    for _ in range(max(rounds, 5)):
        start = time.perf_counter()
        with subprocess.Popen([*command, "--first-step", "--filter", WORKLOAD],
                              stdout=subprocess.PIPE, text=True) as child:
            if child.stdout.readline().strip() != "first step":
                sys.exit(f"{' '.join(command)} made no first step of {WORKLOAD}")
            yield time.perf_counter() - start


MEASURES = {
    "release": ("`swift build -c release` of a clean checkout", None, clean_release_build),
    "change": (f"`swift build` after a change inside one operation ({OPERATION})", None,
               build_after(another_constant)),
    "declaration": ("`swift build` after a new declaration beside it", None,
                    build_after(another_declaration)),
    "test": (f"`swift test --filter {TEST}`, nothing changed", 15, one_test),
    "change-test": ("the same after a change inside one operation", 15,
                    one_test_after(another_constant)),
    "declaration-test": ("the same after a new declaration beside it", None,
                         one_test_after(another_declaration)),
    "first-step": (f"the first step of {WORKLOAD}, from the start of its process", None,
                   first_step),
    "first-step-pytorch": ("the same in PyTorch (eager)", None, first_step_of_pytorch),
}
HEADINGS = ["what", "median s", "min – max", "runs", "goal"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MEASURES),
                        help=f"comma separated, of {', '.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", help="a Python that has PyTorch (that of `make bench`)",
                        default=PEERS if os.path.exists(PEERS) else None)
    parser.add_argument("--out", help="the folder for waiting.md")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"nothing is called {', '.join(unknown)}")

    rows = []
    for name in names:
        what, goal, measure = MEASURES[name]
        seconds = list(measure(options.rounds, options.python))
        if not seconds:
            continue
        rows.append([
            what, f"{statistics.median(seconds):.3g}", f"{min(seconds):.3g} – {max(seconds):.3g}",
            f"{len(seconds)}", f"below {goal}" if goal else "",
        ])
        print(": ".join([name, ", ".join(rows[-1][1:4])]), flush=True)

    table = "\n".join(
        "| " + " | ".join(row) + " |" for row in [HEADINGS, ["---"] * len(HEADINGS), *rows])
    page = (
        "# Build and start-up times\n\n"
        f"Written by `make waiting` on {datetime.date.today()}; {machine()}. Debug builds unless "
        f"a row says `-c release`.\n\n{table}\n"
    )
    print("\n" + page)
    if options.out:
        with open(os.path.join(options.out, "waiting.md"), "w", encoding="utf-8") as file:
            file.write(page)


if __name__ == "__main__":
    main()
