"""Words: what texts and queries are split into, so that both meet.

Case, accents and forms of compatibility (ligatures, full width) do not count; what is neither a
letter nor a digit parts words. Both by Unicode: https://unicode.org/reports/tr15/ and
`str.casefold`. Text without spaces between its words, as Chinese has it, is one word.
"""

import re
import unicodedata
from typing import Final

MAX_WORD: Final = 40
"""Characters, after folding; what a longer word has beyond them does not count."""

_WORD: Final = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words of `text` as they are compared, each once, in the order of appearance."""
    # Folding can undo a decomposition, so marks are taken away after it once more.
    folded = _unmarked(_unmarked(text).casefold())
    return list(dict.fromkeys(word[:MAX_WORD] for word in _WORD.findall(folded)))


def _unmarked(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(each for each in decomposed if unicodedata.category(each)[0] != "M")
