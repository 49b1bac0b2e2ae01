"""Words: what is written differently and means the same is one word, on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.search.words import MAX_WORD, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Copper Kettle, 1.5 l", ["copper", "kettle", "1", "5", "l"]),
        ("tea-pot/Tea_POT", ["tea", "pot"]),
        ("Crème brûlée", ["creme", "brulee"]),
        ("Cre\u0300me", ["creme"]),
        ("STRASSE Straße", ["strasse"]),
        ("İstanbul ISTANBUL", ["istanbul"]),
        ("ŁÓDŹ", ["łodz"]),
        ("\ufb01ne \uff26\uff29\uff2e\uff25", ["fine"]),
        ("Σίσυφος ΣΊΣΥΦΟΣ", ["σισυφοσ"]),
        ("m² ½", ["m2", "1", "2"]),
        ("шёлк йогурт", ["шелк", "иогурт"]),
        ("it's #1 50% off!", ["it", "s", "1", "50", "off"]),
        ("", []),
        ("\u0301 -- \x00", []),
    ],
)
def test_a_text_is_split_into_folded_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_long_word_counts_as_far_as_it_is_compared() -> None:
    assert words_of("a" * 50 + " " + "A" * 41) == ["a" * MAX_WORD]


@given(st.text(max_size=60))
def test_words_are_their_own_words(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    assert len(set(words)) == len(words)


@given(st.text(max_size=30))
def test_case_does_not_count(text: str) -> None:
    assert words_of(text.casefold()) == words_of(text)


@given(st.text(max_size=60))
def test_a_word_stands_in_a_key_as_it_is(text: str) -> None:
    """So a search may put the beginning of a word at the beginning of a key."""
    for word in words_of(text):
        assert 0 < len(word) <= MAX_WORD
        assert all(each.isalnum() for each in word)
        assert min(word) > "%"
