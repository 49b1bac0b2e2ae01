"""Measures of a document: one pass over what was parsed, ahead of validation.

Fragments are counted wherever they are spread and walked once: what doubles from one fragment to
the next is computed, never expanded. https://spec.graphql.org/draft/#sec-Validation.Fragments
"""

from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from tenantql.engine.sizes import Measures

INTROSPECTION: Final = frozenset({"__schema", "__type"})

MAX_NESTING: Final = 100
"""Selection sets within each other, fragments included: a bound of this module's recursion, above
every limit of depth."""


class TooDeep(Exception):
    """Raised for selection sets nested beyond `MAX_NESTING`; the walk ends there."""


class FragmentCycle(Exception):
    """Raised for a fragment that leads back to itself; its name is the argument."""


class _Count(msgspec.Struct):
    """What a selection set comes to, with the fragments that it spreads."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    aliases: int = 0
    own: int = 0
    directives: int = 0

    def add(self, other: "_Count") -> None:
        """Counts `other` at the same level."""
        self.depth = max(self.depth, other.depth)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.own += other.own
        self.directives += other.directives


def measured(document: DocumentNode) -> Measures:
    """The measures of `document`; of several operations, the most that one has of each.

    Raises TooDeep and FragmentCycle.
    """
    walk = _Walk(document)
    counts: list[_Count] = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            count = walk.selection_set(definition.selection_set, 1)
            count.directives += len(definition.directives or ())
            for variable in definition.variable_definitions or ():
                count.directives += len(variable.directives or ())
            counts.append(count)
        elif isinstance(definition, FragmentDefinitionNode):
            # For the sake of those that are spread nowhere: validation looks at them as well.
            walk.fragment(definition.name.value, 1)
    return Measures(
        definitions=len(document.definitions),
        repeats=walk.repeats,
        depth=max((count.depth for count in counts), default=0),
        introspection_depth=max((count.introspection_depth for count in counts), default=0),
        fields=max((count.fields for count in counts), default=0),
        aliases=max((count.aliases for count in counts), default=0),
        root_fields=max((count.own for count in counts), default=0),
        directives=max((count.directives for count in counts), default=0),
    )


class _Walk:
    """One pass over a document. Recursion is bounded by `MAX_NESTING`."""

    def __init__(self, document: DocumentNode) -> None:
        self.repeats = 0
        self._counted: dict[str, _Count | None] = {}
        self._definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def fragment(self, name: str, nesting: int) -> _Count:
        """What a fragment comes to; nothing for one that is not there, which validation reports."""
        if name in self._counted:
            count = self._counted[name]
            if count is None:
                raise FragmentCycle(name)
            return count
        definition = self._definitions.get(name)
        if definition is None:
            return _Count()
        self._counted[name] = None
        count = self.selection_set(definition.selection_set, nesting)
        count.directives += len(definition.directives or ())
        self._counted[name] = count
        return count

    def selection_set(self, found: SelectionSetNode, nesting: int) -> _Count:
        """What a selection set comes to."""
        count = _Count()
        self._selections(found, nesting, count, set())
        return count

    def _selections(
        self, found: SelectionSetNode, nesting: int, count: _Count, keys: set[str]
    ) -> None:
        """Adds to `count`; `keys` are the response keys so far, of inline fragments as well."""
        if nesting > MAX_NESTING:
            raise TooDeep
        for selection in found.selections:
            count.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                self._field(selection, nesting, count, keys)
            elif isinstance(selection, InlineFragmentNode):
                self._selections(selection.selection_set, nesting + 1, count, keys)
            elif isinstance(selection, FragmentSpreadNode):
                count.add(self.fragment(selection.name.value, nesting + 1))

    def _field(self, field: FieldNode, nesting: int, count: _Count, keys: set[str]) -> None:
        key = (field.alias or field.name).value
        self.repeats += key in keys
        keys.add(key)
        count.own += 1
        count.fields += 1
        count.aliases += field.alias is not None
        count.depth = max(count.depth, 1)
        if field.selection_set is None:
            return
        below = self.selection_set(field.selection_set, nesting + 1)
        count.fields += below.fields
        count.aliases += below.aliases
        count.directives += below.directives
        if field.name.value in INTROSPECTION:
            count.introspection_depth = max(count.introspection_depth, below.depth)
        else:
            count.depth = max(count.depth, 1 + below.depth)
            count.introspection_depth = max(count.introspection_depth, below.introspection_depth)
