"""Negotiation: the media type that the client likes best, of those that there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantql.http.negotiation import GRAPHQL_JSON, JSON, MEDIA_TYPES, media_type, takes_gzip


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("application/json", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (GRAPHQL_JSON.upper(), GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8, application/json; q=0.9", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"application/json, {GRAPHQL_JSON};q=0.5", JSON),
        (f"*/*, {GRAPHQL_JSON};q=0.5", JSON),
        (f"{GRAPHQL_JSON}, */*;q=0.1", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, */*", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0, */*", JSON),
        (f"{JSON};q=0, */*;q=0.1", GRAPHQL_JSON),
        (f"{JSON};q=0, application/*;q=0.1", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON} ; q=0.001", GRAPHQL_JSON),
        ("text/html", None),
        ("application/graphql", None),
        ("text/*", None),
        ("*/*;q=0", None),
        (f"{GRAPHQL_JSON};q=0.0, {JSON};q=0", None),
        (f"{JSON};q=2", None),
        (f"{JSON};q=0.1234", None),
        (f"{JSON};q=high", None),
        (f"{JSON};q=", None),
    ],
)
def test_the_type_of_the_greatest_weight(accept: str | None, kind: str | None) -> None:
    assert media_type(accept) == kind


names = st.sampled_from([*MEDIA_TYPES, "application/*", "*/*", "text/html", "image/*"])
weights = st.integers(0, 1000).map(lambda n: n / 1000)


@given(st.text())
def test_any_text_is_answered(accept: str) -> None:
    assert media_type(accept) in {*MEDIA_TYPES, None}
    assert takes_gzip(accept) in {True, False}


@given(st.dictionaries(names, weights, min_size=1), st.randoms())
def test_the_order_does_not_count_and_what_is_refused_is_not_sent(
    accepted: dict[str, float], random: object
) -> None:
    elements = [f"{name};q={weight}" for name, weight in accepted.items()]
    found = media_type(",".join(elements))
    random.shuffle(elements)  # pyright: ignore[reportAttributeAccessIssue]
    assert media_type(", ".join(elements)) == found

    def weight(kind: str) -> float:
        named = [kind, "application/*", "*/*"]
        return next((accepted[name] for name in named if name in accepted), 0.0)

    if found is None:
        assert all(weight(kind) == 0 for kind in MEDIA_TYPES)
    else:
        assert weight(found) == max(map(weight, MEDIA_TYPES)) > 0


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5, br", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
    ],
)
def test_gzip(header: str | None, taken: bool) -> None:
    assert takes_gzip(header) is taken
