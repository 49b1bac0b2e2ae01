"""Objects with a global id: `node`, `nodes`, every `id` field, and reads by id.

A domain says once, for each type, who may see an object of it (`tenantql.engine.visibility`);
every way to an object by its id goes through that rule.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tenantql.engine.binding import Bindable, InterfaceType, ObjectRule, ObjectType, QueryType
from tenantql.engine.context import Context, Info
from tenantql.engine.errors import BadUserInput, NotFound
from tenantql.engine.visibility import Rule
from tenantql.table import global_ids
from tenantql.table.entity import entity_of
from tenantql.table.requests import Get

MAX_NODES: Final = 100


class NodeType[T: msgspec.Struct](msgspec.Struct, frozen=True):
    """An entity that is an object type of the same name, and who may see an object of it."""

    item: type[T]
    visible: Rule[T]

    @property
    def name(self) -> str:
        """The type's name, in the schema and in items."""
        return entity_of(self.item).name


async def by_id[T: msgspec.Struct](context: Context, id: str, node: NodeType[T]) -> T | None:
    """The object that `id` names, or None if there is none that the caller may see.

    An id of another tenant answers like one that does not exist, and costs no call. Raises
    BadUserInput for an id of another type, KeyValueError for one that is malformed.
    """
    entity, key, tenant = global_ids.decode(id)
    if entity.item is not node.item:
        raise BadUserInput(f"this is not the id of an object of type {node.name}")
    if tenant != context.tenant:
        return None
    found = await Get(node.item, key)
    return found if found is not None and node.visible(context, found) else None


def key_in(context: Context, id: str, node: NodeType[Any]) -> dict[str, str]:
    """The fields of the table key that `id` names, for a write.

    Raises BadUserInput for an id of another type, KeyValueError for one that is malformed, and
    NotFound for one of another tenant.
    """
    found = own_key_in(context, id, node)
    if found is None:
        raise NotFound(f"there is no such {node.name}")
    return found


def own_key_in(context: Context, id: str, node: NodeType[Any]) -> dict[str, Any] | None:
    """As `key_in`, for a read: None for an id of another tenant, which names nothing here."""
    entity, key, tenant = global_ids.decode(id)
    if entity.item is not node.item:
        raise BadUserInput(f"this is not the id of an object of type {node.name}")
    if tenant != context.tenant:
        return None
    return entity.pk.parse(key.pk) | entity.sk.parse(key.sk)


def bindables(nodes: Sequence[NodeType[Any]]) -> list[Bindable]:
    """What the schema's Node interface, its types and its two queries need."""
    by_name = {node.name: node for node in nodes}
    query = QueryType()

    def node_of(id: str) -> NodeType[Any]:
        found = by_name.get(global_ids.decode(id)[0].name)
        if found is None:
            raise BadUserInput("no object of this type can be read by id")
        return found

    @query.field("node")
    async def _resolve_node(_parent: None, info: Info, *, id: str) -> Any:
        return await by_id(info.context, id, node_of(id))

    @query.field("nodes")
    def _resolve_nodes(_parent: None, info: Info, *, ids: list[str]) -> list[Any]:
        if len(ids) > MAX_NODES:
            raise BadUserInput(f"nodes takes at most {MAX_NODES} ids")
        context = info.context

        async def one(id: str) -> Any:
            return await by_id(context, id, node_of(id))

        # A list of awaitables: all of them wait in the same round, and each fails by itself.
        return [one(id) for id in ids]

    def type_of(item: msgspec.Struct, *_: object) -> str:
        return entity_of(type(item)).name

    rules = [ObjectRule(node.name, node.visible) for node in nodes]
    types = [_object_type(node) for node in nodes]
    return [query, InterfaceType("Node", type_of), *types, *rules]


def _object_type(node: NodeType[Any]) -> ObjectType:
    bound = ObjectType(node.name)
    entity = entity_of(node.item)

    def resolve_id(item: msgspec.Struct, _info: object) -> str:
        return global_ids.encode(entity, item)

    bound.set_field("id", resolve_id)
    return bound
