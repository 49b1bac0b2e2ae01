"""docs/authorization.md, from the schemas and the matrix."""

from collections.abc import Iterator, Mapping
from typing import Final

from graphql import GraphQLSchema

from local.authorization.matrix import Matrix, Person, Row, field_of
from local.authorization.schema import (
    PAYLOAD,
    ROOTS,
    Field,
    audience,
    fields_of,
    is_part,
    object_types,
)
from local.provision import ROOT

FILE: Final = ROOT / "docs" / "authorization.md"

HEAD: Final = """\
<!-- Made by `make docs`; change local/authorization or the schemas instead. -->
# Who may do what

Three questions are asked of each request, in this order; none makes up for another.

1. **Which organisation?** The authorizer has verified the token and says whose it is. Every call
   to the table is made with credentials that STS issued for that tenant alone, so nothing below
   this line can lead to another tenant's data. An id of another tenant answers like one that does
   not exist. Operators have no tenant: the tenants' endpoint refuses them (403), and theirs
   refuses everybody else.
2. **Which role?** A field says who may use it: `@auth(requires: [STAFF, ADMIN])`. Roles are not
   ordered; an administrator who buys needs `CUSTOMER` as well. The engine asks before the resolver
   runs. Others get `FORBIDDEN` for this field, and the rest of the answer stands.
3. **Whose is it?** A type says who sees its objects: `@visible(to: "its customer; ...")`, and the
   domain states the rule once (`NodeType` or `ObjectRule`). The engine asks it of every object
   that any field answers with. What is not for the caller is `null`, as if it were not there; a
   write answers `NOT_FOUND`. Lists ask for what is the caller's, and refuse to be of others.

| role | what it is | who gives it |
|---|---|---|
| CUSTOMER | buys; sees what is their own | staff, administrators (`createUser`) |
| SELLER | sells; sees their own products, fulfilments, figures | staff, administrators |
| STAFF | works for the organisation; sees all of it | administrators |
| ADMIN | runs the organisation, and decides who is staff | administrators |
| PLATFORM | operates the platform; belongs to no organisation | the issuer of tokens |

The roles of a request are those of the **token**, which its issuer takes from `User.roles`. So a
role that is taken away is gone with the token, after a day at most: an older one is refused. The
authorizer ignores roles that it does not know, and refuses a token that has PLATFORM and an
organisation.

**What does not start**: a field of Query or Mutation without `@auth`; a type to which several
fields lead without `@auth`, `@visible` or `@part` (decision
[16](decisions/0016-objects-are-hidden-by-the-engine.md)); `@visible` without a rule, and the
reverse. **What fails in CI**: an operation, a type with a global id, or a way to an object that is
not for everybody, without a row in the matrix below; a cell that the endpoint does not answer like
that; this page, if it is not made of what is there.
"""

MATRIX_HEAD: Final = """\
## Tried: each person, each operation

Every cell is a test of the endpoint itself, over a table in memory (`tests/unit/authorization`);
the reads also on a local cloud with IAM on (`tests/integration/commerce/test_authorization.py`).
In the shop of these tests *the customer* has the orders, the invoices, the cart and the review,
and *the seller* the product and a part of the orders. Who comes from *another organisation* has
every role there, and the customer's own user id. A member without roles is forbidden everything;
an operator gets no further than a 403.
"""

ROLES: Final = ("CUSTOMER", "SELLER", "STAFF", "ADMIN")


def page(tenants: GraphQLSchema, platform: GraphQLSchema, matrix: Matrix) -> str:
    """The whole page."""
    parts = [
        [HEAD],
        _fields(tenants, matrix),
        _operators(platform),
        _types(tenants),
        [MATRIX_HEAD],
        _rows("Queries", matrix.queries),
        _rows("Mutations", matrix.mutations),
        _rows("By global id", matrix.nodes),
        _rows("From one object to another", matrix.paths),
    ]
    return "\n".join(line for part in parts for line in part)


def _all_fields(schema: GraphQLSchema) -> list[Field]:
    return [field for each in object_types(schema) for field in fields_of(each)]


def _fields(schema: GraphQLSchema, matrix: Matrix) -> Iterator[str]:
    """Each field that has roles of its own."""
    yield "## Fields and roles\n"
    yield "| field | customer | seller | staff | admin | of these |"
    yield "|---|:-:|:-:|:-:|:-:|---|"
    words = {field_of(name): row.who for name, row in reversed([*matrix.rows()])}
    words["Query.node"] = words["Query.nodes"] = "as the object's type says"
    for field in _all_fields(schema):
        if field.own:
            marks = " | ".join("x" if role in (field.roles or ()) else "" for role in ROLES)
            yield f"| `{field.path}` | {marks} | {words.get(field.path, '')} |"
    yield ""


def _operators(schema: GraphQLSchema) -> Iterator[str]:
    yield "The operators' endpoint, for PLATFORM alone:"
    named = [f"`{field.path}`" for field in _all_fields(schema) if field.own]
    yield f"{', '.join(named)}.\n"


def _types(schema: GraphQLSchema) -> Iterator[str]:
    """Each type that says who sees it, and how one gets there."""
    ways: dict[str, list[str]] = {}
    for field in _all_fields(schema):
        if not field.type.endswith(PAYLOAD):
            ways.setdefault(field.leads_to, []).append(field.path)
    yield "## Objects\n"
    yield "A field is for whoever sees its object, unless it has roles of its own (above).\n"
    yield "| type | who sees an object | its fields |"
    yield "|---|---|---|"
    for each in object_types(schema):
        if said := audience(each):
            fields = ", ".join(f"`{field.name}`" for field in fields_of(each))
            yield f"| `{each.name}` | {said} | {fields} |"
    yield "\nParts are seen by whoever sees what they are reached from, and nowhere else. So are"
    yield "the pages of a list, and what a mutation answers with.\n"
    yield "| part | reached from |"
    yield "|---|---|"
    for each in object_types(schema):
        if each.name in ROOTS or each.name.endswith(PAYLOAD) or audience(each):
            continue
        found = ways.get(each.name, [])
        if found and (is_part(each) or len(found) == 1):
            yield f"| `{each.name}` | {', '.join(f'`{way}`' for way in found)} |"
    yield ""


def _rows(title: str, rows: Mapping[str, Row]) -> Iterator[str]:
    yield f"### {title}\n"
    yield f"| | for whom | {' | '.join(Person)} |"
    yield f"|---|---|{'---|' * len(Person)}"
    for name, row in rows.items():
        field, _, rest = name.partition(" ")
        cells = " | ".join(row.expected.values())
        yield f"| `{field}`{rest and f' {rest}'} | {row.who} | {cells} |"
    yield ""
