"""The results of the rolling benchmark as a picture: bars of CPU time on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, LEFT, ROW = 860, 250, 34
INK, GRID, OURS, OTHERS = "#24292f", "#d0d7de", "#1a7f37", "#8c959f"


def bars(title: str, rows: Sequence[tuple[str, float, str]], ours: str) -> str:
    """An SVG of (name, CPU seconds, what stands beside the bar); `ours` begins our names."""
    values = [value for _, value, _ in rows]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))
    decades = round(math.log10(high / low)) or 1
    scale = (WIDTH - LEFT - 180) / decades
    height = 96 + ROW * len(rows)
    bottom = height - 40
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14" '
             f'fill="{INK}">',
             f"<title>{escape(title)}</title>",
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             f'<text x="16" y="28" font-size="16" font-weight="bold">{escape(title)}</text>']
    for decade in range(decades + 1):
        x, value = LEFT + scale * decade, low * 10**decade
        name = f"{value:g} s" if value >= 1 else f"{1000 * value:g} ms"
        parts += [f'<line x1="{x:.0f}" y1="44" x2="{x:.0f}" y2="{bottom}" stroke="{GRID}"/>',
                  f'<text x="{x:.0f}" y="{bottom + 20}" text-anchor="middle" font-size="12">'
                  f'{name}</text>']
    for number, (name, value, beside) in enumerate(rows):
        y, length = 52 + ROW * number, max(2.0, scale * math.log10(value / low))
        color = OURS if name.startswith(ours) else OTHERS
        parts += [f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(name)}</text>',
                  f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="22" fill="{color}"/>',
                  f'<text x="{LEFT + length + 8:.1f}" y="{y + 16}">{escape(beside)}</text>']
    return "\n".join([*parts, "</svg>\n"])
