#!/usr/bin/env python3
"""How long a learner waits from a save to the verdict, with `learn` watching.

    measure-verdict.py [--rounds N] [EXERCISE …]

Makes a workspace of its own, puts in solutions, and saves each file anew while the runner watches it.
Needs the debug build of `learn`; give it a quiet machine. Standard library only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LEARN = os.path.join(ROOT, ".build", "debug", "learn")


def learn(workspace, *arguments):
    """Runs a command of the runner and returns what it prints."""
    done = subprocess.run([LEARN, *arguments, "--workspace", workspace], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return done.stdout


def until_verdict(watch):
    """Reads what the runner prints up to the end of a verdict; returns its lines."""
    lines = []
    for line in watch.stdout:
        lines.append(line.rstrip())
        if "s to compile" in line:
            return lines
    raise SystemExit("the runner ended: " + "\n".join(lines))


def saves(exercise, workspace, rounds):
    """Lines of the file, and the seconds from each save of the solution to its verdict."""
    row = next(row for chapter in json.loads(learn(workspace, "list", "--json"))["chapters"]
               for row in chapter["exercises"] if row["id"] == exercise)
    learn(workspace, "solution", exercise)
    solution = learn(workspace, "solution", exercise)
    learn(workspace, "next", exercise)
    watch = subprocess.Popen([LEARN, "watch", "--workspace", workspace], stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, text=True)
    try:
        until_verdict(watch)
        seconds = []
        for number in range(rounds):
            start = time.perf_counter()
            with open(row["file"], "w", encoding="utf-8") as file:
                file.write(f"{solution}// save {number}\n")
            verdict = until_verdict(watch)
            seconds.append(time.perf_counter() - start)
            if not any(f"{exercise} " in line and "passes" in line for line in verdict):
                sys.exit("\n".join(verdict))
            # It has moved on: back, which is a verdict of its own.
            learn(workspace, "next", exercise)
            until_verdict(watch)
    finally:
        watch.terminate()
        watch.wait()
    return solution.count("\n"), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", default=["1.1", "1.5", "4.4"])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = os.path.join(folder, "mine")
        learn(workspace, "init", workspace)
        for exercise in options.exercises:
            lines, seconds = saves(exercise, workspace, options.rounds)
            rounds = " ".join(f"{value:.2f}" for value in seconds)
            print(f"{exercise}: {lines} lines, median {statistics.median(seconds):.2f} s ({rounds})",
                  flush=True)


if __name__ == "__main__":
    main()
