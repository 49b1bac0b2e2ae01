"""Pieces of the pictures: text and boxes as SVG, readable on light and on dark pages."""

from dataclasses import dataclass, field
from html import escape
from typing import Final

STYLE: Final = """\
    text { font: 13px system-ui, sans-serif; fill: #1c2430; }
    .title { font-size: 16px; font-weight: 600; }
    .name { font-weight: 600; }
    .soft { font-size: 11.5px; fill: #5b6675; }
    .code { font: 11.5px ui-monospace, monospace; }
    .key { font: 600 12px ui-monospace, monospace; }
    .badge { font: 600 10px system-ui, sans-serif; fill: #2f5fb3; text-anchor: middle; }
    .pill { fill: #e9f0fd; stroke: #4a7bd0; }
    .paper { fill: #ffffff; }
    .box { fill: #f4f6f9; stroke: #9aa5b5; }
    .head { fill: #e9f0fd; stroke: #9aa5b5; }
    .rule { stroke: #d5dbe3; }
    .span { fill: none; stroke: #3f9b57; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6ebf2; }
      .soft { fill: #a3afbf; }
      .badge { fill: #a9c6fb; }
      .pill { fill: #1f3355; stroke: #4a7bd0; }
      .paper { fill: #0f151d; }
      .box { fill: #18212c; stroke: #46525f; }
      .head { fill: #1d2b41; stroke: #46525f; }
      .rule { stroke: #2c3743; }
    }
"""


@dataclass
class Drawing:
    """An SVG that grows; places and sizes are in pixels."""

    title: str
    description: str
    width: int
    parts: list[str] = field(default_factory=list[str])

    def text(self, kind: str, x: float, y: float, content: str) -> None:
        """A line of text, its foot at `y`."""
        self.parts.append(f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(content)}</text>')

    def box(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        """A rectangle with round corners."""
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self.parts.append(f'<rect class="{kind}" {place} rx="6"/>')

    def line(self, kind: str, path: str) -> None:
        """A line along an SVG path."""
        self.parts.append(f'<path class="{kind}" d="{path}"/>')

    def badge(self, x: float, y: float, content: str) -> None:
        """A small label whose right end is at `x`."""
        self.parts.append(
            f'<rect class="pill" x="{x - 36:g}" y="{y - 11:g}" width="36" height="15" rx="7"/>'
        )
        self.text("badge", x - 18, y, content)

    def svg(self, height: float) -> str:
        """The file."""
        box = f"0 0 {self.width} {height:g}"
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img"',
                '  aria-labelledby="t d">',
                f'  <title id="t">{escape(self.title)}</title>',
                f'  <desc id="d">{escape(self.description)}</desc>',
                f"  <style>\n{STYLE}  </style>",
                f'  <rect class="paper" width="{self.width}" height="{height:g}" rx="10"/>',
                *(f"  {part}" for part in self.parts),
                "</svg>\n",
            )
        )
