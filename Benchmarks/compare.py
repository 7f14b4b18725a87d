#!/usr/bin/env python3
"""Fledge beside PyTorch: each workload in two or three processes that take turns.

Shared machines are noisy: what counts is the ratio of two measurements taken one after the other,
and the median of several such pairs. Writes a Markdown page and an SVG chart of the same numbers.
Standard library only; `make bench` prepares the binaries and PyTorch.
"""

import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from chart import bar_chart  # noqa: E402

JAX_PEER = os.path.join(HERE, "peers", "jax_peer.py")
# What each row is to reach: PyTorch's time over ours.
GOALS = {
    "tiny-ops": 10, "mlp-tiny": 12, "mlp-mnist": 1.8, "cnn-mnist": 1.6, "lstm": 1.6,
    "gpt-char": 1.7, "gpt-mid": 1.4, "gpt2-124m": 1.3,
    "gelu": 1.5, "softmax": 1.5, "layernorm": 1.5, "exp": 1.5, "add": 1.0, "sum": 1.0,
    "attention-long": 1.3,
}
TRAINING = [
    "mlp-tiny", "mlp-mnist", "cnn-mnist", "lstm", "gpt-char", "gpt-mid", "gpt2-124m",
]
# Peak resident bytes of these over PyTorch's, and how much faster two threads make them.
MEMORY_GOAL, MEMORY = 0.7, ["gpt-char", "gpt-mid", "gpt2-124m"]
THREAD_GOALS = {"gpt-mid": 1.8}


