"""Binding: a schema that does not say who may use a field does not start."""

from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLSchema, is_specified_scalar_type

from tenantql.engine.binding import Bindable, ObjectRule, ObjectType, QueryType
from tenantql.engine.errors import SchemaError
from tenantql.engine.failures import code_of
from tenantql.engine.operations import Engine
from tenantql.engine.schema import TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.visibility import everybody
from tenantql.errors import Code
from tenantql.tenancy.identity import Role
from tests.unit.builders import context, holding, organisation
from tests.unit.engine.conftest import Bind
from tests.unit.schemas import SHIPPED

HEAD = """
directive @auth(requires: [Role!]!) on FIELD_DEFINITION | OBJECT
directive @visible(to: String!) on OBJECT
directive @part on OBJECT
directive @cost(weight: String! = "1") on FIELD_DEFINITION
enum Role { CUSTOMER SELLER STAFF ADMIN PLATFORM }
"""


def resolving(value: Any, field: str = "value") -> list[Bindable]:
    query = QueryType()
    query.set_field(field, lambda *_: value)
    return [query]


def query(engine: Engine, text: str, *roles: Role) -> tuple[Any, list[Code]]:
    """Data and error codes of an operation."""
    result = engine.execute(engine.prepare(text, None), None, context(*roles))
    return result.data, [code_of(error) for error in result.errors or ()]


def test_a_root_field_says_who_may_use_it() -> None:
    with pytest.raises(SchemaError, match=r"Query\.value needs @auth\(requires: \[\.\.\.\]\)"):
        bind_schema(HEAD + "type Query { value: Int }", resolving(1))


async def _waiting(*_: object) -> None:
    """A resolver that may wait for requests."""


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("type Query { value: Int @auth(requires: [ADMIN]) }", "Query.value"),
        (
            "type Query { value: Shop @cost @auth(requires: [ADMIN]) } type Shop { name: Int }",
            "Shop.name",
        ),
    ],
)
def test_a_field_at_the_top_or_that_waits_says_what_it_costs(text: str, field: str) -> None:
    bindables = resolving(1)
    if field == "Shop.name":
        shop = ObjectType("Shop")
        shop.set_field("name", _waiting)
        bindables = [*bindables, shop]
    with pytest.raises(SchemaError, match=rf"{field} needs @cost\(weight: \.\.\.\)"):
        bind_schema(HEAD + text, bindables)


@pytest.mark.parametrize("root", ["Query", "Mutation"])
def test_a_root_field_has_a_resolver(root: str) -> None:
    ok = "type Query { value: Int @cost @auth(requires: [ADMIN]) }"
    text = f"{root} {{ other: Int @cost @auth(requires: [ADMIN]) }}"
    extended = f"extend type {text}" if root == "Query" else f"type {text}"
    with pytest.raises(SchemaError, match=rf"{root}\.other has no resolver"):
        bind_schema(HEAD + ok + extended, resolving(1))


def test_a_resolver_without_a_field_does_not_start() -> None:
    text = HEAD + "type Query { value: Int @cost @auth(requires: [ADMIN]) }"
    with pytest.raises(ValueError, match="other"):
        bind_schema(text, [*resolving(1), *resolving(1, "other")])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "required", [[Role.STAFF, Role.ADMIN], [Role.CUSTOMER], [Role.PLATFORM], list(Role), []]
)
def test_a_field_is_for_the_roles_that_it_names(
    bind: Bind, role: Role, required: Sequence[Role]
) -> None:
    names = ", ".join(each.name for each in required)
    text = HEAD + f"type Query {{ value: Int @cost @auth(requires: [{names}]) }}"
    found = query(bind(text, resolving(1)), "{ value }", role)
    assert found == (
        ({"value": 1}, []) if role in required else ({"value": None}, [Code.FORBIDDEN])
    )


def test_one_of_several_roles_is_enough(bind: Bind) -> None:
    engine = bind(HEAD + "type Query { value: Int @cost @auth(requires: [STAFF]) }", resolving(1))
    assert query(engine, "{ value }", Role.CUSTOMER, Role.STAFF) == ({"value": 1}, [])
    assert query(engine, "{ value }") == ({"value": None}, [Code.FORBIDDEN])


