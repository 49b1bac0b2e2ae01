"""Global ids: one item has one id, and whatever else a client sends is refused."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.commerce.model import Invoice
from tenantql.table.entity import Key, declared, entity_of
from tenantql.table.errors import KeyValueError
from tenantql.table.global_ids import MAX_LENGTH, decode, encode
from tests.unit.builders import USER_ID, invoice, organisation, user
from tests.unit.strategies import tenant_ids, values
from tests.unit.table.packages import PackageEvent, event

INVOICE = entity_of(Invoice)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def of(text: str) -> str:
    """An id made of text, as a client could make it."""
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@given(tenant_ids, values, values, values)
def test_an_id_names_the_whole_key(tenant: str, shard: str, issued_at: str, id: str) -> None:
    item = invoice(tenant=tenant, shard=shard, issued_at=issued_at, id=id)
    expected = INVOICE.key(tenant=tenant, shard=shard, issued_at=issued_at, id=id)
    assert decode(encode(INVOICE, item)) == (INVOICE, expected, tenant)


def test_the_ids_that_clients_hold_never_change() -> None:
    """Ids are good for ever: clients keep them."""
    id = encode(entity_of(type(user())), user())
    assert id == of(f"User#acme#{USER_ID}")
    assert decode(id)[1] == Key(f"TENANT#acme#USER#{USER_ID}", "PROFILE")


def test_ids_of_tenants_and_types_differ() -> None:
    items = [user(), user("acme-eu"), invoice(), organisation(), organisation("acme-eu")]
    assert len({encode(entity_of(type(item)), item) for item in items}) == len(items)


@given(st.data())
def test_a_changed_id_is_refused_or_is_the_one_id_of_what_it_names(data: st.DataObject) -> None:
    id = encode(INVOICE, invoice())
    start = data.draw(st.integers(0, len(id)))
    end = data.draw(st.integers(start, min(len(id), start + 3)))
    changed = id[:start] + data.draw(st.text(ALPHABET + "=+/ #%", max_size=3)) + id[end:]
    try:
        entity, key, tenant = decode(changed)
    except KeyValueError:
        return
    assert key.pk.startswith(f"TENANT#{tenant}#")
    values = entity.pk.parse(key.pk) | entity.sk.parse(key.sk)
    names = (entity.name, *(values[name] for name in entity.id_fields))
    assert changed == of("#".join(names)), "an item has two ids"


@given(st.text() | st.text(ALPHABET))
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(KeyValueError):
        decode(junk)


@given(st.lists(st.text(), max_size=6), st.sampled_from(sorted(declared())))
def test_junk_in_the_form_of_an_id_raises_nothing_else(parts: list[str], name: str) -> None:
    try:
        text = of("#".join((name, *parts)))
    except UnicodeEncodeError:
        return
    try:
        entity, _, tenant = decode(text)
    except KeyValueError:
        return
    assert entity.name == name
    assert tenant == parts[0]


@pytest.mark.parametrize(
    "id",
    [
        "",
        "=",
        "User",
        of("User"),
        of("User#acme"),
        of("User#acme#1#2"),
        of("Nobody#acme#1"),
        of("User##1"),
        of("User#acme#"),
        of("User#ac*me#1"),
        of("User#ACME#1"),
        of("User#acme#1\n"),
        of("User#acme#%00"),
        of("User#acme#%41"),
        of("User#acme#a b"),
        of("User#acme#%2"),
        of("User#acme%23eu#1"),
        of("User#acme#1") + "=",
        of("User#acme#1") + "==",
        " " + of("User#acme#1"),
        of("User#acme#1") + "\n",
        "é" + of("User#acme#1"),
        urlsafe_b64encode(b"User#acme#\xff").decode(),
        "A" * MAX_LENGTH,
    ],
)
def test_what_encode_does_not_make_is_refused(id: str) -> None:
    with pytest.raises(KeyValueError):
        decode(id)


def test_a_long_id_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(KeyValueError, match="not an id"):
        decode(of(f"User#acme#{'a' * MAX_LENGTH}"))


def test_a_foreign_id_is_decoded_to_its_tenant() -> None:
    """Whether the caller may follow it is not this module's question."""
    assert decode(encode(INVOICE, invoice("globex")))[2] == "globex"


@given(st.integers(0, 999_999))
def test_an_id_holds_a_number_as_the_key_does(number: int) -> None:
    found = entity_of(PackageEvent)
    id = encode(found, event(number, package="p#1"))
    assert id == of(f"PackageEvent#acme#p%231#{number:06d}")
    assert decode(id) == (found, found.key_of(event(number, package="p#1")), "acme")


@pytest.mark.parametrize("number", ["1", "0000001", "-00001", "00001 ", "\u0661" * 6, "", "00000a"])
def test_another_spelling_of_a_number_is_no_id(number: str) -> None:
    with pytest.raises(KeyValueError):
        decode(of(f"PackageEvent#acme#p#{number}"))
