"""Documents: which text a name stands for, in each mode, and what an instance remembers."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from tenantql.engine import documents
from tenantql.engine.document_mode import Mode
from tenantql.engine.documents import (
    MAX_BYTES,
    DocumentNotFound,
    Documents,
    DocumentsNotKept,
    PersistedQuery,
    Reference,
)
from tenantql.engine.errors import BadUserInput, Forbidden
from tenantql.table.driving import drive
from tests.unit.builders import AUDIT


def name_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


KNOWN, OTHER = "{ known }", "{ other }"
REGISTERED: Mapping[str, str] = {name_of(KNOWN): KNOWN}
BY_ID, BY_HASH = Reference(name_of(KNOWN)), Reference(name_of(KNOWN), automatic=True)
OTHER_ID, OTHER_HASH = Reference(name_of(OTHER)), Reference(name_of(OTHER), automatic=True)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("tenant", ["acme", None])
@pytest.mark.parametrize("query", [None, KNOWN])
@pytest.mark.parametrize("named", [BY_ID, BY_HASH])
def test_a_registered_document_runs_in_every_mode(
    mode: Mode, tenant: str | None, query: str | None, named: Reference
) -> None:
    assert Documents(mode, REGISTERED).text_of(query, named, tenant) == KNOWN
    assert Documents(mode, REGISTERED).text_of(KNOWN, None, tenant) == KNOWN


@pytest.mark.parametrize("mode", [Mode.ANY, Mode.AUTOMATIC])
@pytest.mark.parametrize("named", [None, OTHER_HASH])
def test_any_text_runs_unless_it_needs_to_be_registered(
    mode: Mode, named: Reference | None
) -> None:
    assert Documents(mode, REGISTERED).text_of(OTHER, named, "acme") == OTHER


@pytest.mark.parametrize(
    "query", ["{ __schema { types { name } } }", "{ __typename }", KNOWN + " "]
)
def test_what_is_not_registered_is_forbidden(query: str) -> None:
    only = Documents(Mode.REGISTERED, REGISTERED)
    hashed = Reference(name_of(query), automatic=True)
    for text, named in ((query, None), (query, hashed), (None, hashed)):
        with pytest.raises(Forbidden, match="only registered documents"):
            only.text_of(text, named, "acme")
    with pytest.raises(DocumentNotFound):
        only.text_of(None, Reference(name_of(query)), "acme")


@pytest.mark.parametrize("mode", Mode)
def test_a_hash_has_to_be_the_texts(mode: Mode) -> None:
    with pytest.raises(BadUserInput, match="provided sha does not match query"):
        Documents(mode, REGISTERED).text_of(OTHER, BY_HASH, "acme")


@pytest.mark.parametrize(("mode", "tenant"), [(Mode.ANY, "acme"), (Mode.AUTOMATIC, None)])
def test_where_nothing_is_kept_a_client_is_told_so(mode: Mode, tenant: str | None) -> None:
    some = Documents(mode, REGISTERED)
    with pytest.raises(DocumentsNotKept, match=r"^PersistedQueryNotSupported$"):
        some.text_of(None, OTHER_HASH, tenant)
    with pytest.raises(DocumentNotFound):
        some.text_of(None, OTHER_ID, tenant)
    assert not some.is_new(OTHER, OTHER_HASH, tenant)


@pytest.mark.parametrize("name", ["", "x", "../../etc", "A" * 64, "0" * 63, "0" * 65])
def test_only_a_hash_is_looked_up(name: str) -> None:
    with pytest.raises(DocumentNotFound):
        Documents(Mode.AUTOMATIC).text_of(None, Reference(name), "acme")


def stored(text: str) -> PersistedQuery:
    slot = name_of(text)[:4]
    values: dict[str, Any] = {"tenant": "acme", **AUDIT}
    return PersistedQuery(**values, slot=slot, document=text)


def test_what_was_fetched_is_remembered_for_its_tenant_alone() -> None:
    some = Documents(Mode.AUTOMATIC)
    assert some.text_of(None, OTHER_HASH, "acme") is None
    assert drive(some.fetch(OTHER_HASH, "acme"), lambda _: stored(OTHER)) == OTHER
    assert some.text_of(None, OTHER_HASH, "acme") == OTHER
    assert not some.is_new(OTHER, OTHER_HASH, "acme")
    assert some.text_of(None, OTHER_HASH, "globex") is None
    assert some.is_new(OTHER, OTHER_HASH, "globex")


@pytest.mark.parametrize("found", [None, stored(KNOWN)])
def test_what_is_not_there_is_not_remembered(found: PersistedQuery | None) -> None:
    some = Documents(Mode.AUTOMATIC)
    with pytest.raises(DocumentNotFound):
        drive(some.fetch(OTHER_HASH, "acme"), lambda _: found)
    assert some.text_of(None, OTHER_HASH, "acme") is None


def test_the_least_recently_used_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MEMORY", 3 * 100)
    some = Documents(Mode.AUTOMATIC)
    texts = [f"{{ field{number} }}".ljust(100) for number in range(4)]
    names = [Reference(name_of(text), automatic=True) for text in texts]

    def fetch(number: int) -> None:
        drive(some.fetch(names[number], "acme"), lambda _: stored(texts[number]))

    for number in range(3):
        fetch(number)
    assert some.text_of(None, names[0], "acme") == texts[0]
    fetch(3)
    there = [some.text_of(None, name, "acme") is not None for name in names]
    assert there == [True, False, True, True]


def test_what_is_kept_has_a_name_a_bound_and_a_tenant() -> None:
    some = Documents(Mode.AUTOMATIC, REGISTERED)
    longest = "é" * (MAX_BYTES // 2)
    for text, new in ((OTHER, True), (longest, True), (longest + "a", False), (KNOWN, False)):
        assert some.is_new(text, Reference(name_of(text), automatic=True), "acme") is new
    assert not some.is_new(OTHER, None, "acme")
    assert not some.is_new(None, OTHER_HASH, "acme")
