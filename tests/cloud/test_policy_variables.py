"""Policy variables and patterns, against the documented semantics."""

import string
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from local.cloud.semantics.variables import (
    LITERALS,
    expand,
    expand_conditions,
    expand_patterns,
    pattern,
    plain,
    without_variables,
)

CONTEXT = {"aws:principaltag/tenantid": "acme", "aws:username": "ann", "aws:principaltag/empty": ""}


def value_of(name: str) -> str | None:
    return CONTEXT.get(name.lower())


def matches(policy_text: str, value: str) -> bool:
    expanded = expand(policy_text, value_of)
    return expanded is not None and pattern(expanded).match(value) is not None


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("${aws:PrincipalTag/TenantId}", "acme"),
        ("${AWS:principaltag/TENANTID}", "acme"),
        ("${ aws:username }", "ann"),
        ("TENANT#${aws:PrincipalTag/TenantId}#*", "TENANT#acme#*"),
        ("${aws:username}/${aws:PrincipalTag/TenantId}", "ann/acme"),
        ("${aws:PrincipalTag/Empty}x", "x"),
        ("${aws:PrincipalTag/Missing, 'nobody'}", "nobody"),
        ("${aws:PrincipalTag/Missing, ''}x", "x"),
        ("${aws:username, 'nobody'}", "ann"),
        ("${aws:PrincipalTag/Missing}", None),
        ("a${aws:username}${aws:PrincipalTag/Missing}", None),
        ("${", None),
        ("${aws:username", None),
        ("$aws:username", "$aws:username"),
        ("${$}{aws:username}", LITERALS["$"] + "{aws:username}"),
    ],
)
def test_expansion(text: str, expanded: str | None) -> None:
    assert expand(text, value_of) == expanded


@pytest.mark.parametrize(
    ("policy_text", "value", "expected"),
    [
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("TENANT#acme#*", "TENANT#acme#", True),
        ("TENANT#acme#*", "TENANT#acme", False),
        ("TENANT#acme#*", "TENANT#acme-eu#1", False),
        ("TENANT#acme#*", "tenant#acme#1", False),
        ("TENANT#acme#*", "TENANT#acme#line\nbreak", True),
        ("TENANT#acme", "TENANT#acme\n", False),
        ("a.c", "abc", False),
        ("${*}", "*", True),
        ("${*}", "anything", False),
        ("${*}", "${*}", False),
        ("a${?}c", "a?c", True),
        ("a${?}c", "abc", False),
        ("${$}{x}", "${x}", True),
        ("*${*}*", "a*b", True),
        ("*${*}*", "ab", False),
        ("TENANT#${aws:PrincipalTag/TenantId}#*", "TENANT#acme#USER#1", True),
        ("TENANT#${aws:PrincipalTag/TenantId}#*", "TENANT#acme-eu#USER#1", False),
        ("TENANT#${aws:PrincipalTag/Missing}#*", "TENANT##USER#1", False),
        ("TENANT#${aws:PrincipalTag/Missing}#*", "TENANT#${aws:PrincipalTag/Missing}#1", False),
    ],
)
def test_patterns(policy_text: str, value: str, expected: bool) -> None:
    assert matches(policy_text, value) is expected


def test_a_resource_that_cannot_match_is_left_out() -> None:
    assert expand_patterns(["a*", "${aws:PrincipalTag/Missing}"], value_of) == ["a*"]


def test_conditions() -> None:
    conditions = {
        "StringEquals": {"k": "${aws:username}${*}"},
        "ForAllValues:StringLikeIfExists": {"k": ["${aws:username}${*}", "${aws:PrincipalTag/No}"]},
        "ArnLike": {"k": "arn:${?}"},
        "StringNotEquals": {"k": "${aws:PrincipalTag/No}"},
        "Null": {"k": "false", "l": True},
        "NumericLessThan": {"k": "${aws:username}"},
    }
    assert expand_conditions(conditions, value_of) == {
        "StringEquals": {"k": ["ann*"]},
        "ForAllValues:StringLikeIfExists": {"k": ["ann" + LITERALS["*"]]},
        "ArnLike": {"k": ["arn:" + LITERALS["?"]]},
        "StringNotEquals": {"k": []},
        "Null": {"k": ["false"], "l": [True]},
        "NumericLessThan": {"k": ["${aws:username}"]},
    }


def test_documents_before_variables_keep_them_as_text() -> None:
    document = {"Resource": ["x/${aws:username}"], "Condition": {"Null": {"k": True}}}
    old: Any = without_variables(document)
    (resource,) = expand_patterns(old["Resource"], value_of)
    assert pattern(resource).match("x/${aws:username}")
    assert not pattern(resource).match("x/ann")
    assert plain(resource) == "x/${aws:username}"
    assert old["Condition"] == {"Null": {"k": True}}


TEXT = st.text(string.ascii_letters + "#/:-*?$\n", max_size=12)


@given(text=TEXT)
def test_a_text_of_literals_matches_itself_alone(text: str) -> None:
    escaped = "".join(f"${{{c}}}" if c in LITERALS else c for c in text)
    assert matches(escaped, text)
    assert not matches(escaped, text + "x")


@given(tenant=st.text(string.ascii_lowercase + "-", min_size=1, max_size=8), other=TEXT, rest=TEXT)
def test_a_tenant_s_pattern_ends_at_the_delimiter(tenant: str, other: str, rest: str) -> None:
    assume("#" not in other and other != tenant)
    text = expand("TENANT#${aws:PrincipalTag/TenantId}#*", lambda _: tenant)
    assert text is not None
    assert pattern(text).match(f"TENANT#{tenant}#{rest}")
    assert not pattern(text).match(f"TENANT#{other}#{rest}")


def test_case_matters_unless_it_is_asked_not_to() -> None:
    assert not pattern("dynamodb:get*").match("dynamodb:GetItem")
    assert pattern("dynamodb:get*", ignore_case=True).match("dynamodb:GetItem")
