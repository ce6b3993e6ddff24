"""A bar chart of ratios as SVG, on a logarithmic axis: 1 is where both sides are equally fast."""

import math
from xml.sax.saxutils import escape

BAR = 9  # height of a bar, in pixels
GROUP_GAP = 10  # between workloads
LABELS = 170  # width of the workloads' names
PLOT = 520  # width of the bars
TOP = 46
COLOURS = ("#1f6f8b", "#e08e45", "#6a994e", "#8e6c8a")


def axis_range(values):
    """Powers of two around all values and around 1."""
    low = min([*values, 1.0])
    high = max([*values, 1.0])
    return math.floor(math.log2(low)), max(math.ceil(math.log2(high)), 1)


def bars(ratios):
    """SVG of {threads: {workload: ratio or None}}: a group for each workload, a bar for each thread
    count."""
    values = [value for of_workload in ratios.values() for value in of_workload.values()
              if value is not None]
    low, high = axis_range(values)
    workloads = [workload for workload in next(iter(ratios.values()), {})
                 if any(of_workload.get(workload) for of_workload in ratios.values())]
    group = len(ratios) * BAR + GROUP_GAP
    height = TOP + len(workloads) * group + 14

    def position(value):
        return LABELS + PLOT * (math.log2(value) - low) / (high - low)

    parts = [*frame(height), *legend(ratios), *grid(low, high, position, height)]
    for index, workload in enumerate(workloads):
        y = TOP + index * group + GROUP_GAP / 2
        parts.append(text(LABELS - 8, y + len(ratios) * BAR / 2 + 4, workload, "end"))
        for row, of_workload in enumerate(ratios.values()):
            value = of_workload.get(workload)
            if value is not None:
                parts += bar(y + row * BAR, value, position, COLOURS[row % len(COLOURS)])
    return "\n".join([*parts, "</svg>\n"])


def frame(height):
    width = LABELS + PLOT + 60
    return [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
            f'<rect width="{width}" height="{height}" fill="white"/>']


def legend(ratios):
    parts = [text(LABELS, 16, "PyTorch's time (its faster mode) over Gradus's", "start")]
    for row, threads in enumerate(ratios):
        x = LABELS + 330 + row * 90
        parts.append(f'<rect x="{x}" y="8" width="10" height="10" '
                     f'fill="{COLOURS[row % len(COLOURS)]}"/>')
        parts.append(text(x + 15, 17, f"{threads} thread{'s' if threads > 1 else ''}", "start"))
    return parts


def grid(low, high, position, height):
    parts = []
    for power in range(low, high + 1):
        x = position(2.0 ** power)
        colour = "#444" if power == 0 else "#ddd"
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 10}" '
                     f'stroke="{colour}"/>')
        parts.append(text(x, TOP - 10, f"{2.0 ** power:g}", "middle"))
    return parts


def bar(y, value, position, colour):
    start, end = sorted((position(1.0), position(value)))
    return [f'<rect x="{start:.1f}" y="{y:.1f}" width="{end - start:.1f}" height="{BAR - 1}" '
            f'fill="{colour}"/>',
            text(position(value) + (4 if value >= 1 else -4), y + BAR - 1, f"{value:.2g}",
                 "start" if value >= 1 else "end", size=8)]


def text(x, y, words, anchor, size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="#222">{escape(words)}</text>')
