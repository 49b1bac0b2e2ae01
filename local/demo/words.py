"""The words that names and titles of the demonstration data are made of."""

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
