"""What was measured, as a table and as a picture."""

from collections.abc import Iterator
from html import escape
from typing import Any

UNITS = {
    "first_start": "s",
    "start": "s",
    "start_cpu": "s",
    "start_per_more": "ms",
    "start_busy_worst": "ms",
    "settled": "s",
    "stop": "s",
    "stop_cpu": "ms",
    "cpu_idle": "ms/s",
    "cpu_per_poll": "ms",
    "lag_p50": "ms",
    "lag_p99": "ms",
    "lag_worst": "ms",
    "busy_p50": "ms",
    "busy_p99": "ms",
    "busy_worst": "ms",
    "memory": "MB",
    "changes": "1/min",
    "rows": "1/min",
}
"""What is measured of Home Assistant, as farm.py names it.

What each miner adds to the CPU of a start (`start_per_more`) is known only beside one miner.
"""

_WIDTH = 640
_ROW = 18
_COLOURS = ("#1f77b4", "#ff7f0e", "#7f7f7f", "#2ca02c", "#9467bd")


def table(results: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the table."""
    for generation, costs in results.get("client", {}).items():
        yield f"{generation}: one poll       CPU ms   x raw   wall ms"
        for name, cost in costs.items():
            ratio = cost["cpu"] / costs["raw"]["cpu"]
            yield f"  {name:18} {cost['cpu']:8.2f} {ratio:7.2f} {cost['wall']:9.2f}"
    for count, by_revision in results.get("home", {}).items():
        names = list(by_revision)
        ratio = "   ratio" if len(names) > 1 else ""
        yield f"{count} miners" + "".join(f"{name:>14}" for name in names) + ratio
        for key, unit in UNITS.items():
            values = [
                by_revision[name][key] for name in names if key in by_revision[name]
            ]
            if not values:
                continue
            line = f"  {key + ' ' + unit:24}" + "".join(f"{v:14.2f}" for v in values)
            if ratio and values[1]:
                line += f"{values[0] / values[1]:8.2f}"
            yield line


def picture(results: dict[str, Any]) -> str:
    """Return bars as SVG: each group has a scale of its own."""
    groups: list[tuple[str, dict[str, float]]] = [
        (f"{generation}: CPU of a poll, ms", {n: c["cpu"] for n, c in costs.items()})
        for generation, costs in results.get("client", {}).items()
    ]
    groups += [
        (
            f"{count} miners: {key.replace('_', ' ')}, {unit}",
            {name: measured[key] for name, measured in by_revision.items()},
        )
        for count, by_revision in results.get("home", {}).items()
        for key, unit in UNITS.items()
        if all(key in measured for measured in by_revision.values())
    ]
    lines, y = [], 0
    for title, values in groups:
        y += 2 * _ROW
        lines.append(f'<text x="8" y="{y}" font-weight="bold">{escape(title)}</text>')
        most = max(values.values()) or 1
        for colour, (name, value) in zip(_COLOURS, values.items(), strict=False):
            y += _ROW
            wide = value / most * (_WIDTH - 260)
            lines += [
                f'<text x="8" y="{y}">{escape(name)}</text>',
                f'<rect x="160" y="{y - 12}" width="{wide:.1f}" height="14" fill="{colour}"/>',
                f'<text x="{165 + wide:.1f}" y="{y}">{value:.2f}</text>',
            ]
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" '
                f'height="{y + _ROW}" font-family="sans-serif" font-size="12">'
            ),
            '<rect width="100%" height="100%" fill="white"/>',
            *lines,
            "</svg>\n",
        ]
    )
