#!/usr/bin/env python3
"""How Fledge's costs grow: runs `bench scaling` and writes docs/scaling.md with its pictures.

    scaling.py --bench .build/release/bench [--filter NAMES] [--seconds S] [--out docs] [--json FILE]

Standard library only; `make scaling` builds the binary.
"""

import argparse
import datetime
import json
import math
import os
import subprocess
import sys
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from compare import machine  # noqa: E402

def measure(bench, options):
    """The curves, one at a time."""
    for name in names(bench, options):
        command = [bench, "scaling", "--json", "--filter", name, "--seconds", str(options.seconds)]
        if options.threads:
            command += ["--threads", str(options.threads)]
        # A process each, so that no curve finds the memory that another has left behind.
        curve = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        print(f"{name}: time {power(curve['time'])}"
              + (f", memory {power(curve['memory'])}" if "memory" in curve else ""), flush=True)
        yield curve


def names(bench, options):
    listed = subprocess.run(
        [bench, "scaling", "--list", "--filter", options.filter], check=True, text=True,
        stdout=subprocess.PIPE,
    ).stdout
    return [line.split()[0] for line in listed.splitlines()]


def power(fit):
    return f"~ size^{fit['exponent']:.2f} (expected {fit['expected']:g})"


# MARK: Pictures

SIZE, GAP, MARGIN, TOP, BOTTOM = 250, 40, 62, 58, 48
BLUE, ORANGE = "#3b6fb6", "#c8702a"


def panels(curve):
    """What is drawn of a curve: title, unit, colour, points, fit."""
    yield "time", "ms", BLUE, [(p["size"], p["median_ms"]) for p in curve["points"]], curve["time"]
    if "memory" in curve:
        megabytes = dict(curve["memory"], coefficient=curve["memory"]["coefficient"] / 1e6)
        yield ("peak memory of tensors", "MB", ORANGE,
               [(p["size"], p["peak_tensor_bytes"] / 1e6) for p in curve["points"]], megabytes)


def picture(curve):
    """SVG text: time, and memory beside it, over size; both axes logarithmic."""
    drawn = list(panels(curve))
    width = len(drawn) * (MARGIN + SIZE + GAP) - GAP + 24
    height = TOP + SIZE + BOTTOM
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="system-ui, sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for i, panel in enumerate(drawn):
        out += draw(panel, curve["axis"], MARGIN + i * (MARGIN + SIZE + GAP))
    return "\n".join(out + ["</svg>"]) + "\n"


def draw(panel, axis, left):
    title, unit, colour, points, fit = panel
    xs, ys = zip(*points)
    (low_x, high_x), (low_y, high_y) = bounds(xs), bounds(ys)

    def x(size):
        return left + SIZE * math.log(size / low_x) / math.log(high_x / low_x)

    def y(cost):
        return TOP + SIZE - SIZE * math.log(cost / low_y) / math.log(high_y / low_y)

    out = [
        f'<text x="{left}" y="20" font-size="13" font-weight="600">{escape(title)} ~ '
        f'size<tspan dy="-5" font-size="10">{fit["exponent"]:.2f}</tspan></text>',
        f'<text x="{left}" y="38" fill="#555">{unit}; expected exponent {fit["expected"]:g}, fitted '
        f'from {number(fit["from"])} on</text>',
        f'<text x="{left + SIZE / 2}" y="{TOP + SIZE + 36}" text-anchor="middle" fill="#555">'
        f"{escape(axis)}</text>",
    ]
    for tick in xs if xs[-1] / xs[0] < 200 else ticks(low_x, high_x):
        out.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{TOP + SIZE}" '
            f'stroke="#ddd"/><text x="{x(tick):.1f}" y="{TOP + SIZE + 16}" text-anchor="middle" '
            f'fill="#555">{number(tick)}</text>'
        )
    for tick in ticks(low_y, high_y):
        out.append(
            f'<line x1="{left}" x2="{left + SIZE}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
            f'stroke="#ddd"/><text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end" '
            f'fill="#555">{number(tick)}</text>'
        )
    ends = (fit["from"], xs[-1])
    costs = [fit["coefficient"] * size ** fit["exponent"] for size in ends]
    out.append(
        f'<line x1="{x(ends[0]):.1f}" y1="{y(costs[0]):.1f}" x2="{x(ends[1]):.1f}" '
        f'y2="{y(costs[1]):.1f}" stroke="{colour}" stroke-width="1.5"/>'
    )
    out += [
        f'<circle cx="{x(size):.1f}" cy="{y(cost):.1f}" r="3.5" '
        f'fill="{colour if size >= fit["from"] else "white"}" stroke="{colour}"/>'
        for size, cost in points
    ]
    return out


