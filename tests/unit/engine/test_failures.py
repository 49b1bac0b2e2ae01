"""Failures: what a client is told, and what only the log knows."""

from typing import Any

import pytest
from graphql import GraphQLError

from tenantql.commerce.model import Invoice
from tenantql.engine.compiling.refusing import UNREADABLE
from tenantql.engine.errors import (
    BadUserInput,
    DocumentError,
    Forbidden,
    ResolverDefect,
    SchemaError,
)
from tenantql.engine.failures import MASKED, cause_of, code_of, error_entry, log_fields
from tenantql.engine.operations import Engine, InvalidOperation
from tenantql.engine.running import FieldError
from tenantql.errors import Code, SettingsError, TenantqlError
from tenantql.table import errors as table
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.tenancy import errors as tenancy
from tenantql.tenancy.identity import Role
from tests.unit.builders import context, holding, invoice, user

SECRET = "TENANT#globex#USER#1"


def located(error: Exception) -> FieldError:
    """An error as it is told of a field."""
    return FieldError(error, ((1, 3),), ["user", 0])


CODES: list[tuple[TenantqlError, Code]] = [
    (tenancy.Unauthenticated(SECRET), Code.UNAUTHENTICATED),
    (tenancy.TenantRefused(SECRET), Code.FORBIDDEN),
    (tenancy.TenantMoving(SECRET), Code.TENANT_MOVING),
    (tenancy.VendingFailed(SECRET), Code.UNAVAILABLE),
    (Forbidden(SECRET), Code.FORBIDDEN),
    (BadUserInput(SECRET), Code.BAD_USER_INPUT),
    (table.KeyValueError(SECRET), Code.BAD_USER_INPUT),
    (table.AccessDenied(SECRET), Code.FORBIDDEN),
    (table.ForeignKey(SECRET), Code.FORBIDDEN),
    (table.Throttled(SECRET), Code.RATE_LIMITED),
    (table.Unavailable(SECRET), Code.UNAVAILABLE),
    (table.Conflict(SECRET), Code.CONFLICT),
    (table.ConditionFailed((0,)), Code.CONFLICT),
    (table.TableError(SECRET), Code.INTERNAL),
    (table.InvalidItem(SECRET), Code.INTERNAL),
    (table.ForeignItem(SECRET), Code.INTERNAL),
    (table.CredentialsMissing(SECRET), Code.INTERNAL),
    (table.ModelError(SECRET), Code.INTERNAL),
    (ResolverDefect(SECRET), Code.INTERNAL),
    (SchemaError(SECRET), Code.INTERNAL),
    (SettingsError(SECRET), Code.INTERNAL),
]


@pytest.mark.parametrize(("error", "code"), CODES, ids=lambda each: type(each).__name__)
def test_each_error_has_a_code(error: TenantqlError, code: Code) -> None:
    for raised in (error, located(error), located(located(error))):
        assert code_of(raised) is code
        entry = error_entry(raised, "request-1")
        assert entry["extensions"]["code"] == code
        if code is Code.INTERNAL:
            assert entry["message"] == MASKED
            assert SECRET not in repr(entry)
        else:
            assert entry["message"] == str(error)


@pytest.mark.parametrize("error", [KeyError(SECRET), ZeroDivisionError(SECRET), OSError(SECRET)])
def test_a_defect_shows_the_request_id_and_nothing_else(error: Exception) -> None:
    assert error_entry(error, "request-1") == {
        "message": MASKED,
        "extensions": {"code": "INTERNAL", "requestId": "request-1"},
    }
    entry = error_entry(located(error), "request-1")
    assert SECRET not in repr(entry)
    assert entry["path"] == ["user", 0]
    assert entry["locations"] == [{"line": 1, "column": 3}]


def test_only_a_defect_shows_a_request_id() -> None:
    assert error_entry(Forbidden("no"), "request-1")["extensions"] == {"code": "FORBIDDEN"}


