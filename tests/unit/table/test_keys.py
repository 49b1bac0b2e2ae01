"""Keys: escaping keeps values apart and in order, and templates are read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.table.errors import KeyValueError, ModelError
from tenantql.table.keys import (
    DELIMITER,
    PARTITION_KEY_BYTES,
    SORT_KEY_BYTES,
    KeyTemplate,
    escape,
    is_part,
    is_tenant_id,
    tenant_prefix,
    unescape,
)
from tests.unit.strategies import control_characters, tenant_ids, values

USER = KeyTemplate("TENANT#{tenant}#USER#{id}")
PAIR = KeyTemplate("{first}#{second}")


@given(values)
def test_escaping_is_undone(value: str) -> None:
    assert unescape(escape(value)) == value


@given(values)
def test_nothing_that_sorts_below_or_at_the_escape_is_left(value: str) -> None:
    escaped = escape(value)
    assert DELIMITER not in escaped
    assert min(escaped) >= "%"


@given(values)
def test_a_value_stands_in_a_key_in_one_way(value: str) -> None:
    assert is_part(escape(value))


@given(st.text(st.sampled_from("%012345678aAé~!\x7f\n-"), max_size=8))
def test_what_no_value_becomes_is_no_part(text: str) -> None:
    try:
        canonical = escape(unescape(text)) == text
    except KeyValueError:
        canonical = False
    assert is_part(text) == canonical


@given(values, values)
def test_escaping_keeps_the_order_of_values(one: str, other: str) -> None:
    assert (one < other) == (escape(one).encode() < escape(other).encode())


@given(st.tuples(values, values), st.tuples(values, values))
def test_composite_keys_sort_as_their_values_do(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    def key(pair: tuple[str, str]) -> bytes:
        return PAIR.format({"first": pair[0], "second": pair[1]}).encode()

    assert (one < other) == (key(one) < key(other))
    assert (one == other) == (key(one) == key(other))


def test_a_shorter_value_sorts_first_in_the_middle_of_a_key() -> None:
    keys = [PAIR.format({"first": first, "second": "z"}) for first in ("a", "a!", "a b", "a#b")]
    assert sorted(keys) == [keys[0], keys[2], keys[1], keys[3]]


@given(st.text(), control_characters, st.text())
def test_control_characters_are_refused(before: str, control: str, after: str) -> None:
    with pytest.raises(KeyValueError, match="control character"):
        escape(before + control + after)


def test_an_empty_value_is_refused() -> None:
    with pytest.raises(KeyValueError, match="empty"):
        escape("")


@given(tenant_ids, values)
def test_a_template_reads_back_what_it_formats(tenant: str, id: str) -> None:
    fields = {"tenant": tenant, "id": id}
    assert USER.parse(USER.format(fields)) == fields


def test_a_value_cannot_make_another_key() -> None:
    assert USER.format({"tenant": "acme", "id": "1#ORDER#2"}) == "TENANT#acme#USER#1%23ORDER%232"


@pytest.mark.parametrize(
    "key",
    [
        "TENANT#acme#USER",
        "TENANT#acme#USER#1#2",
        "TENANT#acme#ORDER#1",
        "TENANT#acme#USER#",
        "TENANT#acme#USER#a b",
        "TENANT#acme#USER#%2a",
        "TENANT#acme#USER#%41",
        "",
    ],
)
def test_a_key_of_another_form_is_not_read(key: str) -> None:
    with pytest.raises(KeyValueError, match="not a key of the form"):
        USER.parse(key)


def test_a_field_that_is_twice_in_a_key_has_one_value() -> None:
    template = KeyTemplate("{id}#{id}")
    assert template.parse("a#a") == {"id": "a"}
    with pytest.raises(KeyValueError, match="not a key of the form"):
        template.parse("a#b")


@pytest.mark.parametrize(
    "text",
    ["", "#", "A##B", "#{id}", "A{id}", "{id}{other}", "{Id}", "{}", "{1}", "A#{id", "A}", "A%20"],
)
def test_a_bad_template_says_what_to_do(text: str) -> None:
    with pytest.raises(ModelError, match="put a '#' between fields"):
        KeyTemplate(text)


@pytest.mark.parametrize("values", [{}, {"tenant": "acme"}, {"tenant": "acme", "id": 1}])
def test_a_value_that_is_missing_or_no_text_is_named(values: dict[str, object]) -> None:
    with pytest.raises(KeyValueError, match="needs a string"):
        USER.format(values)


def test_a_prefix_ends_with_the_delimiter_before_the_first_open_field() -> None:
    template = KeyTemplate("ORDER#{placed_at}#{id}")
    assert template.prefix({}) == "ORDER#"
    assert template.prefix({"placed_at": "2026"}) == "ORDER#2026#"
    assert template.prefix({"placed_at": "a#b", "id": "1"}) == "ORDER#a%23b#1"


@pytest.mark.parametrize("values", [{"tenant": "acme*"}, {"tenant": "acme", "id": 7}])
def test_a_prefix_is_made_of_the_same_values_as_a_key(values: dict[str, object]) -> None:
    with pytest.raises(KeyValueError):
        USER.prefix(values)


@pytest.mark.parametrize("id", ["abc", "acme", "acme-eu", "0-9", "a--b", "a" * 32])
def test_tenant_ids(id: str) -> None:
    assert is_tenant_id(id)
    assert tenant_prefix(id) == f"TENANT#{id}#"


NOT_TENANT_IDS = (
    *("", "ab", "a" * 33, "-ab", "ab-", "Acme", "ac_me", "ac.me", "ac me", "acme\n", "ácme"),
    *("acme*", "ac?me", "***", "ac#me", "acme#", "ac/me", "ac$me", "${a}", "\x00abc", "٣٣٣"),
)


@pytest.mark.parametrize("id", NOT_TENANT_IDS)
def test_what_is_no_tenant_id_is_in_no_key(id: str) -> None:
    assert not is_tenant_id(id)
    with pytest.raises(KeyValueError, match="is not a tenant id"):
        tenant_prefix(id)
    with pytest.raises(KeyValueError, match="is not a tenant id"):
        USER.format({"tenant": id, "id": "1"})


@given(tenant_ids, tenant_ids)
def test_no_tenants_prefix_starts_anothers(one: str, other: str) -> None:
    assert one == other or not tenant_prefix(one).startswith(tenant_prefix(other))


@pytest.mark.parametrize(
    ("limit", "fill"), [(PARTITION_KEY_BYTES, "a"), (SORT_KEY_BYTES, "a"), (SORT_KEY_BYTES, "é")]
)
def test_a_key_longer_than_dynamodb_takes_is_refused(limit: int, fill: str) -> None:
    template = KeyTemplate("X#{value}", limit)
    longest = fill * ((limit - 2) // len(fill.encode()))
    assert template.format({"value": longest}) == f"X#{longest}"
    with pytest.raises(KeyValueError, match="too long"):
        template.format({"value": longest + fill})


RANKED = KeyTemplate("SPEND#{spend:18}#{id}", SORT_KEY_BYTES)
amounts = st.integers(0, 10**18 - 1)


@given(amounts, values)
def test_a_key_with_a_number_is_read_back(spend: int, id: str) -> None:
    assert RANKED.parse(RANKED.format({"spend": spend, "id": id})) == {"spend": spend, "id": id}


@given(st.tuples(amounts, values), st.tuples(amounts, values))
def test_keys_with_numbers_sort_as_their_values_do(
    one: tuple[int, str], other: tuple[int, str]
) -> None:
    def key(pair: tuple[int, str]) -> bytes:
        return RANKED.format({"spend": pair[0], "id": pair[1]}).encode()

    assert (one < other) == (key(one) < key(other))
    assert (one == other) == (key(one) == key(other))


WORDS = ["TENANT", "A", "B", "USER", "000001"]
parts = st.lists(
    st.sampled_from(WORDS) | st.sampled_from(["{tenant}", "{id}", "{name}", "{count:6}"]),
    min_size=1,
    max_size=4,
)


@given(parts, st.data())
def test_different_values_never_have_the_same_key(parts: list[str], data: st.DataObject) -> None:
    template = KeyTemplate("#".join(parts))
    of_each = {
        "tenant": st.sampled_from(["acme", "acme-eu"]),
        "id": values,
        "name": values,
        "count": st.integers(0, 999_999),
    }
    fields = st.fixed_dictionaries({name: of_each[name] for name in template.fields})
    one, other = data.draw(fields), data.draw(fields)
    assert (one == other) == (template.format(one) == template.format(other))
    assert template.parse(template.format(one)) == one


@pytest.mark.parametrize("number", [-1, 10**18, "1", 1.0, None, True])
def test_a_number_that_does_not_fit_its_digits_is_refused(number: object) -> None:
    with pytest.raises(KeyValueError, match=r"'spend' of .* needs a number of 18 digits"):
        RANKED.format({"spend": number, "id": "1"})


@pytest.mark.parametrize("part", ["1", "0" * 19, "-" + "0" * 17, "\u0663" * 18, "0" * 17 + "%31"])
def test_another_spelling_of_a_number_is_not_read(part: str) -> None:
    with pytest.raises(KeyValueError, match="not a key of the form"):
        RANKED.parse(f"SPEND#{part}#1")


@pytest.mark.parametrize("text", ["{a:0}", "{a:100}", "{a:}", "{a:x}", "{:3}"])
def test_digits_are_one_to_ninety_nine(text: str) -> None:
    with pytest.raises(ModelError, match="neither a word nor one"):
        KeyTemplate(text)


def test_a_prefix_takes_numbers_too() -> None:
    assert RANKED.prefix({"spend": 12}) == "SPEND#000000000000000012#"
