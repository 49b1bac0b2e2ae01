"""Cursors: what was sealed comes back in its own scope, and nothing else is a cursor."""

from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.errors import Code
from tenantql.table.cursors import KEY_BYTES, MAX_LENGTH, Cursors, Scope
from tenantql.table.errors import CursorRefused, ModelError
from tenantql.table.keys import PARTITION_KEY_BYTES, SORT_KEY_BYTES

KEY, OLD, OTHER = b"k" * KEY_BYTES, b"o" * KEY_BYTES, b"x" * KEY_BYTES
CURSORS = Cursors([KEY, OLD])
SCOPE = Scope("acme", "users", "GSI3", descending=False)
POSITION = ("2026-11-21T09:30:00.123Z#01J", "TENANT#acme#USER#01J", "PROFILE")
CURSOR = CURSORS.seal(SCOPE, POSITION)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

scopes = st.builds(Scope, st.text(), st.text(), st.text(), st.booleans())
positions = st.lists(st.text(max_size=40), min_size=1, max_size=3).map(tuple)


def refused(text: str, scope: Scope = SCOPE, cursors: Cursors = CURSORS) -> None:
    with pytest.raises(CursorRefused, match="start again without it") as raised:
        cursors.open(scope, text)
    assert raised.value.code is Code.BAD_USER_INPUT


@given(scopes, positions)
def test_a_cursor_opens_to_what_was_sealed(scope: Scope, position: tuple[str, ...]) -> None:
    text = CURSORS.seal(scope, position)
    assert CURSORS.open(scope, text) == position
    assert set(text) <= set(ALPHABET)


@given(scopes, scopes, positions)
def test_a_cursor_belongs_to_one_scope(
    scope: Scope, other: Scope, position: tuple[str, ...]
) -> None:
    if scope != other:
        refused(CURSORS.seal(scope, position), other)


@pytest.mark.parametrize(
    "changed",
    [
        {"tenant": "acme-eu"},
        {"tenant": "globex"},
        {"query": "orders"},
        {"query": "users?role=STAFF"},
        {"index": "GSI2"},
        {"index": ""},
        {"descending": True},
        # The same letters in other places are another scope.
        {"tenant": "acmeusers", "query": ""},
        {"tenant": 'acme","users', "query": ""},
    ],
)
def test_a_cursor_of_elsewhere_is_refused(changed: dict[str, Any]) -> None:
    refused(CURSOR, replace(SCOPE, **changed))


def test_every_bit_of_a_cursor_counts() -> None:
    for at, letter in enumerate(CURSOR):
        value = ALPHABET.index(letter)
        for bit in range(6):
            refused(CURSOR[:at] + ALPHABET[value ^ 1 << bit] + CURSOR[at + 1 :])


@pytest.mark.parametrize("length", range(len(CURSOR)))
def test_part_of_a_cursor_is_none(length: int) -> None:
    refused(CURSOR[:length])


@pytest.mark.parametrize(
    "text",
    [CURSOR + "=", CURSOR + "A", " " + CURSOR, CURSOR + "\n", CURSOR.lower(), "", "é", "A" * 5],
)
def test_another_spelling_of_a_cursor_is_none(text: str) -> None:
    refused(text)


@given(st.text() | st.text(ALPHABET))
def test_junk_is_refused(text: str) -> None:
    refused(text)


def test_a_cursor_of_an_earlier_key_opens_until_the_key_is_taken_away() -> None:
    before, rotated, later = Cursors([OLD]), Cursors([KEY, OLD]), Cursors([KEY])
    old = before.seal(SCOPE, POSITION)
    assert rotated.open(SCOPE, old) == POSITION
    refused(old, cursors=later)
    new = rotated.seal(SCOPE, POSITION)
    assert new != old
    assert later.open(SCOPE, new) == POSITION
    refused(new, cursors=before)
    refused(new, cursors=Cursors([OTHER]))


def test_a_cursor_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("tenantql.table.cursors.VERSION", b"\3")
        later = CURSORS.seal(SCOPE, POSITION)
        assert CURSORS.open(SCOPE, later) == POSITION
    refused(later)


def test_the_longest_keys_have_a_cursor() -> None:
    longest = "\\" * SORT_KEY_BYTES, "\\" * PARTITION_KEY_BYTES, '"' * SORT_KEY_BYTES
    text = CURSORS.seal(SCOPE, longest)
    assert CURSORS.open(SCOPE, text) == longest
    refused("A" * (MAX_LENGTH + 1))


@pytest.mark.parametrize(
    "keys", [[], [b""], [b"k" * (KEY_BYTES - 1)], [KEY, b"short"], [KEY, b"k" * 65]]
)
def test_a_short_key_seals_nothing(keys: list[bytes]) -> None:
    with pytest.raises(ModelError, match="keys of 32 to 64 bytes"):
        Cursors(keys)


def test_cursors_do_not_show_their_keys() -> None:
    assert KEY.decode() not in repr(CURSORS)
    assert KEY not in CURSOR.encode()