def test_a_refused_field_is_not_resolved(bind: Bind) -> None:
    called: list[str] = []
    root = QueryType()
    root.set_field("value", lambda *_: called.append("called"))
    engine = bind(HEAD + "type Query { value: Int @cost @auth(requires: [STAFF]) }", [root])
    query(engine, "{ value }", Role.CUSTOMER)
    assert called == []


NESTED = """
type Query { shop: Shop @cost @auth(requires: [CUSTOMER, STAFF, ADMIN]) }
type Shop @auth(requires: [STAFF, ADMIN]) {
  secret: Int
  open: Int @auth(requires: [CUSTOMER])
  closed: Int @auth(requires: [])
}
"""


@pytest.mark.parametrize(
    ("field", "role", "allowed"),
    [
        ("secret", Role.STAFF, True),
        ("secret", Role.CUSTOMER, False),
        ("open", Role.CUSTOMER, True),
        ("open", Role.STAFF, False),
        ("closed", Role.ADMIN, False),
        ("closed", Role.CUSTOMER, False),
    ],
)
def test_a_types_roles_hold_for_each_field_without_its_own(
    bind: Bind, field: str, role: Role, allowed: bool
) -> None:
    engine = bind(HEAD + NESTED, resolving({"secret": 1, "open": 1, "closed": 1}, "shop"))
    data, codes = query(engine, f"{{ shop {{ {field} }} }}", role)
    assert data == {"shop": {field: 1 if allowed else None}}
    assert codes == ([] if allowed else [Code.FORBIDDEN])


def test_roles_of_an_extension_hold_for_the_type(bind: Bind) -> None:
    text = """
    type Query { shop: Shop @cost @auth(requires: [CUSTOMER, ADMIN]) }
    type Shop { secret: Int }
    extend type Shop @auth(requires: [ADMIN])
    """
    engine = bind(HEAD + text, resolving({"secret": 1}, "shop"))
    refused = query(engine, "{ shop { secret } }", Role.CUSTOMER)
    assert refused == ({"shop": {"secret": None}}, [Code.FORBIDDEN])
    assert query(engine, "{ shop { secret } }", Role.ADMIN) == ({"shop": {"secret": 1}}, [])


def test_a_field_of_an_object_needs_no_roles(bind: Bind) -> None:
    text = "type Query { shop: Shop @cost @auth(requires: [ADMIN]) } type Shop { name: String }"
    engine = bind(HEAD + text, resolving({"name": "a"}, "shop"))
    assert query(engine, "{ shop { name } }", Role.ADMIN) == ({"shop": {"name": "a"}}, [])


TWO_WAYS = """
type Query { shop: Shop @cost @auth(requires: [ADMIN]) other: Shop @cost @auth(requires: [STAFF]) }
type Shop %s { name: String }
"""


def test_a_type_with_several_ways_to_it_says_who_sees_it(bind: Bind) -> None:
    bindables = [*resolving({"name": "a"}, "shop"), *resolving({"name": "b"}, "other")]
    with pytest.raises(SchemaError, match="Shop needs @auth, @visible or @part in the schema"):
        bind(HEAD + TWO_WAYS % "", bindables)
    for said in ("@part", "@auth(requires: [ADMIN])"):
        engine = bind(HEAD + TWO_WAYS % said, bindables)
        assert query(engine, "{ shop { name } }", Role.ADMIN) == ({"shop": {"name": "a"}}, [])


SECRETS = """
type Query {
  shops: [Shop] @cost @auth(requires: [ADMIN])
  page: Page @cost @auth(requires: [ADMIN]) }
type Page @part { shops: [Shop!]! shop: Shop later: Shop @cost }
type Shop @visible(to: "its owner") { name: String }
"""
OWN, FOREIGN = {"name": "a", "owner": "somebody"}, {"name": "b", "owner": "somebody else"}


def owned(found: dict[str, Any]) -> list[Bindable]:
    """The resolvers of `SECRETS`, and its rule."""
    page = ObjectType("Page")

    @page.field("later")
    async def _resolve(*_: object) -> object:
        return found["shop"]

    rule = ObjectRule[Any]("Shop", lambda context, shop: shop["owner"] == context.identity.subject)
    return [*resolving([OWN, None, FOREIGN], "shops"), *resolving(found, "page"), page, rule]


