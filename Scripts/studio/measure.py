"""Measures what docs/studio.md reports. Arguments: the build configuration, and the folder of MNIST's
files or none (then drawn digits are learned). Run it when the machine does nothing else:

    .build/studio-check/bin/python Scripts/studio/measure.py release [MNIST]
"""

import json
import os
import pathlib
import statistics
import sys
import time

from browser import Page, Studio

COUNT = """
  window.messages = 0;
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(...rest) { super(...rest); this.addEventListener("message", (event) => { if (event.data.length > 9) window.messages++; }); }
  };
"""
LOADS = 15
PAIRS = 7


def load(studio, page):
    """Milliseconds until everything is there, and until it is painted."""
    complete, painted = [], []
    for _ in range(LOADS):
        page.open(studio.address + "#/play")
        page.wait(lambda: page.all(".unit") and page.script(
            "return performance.getEntriesByName('first-contentful-paint').length"), "no page")
        entry = page.script("""
            const [page] = performance.getEntriesByType("navigation");
            const all = performance.getEntriesByType("resource").filter((r) => !r.name.includes("/api/"));
            const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
            return [Math.max(page.loadEventEnd, ...all.map((r) => r.responseEnd)), paint]""")
        complete.append(entry[0])
        painted.append(entry[1])
    print(f"load: all files after {statistics.median(complete):.0f} ms "
          f"({min(complete):.0f} to {max(complete):.0f}), "
          f"painted after {statistics.median(painted):.0f} ms (medians of {LOADS})", flush=True)


def pictures(studio, page):
    page.open(studio.address + "#/play?dataset=spiral&hidden=8-8-4&learningRate=0.01")
    page.press("Train")
    time.sleep(2)
    first, start = page.script("return window.messages"), time.monotonic()
    time.sleep(6)
    count, seconds = page.script("return window.messages") - first, time.monotonic() - start
    page.press("Pause")
    print(f"playground: {count / seconds:.1f} pictures a second while it trains", flush=True)


def pin(process, core):
    """Keeps a process and all that it has started on one core."""
    for task in pathlib.Path(f"/proc/{process}/task").glob("*"):
        try:
            os.sched_setaffinity(int(task.name), {core})
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            pin(int(child), core)


def training(studio, arguments):
    """Microseconds of a step by the clock, and those for which its thread had the processor (the
    program's start and end included, which are the same for all)."""
    process, out = studio.example("train-mlp", *arguments)
    last = None
    clock = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/schedstat")
    os.sched_setaffinity(process.pid, {1})
    while process.poll() is None:
        # The training alone on core 1, its other threads with the browser and the studio on core 0.
        try:
            for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*"):
                if int(task.name) != process.pid:
                    os.sched_setaffinity(int(task.name), {0})
            last = int(clock.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            pass
        time.sleep(0.05)
    assert process.returncode == 0, process.stderr.read()
    metrics = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    steps = max(m.get("step", 0) for m in metrics)
    seconds = next(m["seconds"] for m in metrics if m["event"] == "final")
    return 1e6 * seconds / steps, last / 1e3 / steps


def overhead(studio, page, mnist):
    data = ["--mnist", mnist] if mnist else ["--dataset", "digits"]
    arguments = [*data, "--epochs", "24"]
    page.driver.get("about:blank")
    pin(studio.process.pid, 0)
    pin(page.driver.service.process.pid, 0)
    names = ["without --live", "--live, no page", "--live, a page open"]
    found = {name: [] for name in names}
    for _ in range(PAIRS):
        for name in names:
            if name.endswith("open"):
                page.open(studio.address + "#/watch")
                page.one("main > *")
                pin(page.driver.service.process.pid, 0)
            found[name].append(training(studio, arguments + (["--live"] if "--live," in name else [])))
            if name.endswith("open"):
                cost = page.script("return [...document.querySelectorAll('.facts div')].map((d) => d.textContent)")
                rate = page.script("return window.messages")
                page.driver.get("about:blank")
    for kind, index in (("by the clock", 0), ("of the training thread", 1)):
        for name in names:
            values = [one[index] for one in found[name]]
            ratios = [100 * (one[index] / alone[index] - 1)
                      for one, alone in zip(found[name], found[names[0]])]
            print(f"a step {kind}, {name}: {statistics.median(values):.0f} µs, "
                  f"{statistics.median(ratios):+.2f}% (median of {PAIRS} pairs: "
                  f"{', '.join(f'{r:+.1f}' for r in ratios)})", flush=True)
    print("the page says:", cost, rate, "messages")


def main():
    configuration, *rest = sys.argv[1:]
    studio = Studio(configuration)
    studio.environment["FLEDGE_THREADS"] = "1"
    page = Page()
    page.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COUNT})
    try:
        load(studio, page)
        pictures(studio, page)
        overhead(studio, page, rest[0] if rest else None)
    finally:
        page.end()
        studio.end()


main()
