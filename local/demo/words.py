"""The words that names and titles of the demonstration data are made of."""

from collections.abc import Mapping
from typing import Final

GIVEN: Final = (
    *("Ada", "Bela", "Chidi", "Dilek", "Emeka", "Farah", "Goran", "Hana", "Ines", "Jonas"),
    *("Kemal", "Lena", "Mina", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tala"),
)
FAMILY: Final = (
    *("Abt", "Berg", "Costa", "Diallo", "Evers", "Fuchs", "Garcia", "Horvat", "Ivanova", "Jansen"),
    *("Kaya", "Larsen", "Moreau", "Novak", "Okoye", "Petrov", "Quist", "Rossi", "Singh", "Tanaka"),
)
MATERIALS: Final = (
    *("Ash", "Bamboo", "Brass", "Canvas", "Ceramic", "Copper", "Cork", "Cotton", "Felt", "Glass"),
    *("Leather", "Linen", "Marble", "Oak", "Paper", "Rattan", "Slate", "Steel", "Walnut", "Wool"),
)
THINGS: Final = (
    *("apron", "basket", "bench", "bowl", "candlestick", "chair", "clock", "coaster", "cushion"),
    *("desk", "hook", "jug", "kettle", "lamp", "mirror", "mug", "plate", "rug", "shelf", "stool"),
    *("throw", "tray", "vase"),
)
CATEGORIES: Final[Mapping[str, str | None]] = {
    "Kitchen": None,
    "Cooking": "Kitchen",
    "Tableware": "Kitchen",
    "Plates and bowls": "Tableware",
    "Cups and jugs": "Tableware",
    "Furniture": None,
    "Seating": "Furniture",
    "Storage": "Furniture",
    "Living": None,
    "Light": "Living",
    "Decoration": "Living",
    "Textiles": "Decoration",
    "Gifts": None,
}
"""Each with the one that it is under; a category comes after that."""

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "Cooking": ("apron", "kettle"),
    "Tableware": ("coaster", "tray"),
    "Plates and bowls": ("bowl", "plate"),
    "Cups and jugs": ("jug", "mug"),
    "Furniture": ("desk",),
    "Seating": ("bench", "chair", "stool"),
    "Storage": ("basket", "hook", "shelf"),
    "Light": ("candlestick", "lamp"),
    "Decoration": ("clock", "mirror", "vase"),
    "Textiles": ("cushion", "rug", "throw"),
}
"""Where each thing stands."""