@pytest.mark.parametrize("field", ["shop", "later"])
def test_an_object_that_is_not_for_the_caller_is_null_wherever_it_comes_from(
    bind: Bind, field: str
) -> None:
    for shop, expected in ((OWN, {"name": "a"}), (FOREIGN, None), (None, None)):
        engine = bind(HEAD + SECRETS, owned({"shop": shop}))
        found = query(engine, f"{{ page {{ {field} {{ name }} }} }}", Role.ADMIN)
        assert found == ({"page": {field: expected}}, [])


def test_a_list_has_null_for_an_object_that_is_not_for_the_caller(bind: Bind) -> None:
    engine = bind(HEAD + SECRETS, owned({"shops": (OWN, FOREIGN)}))
    found = query(engine, "{ shops { name } }", Role.ADMIN)
    assert found == ({"shops": [{"name": "a"}, None, None]}, [])
    # A list that promises none of it is a defect as a whole.
    found = query(engine, "{ page { shops { name } } }", Role.ADMIN)
    assert found == ({"page": None}, [Code.INTERNAL])


@pytest.mark.parametrize("said", ["", '@visible(to: "all")'])
def test_a_rule_is_told_in_the_schema_and_bound(bind: Bind, said: str) -> None:
    text = "type Query { shop: Shop @auth(requires: [ADMIN]) } type Shop %s { name: String }"
    rules: list[Bindable] = [] if said else [ObjectRule("Shop", everybody)]
    with pytest.raises(SchemaError, match="Shop has @visible in the schema, or a rule"):
        bind(HEAD + text % said, [*resolving({}, "shop"), *rules])


def test_names_are_camel_case_outside_and_snake_case_inside(bind: Bind) -> None:
    text = "type Query { shop(theKey: String!): Shop @cost @auth(requires: [ADMIN]) }"
    root, shop = QueryType(), ObjectType("Shop")

    def resolve(*_: object, the_key: str) -> dict[str, str]:
        return {"first_name": the_key}

    root.set_field("shop", resolve)
    engine = bind(HEAD + text + "type Shop { firstName: String }", [root, shop])
    found = query(engine, '{ shop(theKey: "a") { firstName } }', Role.ADMIN)
    assert found == ({"shop": {"firstName": "a"}}, [])


def test_a_coroutine_is_driven_wherever_it_stands(tenants: Engine) -> None:
    transport = holding(organisation())
    result = tenants.execute(
        tenants.prepare("{ organisation { slug createdAt } }", None),
        None,
        context(Role.CUSTOMER, transport=transport),
    )
    assert result.errors is None
    assert result.data == {"organisation": {"slug": "acme", "createdAt": organisation().created_at}}
    assert transport.operations == ["GetItem"]


@pytest.fixture(scope="module", params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> GraphQLSchema:
    """Each schema that the layer ships."""
    return bind_schema(read_schema(request.param), SHIPPED[request.param])


def test_everything_that_a_client_sees_is_described(shipped: GraphQLSchema) -> None:
    """graphql.md: every type, field, argument and enum value has a description."""
    bare: list[str] = []
    for name, definition in shipped.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(definition):
            continue
        described: dict[str, Any] = {name: definition}
        if isinstance(definition, GraphQLEnumType):
            described |= {f"{name}.{value}": each for value, each in definition.values.items()}
        else:
            fields: dict[str, Any] = getattr(definition, "fields", {})
            for field, each in fields.items():
                described[f"{name}.{field}"] = each
                if not isinstance(definition, GraphQLInputObjectType):
                    described |= {f"{name}.{field}({a})": of for a, of in each.args.items()}
        bare += [path for path, each in described.items() if not each.description]
    assert bare == []


def test_roles_of_the_schema_are_roles_of_identities(shipped: GraphQLSchema) -> None:
    roles = shipped.type_map["Role"]
    assert isinstance(roles, GraphQLEnumType)
    assert {name.lower() for name in roles.values} <= set(Role)


def test_no_tenant_can_be_given_the_platforms_role() -> None:
    schema = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
    roles = schema.type_map["Role"]
    assert isinstance(roles, GraphQLEnumType)
    assert "PLATFORM" not in roles.values