def test_what_does_not_fit_the_schema_is_the_clients() -> None:
    error = DocumentError("Cannot query field 'a'.", ((1, 3),))
    assert code_of(error) is Code.BAD_USER_INPUT
    entry = error_entry(error, "r")
    assert entry["message"] == "Cannot query field 'a'."
    assert entry["locations"] == [{"line": 1, "column": 3}]


def test_an_error_of_graphql_at_a_field_is_a_defect() -> None:
    assert code_of(located(GraphQLError(SECRET))) is Code.INTERNAL
    assert SECRET not in str(error_entry(located(GraphQLError(SECRET)), "r"))


def asked(engine: Engine, text: str, *items: Any, **variables: Any) -> dict[str, Any]:
    """The one error of an operation, as an entry of the response."""
    given = context(Role.STAFF, transport=holding(*items))
    result = engine.execute(engine.prepare(text, None), variables, given)
    (error,) = result.errors or []
    return error_entry(error, "request-1")


def test_a_stored_value_that_does_not_fit_is_a_defect_and_not_shown(tenants: Engine) -> None:
    """graphql-core raises the same kind of error for a client's value and for one of ours."""
    by_email = '{ userByEmail(email: "ada@example.com") { roles } }'
    found = asked(tenants, by_email, user(roles=frozenset({"hidden"})))
    assert found["extensions"] == {"code": "INTERNAL", "requestId": "request-1"}
    assert "hidden" not in repr(found)
    id = global_ids.encode(entity_of(Invoice), invoice())
    text = f'{{ invoice(id: "{id}") {{ total {{ amount }} }} }}'
    found = asked(tenants, text, invoice(total=2**60))
    assert found["message"] == MASKED


def test_a_variable_that_does_not_fit_its_argument_is_the_clients(tenants: Engine) -> None:
    text = 'query($id: ID = "a") { user(id: $id) { id } }'
    found = asked(tenants, text, id=None)
    assert found["extensions"] == {"code": "BAD_USER_INPUT"}
    assert found["path"] == ["user"]
    assert "'id'" in found["message"]


HUGE = "9" * 5000
"""Python refuses to read an integer of so many digits."""

DEAR = f'{{range: {{currency: "EUR", least: {HUGE}}}}}'


@pytest.mark.parametrize(
    "text",
    [
        f"{{ users(first: {HUGE}) {{ nodes {{ id }} }} }}",
        f"query($n: Int = {HUGE}) {{ users(first: $n) {{ nodes {{ id }} }} }}",
        f"{{ products(byPrice: {DEAR}) {{ nodes {{ title }} }} }}",
    ],
)
def test_a_literal_that_python_does_not_read_is_the_clients(tenants: Engine, text: str) -> None:
    with pytest.raises(InvalidOperation) as raised:
        tenants.prepare(text, None)
    for error in raised.value.errors:
        assert code_of(error) is Code.BAD_USER_INPUT
        entry = error_entry(error, "request-1")
        assert entry["message"] == UNREADABLE
        assert entry["locations"]


def test_the_cause_is_what_was_raised_first() -> None:
    error = KeyError("a")
    assert cause_of(located(located(error))) is error
    assert cause_of(error) is error


def test_the_log_gets_type_and_stack_but_no_message() -> None:
    def fails(values: dict[str, Any]) -> Any:
        return values[SECRET]

    with pytest.raises(KeyError) as raised:
        fails({})
    fields = log_fields(located(raised.value))
    assert fields["error_type"] == "builtins.KeyError"
    assert any(frame.startswith("fails ") for frame in fields["error_stack"])
    assert SECRET not in repr(fields)


def test_a_stack_is_cut() -> None:
    def deep(left: int) -> None:
        if left == 0:
            raise KeyError(SECRET)
        deep(left - 1)

    with pytest.raises(KeyError) as raised:
        deep(100)
    assert len(log_fields(raised.value)["error_stack"]) == 12
