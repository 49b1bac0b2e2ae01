"""Operations: a document is within limits, valid, and says which operation runs."""

import pytest

from tenantql.engine.failures import code_of, error_entry
from tenantql.engine.operations import Engine, InvalidOperation, Kind
from tenantql.engine.preparing import MAX_ERRORS
from tenantql.engine.running import FieldError
from tenantql.errors import Code
from tenantql.tenancy.identity import Role
from tests.unit.builders import context

QUERY = "{ organisation { id } }"
MUTATION = (
    'mutation Make { createUser(input: {email: "a@b.example", username: "ada", displayName: "A"})'
    " { user { id } } }"
)


def refusal(engine: Engine, text: str, name: str | None = None) -> list[str]:
    """The messages with which a document is refused."""
    with pytest.raises(InvalidOperation) as raised:
        engine.prepare(text, name)
    assert raised.value.errors
    assert {code_of(error) for error in raised.value.errors} == {Code.BAD_USER_INPUT}
    return [error_entry(error, "")["message"] for error in raised.value.errors]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        (QUERY, None, Kind.QUERY),
        (f"query Own {QUERY}", "Own", Kind.QUERY),
        (MUTATION, "Make", Kind.MUTATION),
    ],
)
def test_a_valid_document(tenants: Engine, text: str, name: str | None, kind: Kind) -> None:
    found = tenants.prepare(text, None)
    assert (found.name, found.kind) == (name, kind)


def test_one_of_several_operations_is_named(tenants: Engine) -> None:
    text = f"query One {QUERY} query Two {QUERY} {MUTATION}"
    assert tenants.prepare(text, "Two").name == "Two"
    assert tenants.prepare(text, "Make").kind is Kind.MUTATION
    (message,) = refusal(tenants, text)
    assert message == "The document has 3 operations; operationName says which one to run."
    (message,) = refusal(tenants, text, "Three")
    assert "no operation of the name that operationName gives" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Unexpected <EOF>"),
        ("{", "Expected Name, found <EOF>"),
        ("hello", "Unexpected Name 'hello'"),
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'"),
        ("{ organisation }", "must have a selection of subfields"),
        ("{ user { id } }", "of type 'ID!' is required"),
        ("{ user(id: 1.5) { id } }", "ID cannot represent"),
        ("query($a: Nothing) { organisation { id } }", "Unknown type 'Nothing'"),
        ("subscription { users { id } }", "subscription operation is not supported"),
        ("fragment F on User { id }", "Fragment 'F' is never used"),
        ("{ ...F } fragment F on Query { ...F }", "Cannot spread fragment 'F' within itself"),
        ('{ userByEmail(email: "a") { id } }', "EmailAddress needs an address"),
    ],
)
def test_an_invalid_document_says_why(tenants: Engine, text: str, message: str) -> None:
    assert any(message in each for each in refusal(tenants, text))


def test_an_error_says_where(tenants: Engine) -> None:
    with pytest.raises(InvalidOperation) as raised:
        tenants.prepare("{\n  nothing\n}", None)
    entry = error_entry(raised.value.errors[0], "request-1")
    assert entry["locations"] == [{"line": 2, "column": 3}]
    assert entry["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize(
    "text",
    [
        "{" + "organisation {" * 300 + "id" + "}" * 301,
        "{ node(id: " + "[" * 450 + "]" * 450 + ") { id } }",
        "query($a: " + "[" * 450 + "ID" + "]" * 450 + ") { organisation { id } }",
    ],
)
def test_a_deep_document_is_refused_and_not_a_defect(tenants: Engine, text: str) -> None:
    assert refusal(tenants, text)


def test_errors_are_few(tenants: Engine) -> None:
    assert len(refusal(tenants, "{ " + " ".join(f"a{n}: b{n}" for n in range(10)) + " }")) <= (
        MAX_ERRORS + 1
    )


def test_the_schema_can_be_asked_for(tenants: Engine) -> None:
    operation = tenants.prepare("{ __schema { queryType { name } } __typename }", None)
    result = tenants.execute(operation, None, context(Role.CUSTOMER))
    assert result.data == {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}


def test_introspection_does_not_go_in_circles(tenants: Engine) -> None:
    circle = "fields { type { " * 4 + "name" + " } }" * 4
    (message,) = refusal(tenants, f"{{ __schema {{ types {{ {circle} }} }} }}")
    assert "introspection depth" in message


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (None, "'ID!' to be provided"),
        ({"id": None}, "'ID!' not to be None"),
        ({"id": ["a"]}, "ID cannot represent"),
    ],
)
def test_variables_that_do_not_fit(
    tenants: Engine, variables: dict[str, object] | None, message: str
) -> None:
    operation = tenants.prepare("query($id: ID!) { user(id: $id) { id } }", None)
    result = tenants.execute(operation, variables, context(Role.ADMIN))
    assert result.data is None
    assert result.errors is not None
    assert [code_of(error) for error in result.errors] == [Code.BAD_USER_INPUT]
    assert message in str(result.errors[0])
    assert not isinstance(result.errors[0], FieldError)


def test_a_document_that_was_prepared_runs_again(tenants: Engine) -> None:
    operation = tenants.prepare("{ __typename }", None)
    for _ in range(2):
        assert tenants.execute(operation, None, context()).data == {"__typename": "Query"}
