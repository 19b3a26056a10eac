"""Plots as SVG, without a library."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from math import log10

_COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be185d")
_STYLE = 'font-family="sans-serif" font-size="13"'


def bars(title: str, values: Mapping[str, float], ours: Collection[str]) -> str:
    """Draw a bar for each value, the smallest first.

    Args:
        title: The title above the bars.
        values: The values by name.
        ours: The names with a highlighted bar.
    """
    rows = sorted(values.items(), key=lambda pair: pair[1])
    most = max(values.values(), default=1.0) or 1.0
    parts = [f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>']
    for number, (name, value) in enumerate(rows):
        y, width = 30 + number * 26, 360 * value / most
        colour = _COLOURS[0] if name in ours else "#94a3b8"
        parts += [
            f'<text x="250" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="258" y="{y}" width="{width:.1f}" height="20" fill="{colour}"/>',
            f'<text x="{264 + width:.1f}" y="{y + 15}">{value:.1f}</text>',
        ]
    return _picture(690, 40 + 26 * len(rows), parts)


def lines(title: str, series: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Draw lines over two logarithmic axes.

    Args:
        title: The title above the lines.
        series: The points of each line, by name.
    """
    points = [point for each in series.values() for point in each if point[1] > 0]
    if not points:
        return _picture(690, 40, [f'<text x="0" y="16">{escape(title)}: nothing</text>'])
    low_x, high_x = (pick(log10(x) for x, _ in points) for pick in (min, max))
    low_y, high_y = (pick(log10(y) for _, y in points) for pick in (min, max))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - low_x) / ((high_x - low_x) or 1)
        up = (log10(y) - low_y) / ((high_y - low_y) or 1)
        return 60 + across * 430, 290 - up * 250

    parts = [f'<text x="0" y="16" font-weight="bold">{escape(title)}</text>']
    for x in sorted({x for x, _ in points}):
        parts.append(
            f'<text x="{at(x, points[0][1])[0]:.0f}" y="312" text-anchor="middle">{x:,}</text>'
        )
    for y in (10**low_y, 10**high_y):
        parts.append(
            f'<text x="52" y="{at(points[0][0], y)[1] + 4:.0f}" text-anchor="end">{y:.1f}</text>'
        )
    for number, (name, each) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [at(x, y) for x, y in each if y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(f'<text x="505" y="{50 + 20 * number}" fill="{colour}">{escape(name)}</text>')
    return _picture(690, 325, parts)


def _picture(width: int, height: int, parts: Sequence[str]) -> str:
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    size = f'width="{width}" height="{height}" viewBox="-8 -4 {width + 16} {height + 8}"'
    inside = "\n".join([ground, *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {_STYLE}>\n{inside}\n</svg>\n'
