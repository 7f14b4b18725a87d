"""What the peers share: measuring as Benchmarks/bench does it, and the same command line."""

import argparse
import fnmatch
import json
import math
import resource
import statistics
import sys
import time


class Measurement:
    """A prepared workload, run until it is warm; `run` returns when the work is done."""

    def __init__(self, name, run):
        self.name, self.run = name, run
        self.run()
        single, start = math.inf, time.perf_counter()
        while True:
            single = min(single, self.seconds(1))
            if time.perf_counter() - start >= 0.2:
                break
        self.runs_per_sample = max(1, int(200e-6 / single))

    def seconds(self, runs):
        start = time.perf_counter()
        for _ in range(runs):
            self.run()
        return (time.perf_counter() - start) / runs

    def take(self, seconds, threads):
        samples, start = [], time.perf_counter()
        while len(samples) < 3 or time.perf_counter() - start < seconds:
            samples.append(self.seconds(self.runs_per_sample))
        scale = 1 if sys.platform == "darwin" else 1024
        return {
            "workload": self.name,
            "median_ms": statistics.median(samples) * 1e3,
            "min_ms": min(samples) * 1e3,
            "runs": len(samples) * self.runs_per_sample,
            "threads": threads,
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale,
        }


def parser(about):
    """The command line; a peer may add to it."""
    result = argparse.ArgumentParser(description=about)
    result.add_argument("--filter", default="*", help="names, comma separated; * is anything")
    result.add_argument("--threads", type=int)
    result.add_argument("--seconds", type=float, default=1.0)
    result.add_argument("--paced", action="store_true", help="measure once for each input line")
    result.add_argument("--first-step", action="store_true", help="run once, say so and end")
    result.add_argument("--list", action="store_true", help="print the names and end")
    return result


def measure(workloads, options, threads):
    """Does what the command line says. `workloads`: by name, what makes inputs and returns a run."""
    patterns = options.filter.split(",")
    names = [n for n in workloads if any(fnmatch.fnmatchcase(n, p) for p in patterns)]
    if not names:
        sys.exit(f"no workload is called '{options.filter}'")

    def prepared(name):
        return Measurement(name, workloads[name]())

    if options.list:
        print("\n".join(names))
    elif options.first_step:
        workloads[names[0]]()()
        print("first step", flush=True)
    elif options.paced:
        measurement = prepared(names[0])
        print("ready", flush=True)
        for _ in sys.stdin:
            print(json.dumps(measurement.take(options.seconds, threads)), flush=True)
    else:
        for name in names:
            print(json.dumps(prepared(name).take(options.seconds, threads)), flush=True)
