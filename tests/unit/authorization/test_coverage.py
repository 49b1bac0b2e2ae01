"""Nothing is added without a word on who may have it: the matrix beside the schemas."""

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, is_abstract_type

from local.authorization.matrix import field_of, matrix
from local.authorization.schema import (
    PAYLOAD,
    ROOTS,
    Field,
    audience,
    fields_of,
    object_types,
    shipped,
)
from tenantql.engine.schema import PLATFORM_SCHEMA, TENANT_SCHEMA, bind_schema, read_schema
from tenantql.engine.visibility import everybody, rule_of
from tests.unit.authorization.test_matrix import OPERATIONS
from tests.unit.schemas import SHIPPED

MATRIX = matrix()
SCHEMA = shipped()
FIELDS = [field for each in object_types(SCHEMA) for field in fields_of(each)]
ROOT_FIELDS = {field.path for field in FIELDS if field.type in ROOTS}
NODES = {"Query.node", "Query.nodes"}
BOUND = bind_schema(read_schema(TENANT_SCHEMA), SHIPPED[TENANT_SCHEMA])
GUARDED = {
    each.name
    for each in BOUND.type_map.values()
    if rule_of(each) is not None and rule_of(each) is not everybody
}
"""Types whose objects are not for everybody."""


def needs_a_row(field: Field) -> bool:
    """Whether a field within an object is not for everybody who sees that.

    What a mutation answers with is the mutation's, which has a row of its own.
    """
    if field.type in ROOTS or field.type.endswith(PAYLOAD):
        return False
    return field.own or field.leads_to in GUARDED


def test_each_operation_has_a_row() -> None:
    named = {field_of(name) for name in (*MATRIX.queries, *MATRIX.mutations)}
    assert named == ROOT_FIELDS - NODES


def test_each_operation_of_operators_is_tried() -> None:
    platform = shipped(PLATFORM_SCHEMA)
    fields = {
        field.name
        for each in object_types(platform)
        if each.name in ROOTS
        for field in fields_of(each)
    }
    assert fields == set(OPERATIONS)


def test_each_type_with_a_global_id_has_a_row() -> None:
    node = SCHEMA.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    types = {each.name for each in SCHEMA.get_possible_types(node)}
    assert set(MATRIX.nodes) == {f"Query.node ({name})" for name in types}


def test_each_way_to_what_is_not_for_everybody_has_a_row() -> None:
    wanted = {field.path for field in FIELDS if needs_a_row(field)}
    named = {field_of(name) for name in MATRIX.paths}
    assert wanted - named == set()
    # There may be rows for others as well.
    assert named - {field.path for field in FIELDS} == set()


def test_objects_without_a_type_come_by_their_id_alone() -> None:
    """`node` asks the rules itself: the engine has one for each type, and none for an interface."""
    abstract = {field.path for field in FIELDS if is_abstract_type(SCHEMA.type_map[field.leads_to])}
    assert abstract == NODES


@pytest.mark.parametrize("name", sorted(GUARDED))
def test_a_type_that_is_not_for_everybody_says_for_whom(name: str) -> None:
    type = SCHEMA.type_map[name]
    assert isinstance(type, GraphQLObjectType)
    said = audience(type)
    assert said
    assert said != "everybody in the organisation"