class Process:
    """A benchmark process that measures once for each line it is sent."""

    def __init__(self, command, options):
        self.child = subprocess.Popen(
            [*command, "--paced", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )
        if self.child.stdout.readline().strip() != "ready":
            self.child.kill()
            raise RuntimeError(f"{' '.join(command)} could not prepare {' '.join(options)}")

    def measure(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError("a benchmark process ended before its time")
        return json.loads(line)

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def compare(name, commands, threads, rounds, seconds):
    """Measurements by who made them, `rounds` each, in turns."""
    options = ["--filter", name, "--threads", str(threads), "--seconds", str(seconds)]
    processes = {}
    try:
        for who, command in commands.items():
            try:
                processes[who] = Process(command, options)
            except RuntimeError as error:
                print(f"  {error}", file=sys.stderr)
        result = {who: [] for who in processes}
        for turn in range(rounds):
            # Who goes first changes, so that no one always meets the other's warm caches.
            order = list(processes) if turn % 2 == 0 else list(reversed(processes))
            for who in order:
                result[who].append(processes[who].measure())
        return result
    finally:
        for process in processes.values():
            process.end()


def row(name, threads, measured, limits):
    """One line of the table."""
    ours = measured["fledge"]
    result = {"workload": name, "threads": threads, "goal": goal(name)}
    result["median_ms"] = statistics.median(m["median_ms"] for m in ours)
    result["peak_mb"] = max(m["peak_bytes"] for m in ours) / 1e6
    if "jax" in measured:
        pairs = zip(measured["jax"], ours)
        result["jax_ratio"] = statistics.median(j["median_ms"] / o["median_ms"] for j, o in pairs)
    peers = {who: ms for who, ms in measured.items() if who.startswith("pytorch")}
    for who, measurements in peers.items():
        result[who + "_ms"] = statistics.median(m["median_ms"] for m in measurements)
        result[who + "_peak_mb"] = max(m["peak_bytes"] for m in measurements) / 1e6
    if peers:
        best = min(peers, key=lambda who: result[who + "_ms"])
        ratios = [p["median_ms"] / o["median_ms"] for p, o in zip(peers[best], ours)]
        result |= {
            "best": best, "best_ms": result[best + "_ms"],
            "best_peak_mb": result[best + "_peak_mb"],
            # Against the mode that needs less, which need not be the fast one.
            "memory_ratio": result["peak_mb"] / min(result[who + "_peak_mb"] for who in peers),
            "ratio": statistics.median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios),
        }
    if limits and "flop" in ours[0]:
        rate = ours[0]["flop"] / result["median_ms"] / 1e6
        result["share"] = rate / limits["gflops"]
    elif limits and "bytes" in ours[0]:
        rate = ours[0]["bytes"] / result["median_ms"] / 1e6
        result["share"] = rate / limits["gbytes"]
    return result


def goal(name):
    return GOALS.get(name, 1.0 if name.startswith("sgemm") else None)


def limits_of(bench, threads):
    """The machine's peak sgemm rate and copy rate, as `bench` reaches them."""
    result = {}
    for name, key in (("peak-sgemm", "gflops"), ("peak-copy", "gbytes")):
        process = Process([bench], ["--filter", name, "--threads", str(threads), "--seconds", "1"])
        best = min((process.measure() for _ in range(3)), key=lambda m: m["min_ms"])
        process.end()
        result[key] = best.get("flop", best.get("bytes")) / best["min_ms"] / 1e6
    return result


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


# MARK: Writing

HEADINGS = [
    "workload", "Fledge ms", "PyTorch ms", "mode", "ratio", "min – max", "goal", "of the limit",
    "peak MB", "PyTorch MB",
]


def cells(r):
    share = f"{r['share']:.0%}" if "share" in r else ""
    reach = f"{r['goal']:g}" if r["goal"] else ""
    if "ratio" not in r:
        return [r["workload"], f"{r['median_ms']:.4g}", "", "", "", "", reach, share,
                f"{r['peak_mb']:.0f}", ""]
    return [
        r["workload"], f"{r['median_ms']:.4g}", f"{r['best_ms']:.4g}",
        r["best"].removeprefix("pytorch-"), f"{r['ratio']:.2f}",
        f"{r['ratio_min']:.2f} – {r['ratio_max']:.2f}", reach, share, f"{r['peak_mb']:.0f}",
        f"{r['best_peak_mb']:.0f}",
    ]


def summary(rows):
    training = [r["ratio"] for r in rows if r["workload"] in TRAINING and "ratio" in r]
    lines = []
    if training:
        lines.append(
            f"Geometric mean over {len(training)} training workloads: "
            f"{geometric_mean(training):.2f}."
        )
    short = [r for r in rows if r["goal"] and "ratio" in r and r["ratio"] < r["goal"]]
    if short:
        names = ", ".join(f"{r['workload']} ({r['ratio']:.2f} of {r['goal']:g})" for r in short)
        lines.append(f"Short of their goal: {names}.")
    memory = [r for r in rows if r["workload"] in MEMORY and "memory_ratio" in r]
    if memory:
        names = ", ".join(f"{r['workload']} {r['memory_ratio']:.2f}" for r in memory)
        lines.append(
            f"Peak memory over that of PyTorch's thriftier mode: {names} (goal: at most "
            f"{MEMORY_GOAL:g})."
        )
    if jax := [f"{r['workload']} {r['jax_ratio']:.2f}" for r in rows if "jax_ratio" in r]:
        lines.append(f"JAX's time over Fledge's: {', '.join(jax)}.")
    return lines


def thread_lines(sections):
    """How much faster each training workload is with the most threads than with one."""
    times = {
        threads: {r["workload"]: r["median_ms"] for r in rows} for threads, _, rows in sections
    }
    most = max(times)
    if 1 not in times or most == 1:
        return []
    lines = []
    for name in TRAINING:
        if name in times[1] and name in times[most]:
            gain = times[1][name] / times[most][name]
            goal = f" (goal: {THREAD_GOALS[name]:g}×)" if name in THREAD_GOALS else ""
            lines.append(f"{name}: {most} threads over 1: {gain:.2f}×{goal}")
    return lines


def machine():
    name = platform.processor() or platform.machine()
    try:
        for line in open("/proc/cpuinfo", encoding="utf-8"):
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def page(sections, peer, command):
    lines = [
        "# How fast Fledge is", "",
        f"Written by `{command}` on {datetime.date.today()}; {machine()}; beside {peer}.", "",
        "Both run the same work in processes that take turns; a ratio is PyTorch's time (the",
        "better of eager and `torch.compile`) over Fledge's in one turn, and the table shows the",
        "median, the smallest and the largest of them. *Of the limit* is the share of the",
        "machine's own peak (matrix products: the fastest sgemm; others: the fastest copy)",
        "measured in the same run. Peak MB is the process's largest resident size.", "",
        "![PyTorch's time over Fledge's](images/benchmarks.svg)", "",
    ]
    for threads, limits, rows in sections:
        lines += [
            f"## {threads} thread{'s' if threads > 1 else ''}", "",
            f"Limits: {limits['gflops']:.0f} GFLOP/s, {limits['gbytes']:.1f} GB/s.", "",
            "| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS),
        ]
        lines += ["| " + " | ".join(cells(r)) + " |" for r in rows]
        lines += ["", *summary(rows), ""]
    if gains := thread_lines(sections):
        lines += ["## More threads", "", *(f"- {line}" for line in gains), ""]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="the bench executable")
    parser.add_argument("--python", help="a Python that has PyTorch; without it ours runs alone")
    parser.add_argument("--jax", metavar="PYTHON", help="a Python that has JAX, for a few rows")
    parser.add_argument("--filter", default="*", help="names, comma separated; * is anything")
    parser.add_argument("--threads", default=f"{os.cpu_count()},1", help="counts, comma separated")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of one measurement")
    parser.add_argument("--out", help="the folder for benchmarks.md, images/benchmarks.svg")
    parser.add_argument("--json", help="a file for all rows as JSON lines")
    options = parser.parse_args()

    listed = subprocess.run(
        [options.bench, "--list", "--filter", options.filter], check=True, text=True,
        stdout=subprocess.PIPE,
    ).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    names = [name for name in names if not name.startswith("peak-")]

    peer = "no other framework"
    if options.python:
        version = subprocess.run(
            [options.python, "-c", "import torch; print(torch.__version__)"], check=True,
            text=True, stdout=subprocess.PIPE,
        ).stdout.strip()
        peer = f"PyTorch {version}"
    jax_names = []
    if options.jax:
        jax_names = subprocess.run(
            [options.jax, JAX_PEER, "--list"], check=True, text=True, stdout=subprocess.PIPE
        ).stdout.split()
    print(f"{machine()}; beside {peer}", flush=True)

    sections = []
    widths = [20, 11, 11, 8, 7, 14, 6, 13, 9, 11]
    for threads in map(int, options.threads.split(",")):
        limits = limits_of(options.bench, threads)
        print(f"\n{threads} thread(s): peak sgemm {limits['gflops']:.0f} GFLOP/s, "
              f"copy {limits['gbytes']:.1f} GB/s")
        print("".join(h.rjust(w) if i else h.ljust(w)
                      for i, (h, w) in enumerate(zip(HEADINGS, widths))), flush=True)
        rows = []
        for name in names:
            commands = {"fledge": [options.bench]}
            if options.python:
                torch = [options.python, os.path.join(HERE, "peers", "pytorch.py")]
                commands["pytorch-eager"] = torch
                # A lone product is the same library call compiled or not.
                if not name.startswith("sgemm"):
                    commands["pytorch-compile"] = [*torch, "--mode", "compile"]
            if options.jax and name in jax_names:
                commands["jax"] = [options.jax, JAX_PEER]
            measured = compare(name, commands, threads, options.rounds, options.seconds)
            rows.append(row(name, threads, measured, limits))
            print("".join(c.rjust(w) if i else c.ljust(w)
                          for i, (c, w) in enumerate(zip(cells(rows[-1]), widths))), flush=True)
        for line in summary(rows):
            print(line)
        sections.append((threads, limits, rows))
    for line in thread_lines(sections):
        print(line)

    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            for _, _, rows in sections:
                file.writelines(json.dumps(r) + "\n" for r in rows)
    if options.out:
        os.makedirs(os.path.join(options.out, "images"), exist_ok=True)
        with open(os.path.join(options.out, "benchmarks.md"), "w", encoding="utf-8") as file:
            given = [
                f"--{name} {value}" for name, value in vars(options).items()
                if name in ("filter", "threads", "rounds", "seconds")
                and value != parser.get_default(name)
            ]
            command = " ".join(["Scripts/bench.sh", *given]) if given else "make bench"
            file.write(page(sections, peer, command))
        with open(
            os.path.join(options.out, "images", "benchmarks.svg"), "w", encoding="utf-8"
        ) as file:
            file.write(bar_chart(sections))
        print(f"\nwrote {options.out}/benchmarks.md and {options.out}/images/benchmarks.svg")


if __name__ == "__main__":
    main()
