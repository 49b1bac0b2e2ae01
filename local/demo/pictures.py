"""Pictures of the demonstration's products: drawn, so that nobody's photograph is needed."""

import random
from colorsys import hls_to_rgb
from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from local.demo.words import MATERIALS

VIEWS: Final = ("front", "detail")
"""What a product has pictures of; the first is the one that lists show."""

_SIZE: Final = (480, 360)
_MARGIN: Final = 24

type Colour = tuple[int, int, int]


@lru_cache(maxsize=1024)
def picture(title: str, view: str) -> bytes:
    """A PNG of a few kilobytes in the colour of the material; the same for the same words."""
    source = random.Random(f"{title} {view}")  # noqa: S311 - nothing secret
    hue = (MATERIALS.index(title.partition(" ")[0]) / len(MATERIALS) + 0.08) % 1
    paper, ink = _colour(hue, 0.90), _colour(hue, 0.22)
    image = Image.new("RGB", _SIZE, paper)
    draw = ImageDraw.Draw(image)
    for lightness in (0.76, 0.62, 0.48):
        # A detail is nearer, so its shapes are larger.
        radius = source.randrange(50, 90) * (2 if view == "detail" else 1)
        x = source.randrange(_MARGIN + radius // 2, _SIZE[0] - radius // 2)
        y = source.randrange(_MARGIN + radius // 2, 260)
        box = (x - radius, y - radius, x + radius, y + radius)
        shape = source.choice((draw.ellipse, draw.rectangle))
        shape(box, fill=_colour(hue, lightness))
    draw.rectangle((0, 290, *_SIZE), fill=paper)
    draw.text((_MARGIN, 306), title, fill=ink, font=ImageFont.load_default(28))
    content = BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _colour(hue: float, lightness: float) -> Colour:
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue, lightness, 0.45))
    return red, green, blue
