"""The bar chart of compare.py: PyTorch's time over Fledge's, one bar a workload and thread count."""

import math
from xml.sax.saxutils import escape

COLOURS = ["#3b6fb6", "#9db8dc"]
LEFT, RIGHT, ROW, BAR, TOP = 170, 60, 30, 11, 70
WIDTH = 760


def bar_chart(sections):
    """SVG text. `sections` are (threads, limits, rows) as compare.py makes them; logarithmic, so
    that twice as fast and half as fast are equally far from 1."""
    names = [r["workload"] for r in sections[0][2] if "ratio" in r]
    ratios = {
        threads: {r["workload"]: r for r in rows if "ratio" in r} for threads, _, rows in sections
    }
    largest = max((r["ratio_max"] for rows in ratios.values() for r in rows.values()), default=2)
    smallest = min((r["ratio_min"] for rows in ratios.values() for r in rows.values()), default=0.5)
    low = min(0.5, 2 ** math.floor(math.log2(smallest)))
    high = max(2, 2 ** math.ceil(math.log2(largest)))
    span = WIDTH - LEFT - RIGHT
    height = TOP + ROW * len(names) + 30

    def x(ratio):
        return LEFT + span * math.log(ratio / low) / math.log(high / low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="600">'
        "PyTorch's time over Fledge's: right of 1, Fledge is faster</text>",
    ]
    for i, threads in enumerate(ratios):
        left = LEFT + 110 * i
        out.append(
            f'<rect x="{left}" y="36" width="12" height="12" fill="{COLOURS[i % 2]}"/>'
            f'<text x="{left + 18}" y="46">{threads} thread{"s" if threads > 1 else ""}</text>'
        )
    tick = low
    while tick <= high * 1.001:
        strong = abs(tick - 1) < 1e-9
        out.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 8}" y2="{height - 24}" '
            f'stroke="{"#444" if strong else "#ddd"}"/>'
            f'<text x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle" fill="#555">'
            f"{tick:g}×</text>"
        )
        tick *= 2
    for k, name in enumerate(names):
        y = TOP + ROW * k
        out.append(
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(name)}</text>'
        )
        for i, rows in enumerate(ratios.values()):
            if name not in rows:
                continue
            r, top = rows[name], y + 1 + BAR * i
            begin, end = sorted((x(1), x(r["ratio"])))
            middle = top + BAR / 2
            out.append(
                f'<rect x="{begin:.1f}" y="{top}" width="{end - begin:.1f}" height="{BAR - 1}" '
                f'fill="{COLOURS[i % 2]}"/>'
                f'<line x1="{x(r["ratio_min"]):.1f}" x2="{x(r["ratio_max"]):.1f}" '
                f'y1="{middle:.1f}" y2="{middle:.1f}" stroke="#222" stroke-width="1"/>'
                f'<text x="{x(max(r["ratio_max"], 1)) + 5:.1f}" y="{top + 9}" font-size="10" '
                f'fill="#333">{r["ratio"]:.2f}</text>'
            )
    out.append("</svg>")
    return "\n".join(out) + "\n"