def bounds(values):
    """A little room on both sides, and a power of ten at least."""
    low, high = min(values), max(values)
    room = max(1.25, math.sqrt(10 / (high / low)))
    return low / room, high * room


def ticks(low, high):
    """Powers of ten; with 2 and 5 of them where there are few."""
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    wide = high / low > 1000
    values = [10.0**e * m for e in tens for m in ((1,) if wide else (1, 2, 5))]
    return [v for v in values if low <= v <= high]


def number(value):
    """In full up to 9999: 0.35, 4096, 30 k, 1 M."""
    if value < 100:
        return f"{value:.3g}"
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    return f"{value / 1e3:.3g} k" if value >= 1e4 else f"{value:.0f}"


# MARK: The page


def page(curves, command):
    lines = [
        "# How costs grow", "",
        f"Written by `{command}` on {datetime.date.today()}; {machine()}; "
        f"{curves[0]['threads']} threads.", "",
        "The same work in growing sizes. The exponent p in time ~ sizeᵖ (and memory ~ sizeᵖ: the",
        "most bytes that tensors held at a time, inputs and parameters included) is fitted by least",
        "squares of logarithms over the upper half of the sizes, the filled points; at smaller",
        "sizes, fixed costs flatten the line. Times are medians.", "",
        "| curve | work | sizes | fitted from | time ~ | expected | memory ~ | expected | "
        "per unit at the largest |",
        "|" + "---|" * 9,
    ]
    lines += [row(curve) for curve in curves]
    for curve in curves:
        name = curve["curve"]
        lines += ["", f"## {name}: {curve['about']}", "",
                  f"![{name}](images/scaling-{name}.svg)", "", curve["meaning"]]
    return "\n".join(lines) + "\n"


def row(curve):
    first, last = curve["points"][0], curve["points"][-1]
    memory = curve.get("memory")
    each = 1e3 * last["median_ms"] / last["size"] ** curve["time"]["expected"]
    cells = [
        curve["curve"], curve["about"], f"{number(first['size'])} – {number(last['size'])}",
        number(curve["time"]["from"]), f"size^{curve['time']['exponent']:.2f}",
        f"{curve['time']['expected']:g}",
        f"size^{memory['exponent']:.2f}" if memory else "",
        f"{memory['expected']:g}" if memory else "",
        f"{number(each)} µs / size" + ("²" if curve["time"]["expected"] == 2 else ""),
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="the bench executable")
    parser.add_argument("--filter", default="*", help="names, comma separated; * is anything")
    parser.add_argument("--threads", type=int, help="all cores where not given")
    parser.add_argument("--seconds", type=float, default=1.0, help="of measuring each size")
    parser.add_argument("--out", help="the folder for scaling.md and images/scaling-*.svg")
    parser.add_argument("--json", help="a file for the curves, one JSON object a line")
    parser.add_argument("--from-json", help="draw such a file instead of measuring")
    options = parser.parse_args()

    if options.from_json:
        with open(options.from_json, encoding="utf-8") as file:
            curves = [json.loads(line) for line in file]
    else:
        curves = list(measure(options.bench, options))
    if options.json:
        write(options.json, "".join(json.dumps(curve) + "\n" for curve in curves))
    if options.out:
        os.makedirs(os.path.join(options.out, "images"), exist_ok=True)
        for curve in curves:
            write(os.path.join(options.out, "images", f"scaling-{curve['curve']}.svg"),
                  picture(curve))
        write(os.path.join(options.out, "scaling.md"), page(curves, "make scaling"))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
