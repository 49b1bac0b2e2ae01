"""Resolvers of every kind, for any schema."""

from collections.abc import Callable
from random import Random
from typing import Any, cast

from graphql import GraphQLField, GraphQLSchema, is_abstract_type, is_object_type

from tenantql.engine.fields import attribute
from tests.differential.answers import Thing, World, error


def bind(schema: GraphQLSchema, chance: Random) -> None:
    """Gives each field a resolver of some kind, and each open type what tells an object's type."""
    for type in schema.type_map.values():
        if type.name.startswith("__"):
            continue
        if is_abstract_type(type):
            type.resolve_type = None if chance.random() < 0.1 else _type_of
        elif is_object_type(type):
            for name, found in type.fields.items():
                is_root = type in (schema.query_type, schema.mutation_type)
                kind = chance.choice(("sync", "async", "async", "attribute", "none"))
                if kind == "attribute" and not is_root:
                    found.resolve = attribute(chance.choice((name, name, "absent", "not one")))
                elif kind == "none" and not is_root:
                    found.resolve = None
                else:
                    found.resolve = _resolver(type.name, name, found, kind, is_root=is_root)


def _type_of(value: Any, info: Any, _type: object) -> Any:
    if isinstance(value, Thing):
        world, type, seed = value._about
        chance = world.chance(seed, "type")
        draw = chance.random() / (world.trouble or 1e-9)
        if draw < 0.1:
            raise error(chance)
        if draw < 0.4:
            return chance.choice((None, "", "Query", "N0", "Int", "Nobody", 5, "O1", "O2"))
        return type.name
    return cast("Any", value).get("__typename") if isinstance(value, dict) else None


def _resolver(
    of_type: str, name: str, of: GraphQLField, kind: str, *, is_root: bool
) -> Callable[..., Any]:
    place = f"{of_type}.{name}"

    def begin(parent: Any, info: Any, arguments: dict[str, Any]) -> tuple["World", Random]:
        world: World = info.context
        seed = cast("Any", parent).get("#") if type(parent) is dict else str(parent)
        chance = world.chance(seed, place, sorted(arguments.items()))
        if of_type == "Mutation":
            world.quiet()
        if is_root:
            world.calls.append(f"{place}({sorted(arguments.items())})")
        return world, chance

    def found(world: World, chance: Random) -> Any:
        if chance.random() < world.trouble:
            raise error(chance)
        return world.answer(chance, of.type)

    def resolve(parent: Any, info: Any, **arguments: Any) -> Any:
        return found(*begin(parent, info, arguments))

    async def wait(world: World, chance: Random) -> Any:
        await world.wait(chance)
        return found(world, chance)

    def start(parent: Any, info: Any, **arguments: Any) -> Any:
        world, chance = begin(parent, info, arguments)
        return world.keep(wait(world, chance))

    return start if kind == "async" else resolve
