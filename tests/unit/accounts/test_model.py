"""What is compared for uniqueness: names that people take for the same are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.accounts.model import comparable
from tenantql.table.entity import entity_of
from tenantql.table.unique import UniqueClaim


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("straße", "STRASSE"),
        ("ﬁona", "fiona"),
        ("\uff21\uff44\uff41", "ada"),
        ("e\u0301ric", "ÉRIC"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ⅷ", "viii"),
        ("\u017fam", "Sam"),
        ("\u212bngström", "ångström"),
        ("\u1e9e", "ss"),
    ],
)
def test_look_alikes_are_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adá"), ("ada", "ada1"), ("a.b", "ab")])
def test_other_names_are_not(one: str, other: str) -> None:
    assert comparable(one) != comparable(other)


@given(st.text())
def test_what_is_compared_stays_itself(text: str) -> None:
    assert comparable(comparable(text)) == comparable(text)


@given(st.text() | st.sampled_from(["\u01f0", "\u0390", "\u1e96", "\u1f50"]))
def test_what_is_compared_is_normalised(text: str) -> None:
    """Folding these letters takes them apart."""
    assert unicodedata.is_normalized("NFKC", comparable(text))


def test_claims_of_one_value_are_one_item() -> None:
    claim = entity_of(UniqueClaim)
    assert claim.key(tenant="acme", attribute="EMAIL", value="a#b@c.d").pk == (
        "TENANT#acme#UNIQUE#EMAIL#a%23b@c.d"
    )
