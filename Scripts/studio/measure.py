"""Measures what docs/studio.md reports. Arguments: the build configuration, and the folder of MNIST's
files or none (then drawn digits are learned). Run it when the machine does nothing else:

    .build/studio-check/bin/python Scripts/studio/measure.py release [MNIST]
"""

import statistics
import subprocess
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


def load(studio, page):
    """Milliseconds until everything is there, and until it is painted; bytes in all."""
    complete, painted = [], []
    for _ in range(15):
        page.open(studio.address + "#/play")
        page.wait(lambda: page.all(".unit"), "no page")
        entry = page.script("""
            const [page] = performance.getEntriesByType("navigation");
            const all = performance.getEntriesByType("resource").filter((r) => !r.name.includes("/api/"));
            const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
            return [Math.max(page.loadEventEnd, ...all.map((r) => r.responseEnd)), paint]""")
        complete.append(entry[0])
        painted.append(entry[1])
    print(f"load: all files after {statistics.median(complete):.0f} ms, "
          f"painted after {statistics.median(painted):.0f} ms (medians of {len(complete)})")


def pictures(studio, page):
    page.open(studio.address + "#/play?dataset=spiral&hidden=8-8-4&learningRate=0.01")
    page.named("Train").click()
    time.sleep(2)
    first, start = page.script("return window.messages"), time.monotonic()
    time.sleep(6)
    count, seconds = page.script("return window.messages") - first, time.monotonic() - start
    page.named("Pause").click()
    print(f"playground: {count / seconds:.1f} pictures a second while it trains")


def seconds(studio, arguments):
    process, _ = studio.example("train-mlp", *arguments)
    start = time.monotonic()
    assert process.wait(timeout=120) == 0, process.stderr.read()
    return time.monotonic() - start


def overhead(studio, page, mnist):
    data = ["--mnist", mnist] if mnist else ["--dataset", "digits"]
    arguments = [*data, "--epochs", "30"]
    page.driver.get("about:blank")
    times = {"without --live": [], "--live, no page": [], "--live, page open": []}
    for _ in range(3):
        times["without --live"].append(seconds(studio, arguments))
        times["--live, no page"].append(seconds(studio, [*arguments, "--live"]))
        page.open(studio.address + "#/watch")
        page.one("main > *")
        times["--live, page open"].append(seconds(studio, [*arguments, "--live"]))
        cost = page.script("""return [...document.querySelectorAll(".facts div")].map((d) => d.textContent)""")
        page.driver.get("about:blank")
    best = {name: min(all) for name, all in times.items()}
    for name, value in best.items():
        print(f"{' '.join(arguments)}, {name}: {value:.2f} s "
              f"({100 * (value / best['without --live'] - 1):+.1f}%), of {[f'{t:.2f}' for t in times[name]]}")
    print("the page says:", cost)


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
