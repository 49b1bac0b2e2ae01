"""What IAM is asked for one DynamoDB data request: actions, resources, leading keys.

DynamoDB authorizes a request on each table (or index) that it names, with the partition keys of
that table's items as the multi-valued ``dynamodb:LeadingKeys``:

- Get, Put, Update, Delete: the item's key. Query: the partition that the key condition names,
  on an index the *index's* partition key, and the index's ARN.
- BatchGetItem and BatchWriteItem: one check a table, as an action of their own, with the keys of
  all of that table's items.
- Transactions are no action: each item is checked as the single-item action that it performs.
- Scan and PartiQL have no leading keys. A PartiQL statement is ``dynamodb:PartiQLSelect`` (or
  Insert, Update, Delete).

Only the members that DynamoDB itself reads for the operation count: an extra ``TableName`` in a
BatchGetItem or an ``IndexName`` in a GetItem changes nothing.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon
DynamoDB"; DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access
control" and "Using IAM with DynamoDB transactions". AWS does not document whether an item of a
transaction is checked with its own key or with those of all items; here it is its own key. One
foreign key denies the whole call either way.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from local.cloud.semantics.key_conditions import (
    KeySchema,
    UnreadableKey,
    key_value,
    mapping,
    queried_partition,
)


@dataclass(frozen=True, slots=True)
class TableKeys:
    """A table's ARN and the keys of the table and of each of its indexes."""

    arn: str
    keys: KeySchema
    indexes: Mapping[str, KeySchema] = field(default_factory=dict[str, KeySchema])


@dataclass(frozen=True, slots=True)
class Check:
    """One question to IAM.

    `leading_keys` is None where AWS sets no such key. With a `problem`, the request's keys could
    not be read: a policy that asks for leading keys must then deny.
    """

    action: str
    resource: str
    leading_keys: tuple[str, ...] | None = None
    problem: str = ""
    transactional: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """The verb, table and index of a PartiQL statement."""

    verb: str
    table: str
    index: str | None = None


type FindTable = Callable[[str], TableKeys | None]
type NameToArn = Callable[[str], str]
type ReadStatement = Callable[[Mapping[str, object]], Statement]

type _KeysOf = Callable[[object, TableKeys], Iterator[str]]

_SINGLE_ITEM = {"GetItem": "Key", "PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}
_WHOLE_TABLE = frozenset({"Scan", "SearchVectors"})
_BATCH_WRITES = {"PutRequest": "Item", "DeleteRequest": "Key"}
_TRANSACT_WRITES = {
    "ConditionCheck": ("ConditionCheckItem", "Key"),
    "Put": ("PutItem", "Item"),
    "Update": ("UpdateItem", "Key"),
    "Delete": ("DeleteItem", "Key"),
}
_TRANSACTIONS = {
    "TransactWriteItems": _TRANSACT_WRITES,
    "TransactGetItems": {"Get": ("GetItem", "Key")},
}
_STATEMENTS = {
    "ExecuteStatement": None,
    "BatchExecuteStatement": "Statements",
    "ExecuteTransaction": "TransactStatements",
}
_PARTIQL = {
    "SELECT": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}


@dataclass(frozen=True, slots=True)
class ItemChecks:
    """Derives the checks of a request from the tables that exist.

    `find_table` takes a table's name or ARN, `name_to_arn` gives the ARN of a table that does not
    exist, `read_statement` parses a PartiQL statement and raises
    ValueError or TypeError if it cannot.
    """

    find_table: FindTable
    name_to_arn: NameToArn
    read_statement: ReadStatement

    def of(self, operation: str, request: Mapping[str, object]) -> list[Check]:
        """The checks of `operation` (such as ``GetItem``); empty for what reads no items."""
        if operation in _SINGLE_ITEM:
            return [self._single(operation, request, _SINGLE_ITEM[operation])]
        if operation in _WHOLE_TABLE:
            return [self._scan(operation, request)]
        if operation in _BATCHES:
            return self._batch(operation, request, _BATCHES[operation])
        if operation in _TRANSACTIONS:
            return self._transaction(request, _TRANSACTIONS[operation])
        if operation in _STATEMENTS:
            return self._statements(request, _STATEMENTS[operation])
        return [self._query(request)] if operation == "Query" else []

    def _arn(self, name: object) -> str:
        if not isinstance(name, str) or not name:
            return "*"
        table = self.find_table(name)
        return table.arn if table else self.name_to_arn(name)

    def _index_arn(self, name: object, index: object) -> str:
        if index is None:
            return self._arn(name)
        # What is no index name is neither the table nor an index of it.
        return f"{self._arn(name)}/index/{index}" if isinstance(index, str) and index else "*"

    def _schema(self, name: object, index: object) -> KeySchema:
        table = self._table(name)
        if index is None:
            return table.keys
        schema = table.indexes.get(index) if isinstance(index, str) else None
        if schema is None:
            raise UnreadableKey("the request names no index that exists")
        return schema

    def _table(self, name: object) -> TableKeys:
        table = self.find_table(name) if isinstance(name, str) and name else None
        if table is None:
            raise UnreadableKey("the request names no table that exists")
        return table

    def _single(
        self, action: str, request: Mapping[str, object], member: str, transactional: bool = False
    ) -> Check:
        name = request.get("TableName")
        full_action, arn = f"dynamodb:{action}", self._arn(name)
        try:
            leading = (_partition_of(request.get(member), self._table(name)),)
        except UnreadableKey as error:
            return Check(full_action, arn, None, str(error), transactional)
        return Check(full_action, arn, leading, "", transactional)

    def _query(self, request: Mapping[str, object]) -> Check:
        name, index = request.get("TableName"), request.get("IndexName")
        arn = self._index_arn(name, index)
        try:
            leading = (queried_partition(request, self._schema(name, index)),)
        except UnreadableKey as error:
            return Check("dynamodb:Query", arn, None, str(error))
        return Check("dynamodb:Query", arn, leading)

    def _scan(self, operation: str, request: Mapping[str, object]) -> Check:
        arn = self._index_arn(request.get("TableName"), request.get("IndexName"))
        return Check(f"dynamodb:{operation}", arn)

    def _batch(
        self, operation: str, request: Mapping[str, object], keys_of: _KeysOf
    ) -> list[Check]:
        action, tables = f"dynamodb:{operation}", request.get("RequestItems")
        if not isinstance(tables, Mapping) or not tables:
            return [Check(action, "*", None, "RequestItems is no map, or an empty one")]
        checks: list[Check] = []
        for name, requests in cast("Mapping[str, object]", tables).items():
            try:
                leading = tuple(dict.fromkeys(keys_of(requests, self._table(name))))
                problem = "" if leading else f"no item of {name} is named"
            except UnreadableKey as error:
                leading, problem = None, str(error)
            checks.append(Check(action, self._arn(name), leading or None, problem))
        return checks

    def _transaction(
        self, request: Mapping[str, object], members: Mapping[str, tuple[str, str]]
    ) -> list[Check]:
        items = _list(request.get("TransactItems"))
        checks = [
            self._single(action, mapping(item[member], member), key, transactional=True)
            if isinstance(item.get(member), Mapping)
            else Check(f"dynamodb:{action}", "*", None, f"{member} is not a map", True)
            for item in items
            for member, (action, key) in members.items()
            if member in item
        ]
        if checks and all(len(item) == 1 for item in items):
            return checks
        # An item with no member, or with several, is checked for whatever it names, and refused.
        unclear = "each item of a transaction has exactly one member"
        some = next(iter(members.values()))[0]
        return [*checks, Check(f"dynamodb:{some}", "*", None, unclear, True)]

    def _statement(self, request: Mapping[str, object]) -> Check:
        try:
            statement = self.read_statement(request)
            action = _PARTIQL[statement.verb]
        except (ValueError, TypeError, KeyError):
            return Check("dynamodb:PartiQLSelect", "*", None, "the statement cannot be read")
        return Check(f"dynamodb:{action}", self._index_arn(statement.table, statement.index))

    def _statements(self, request: Mapping[str, object], member: str | None) -> list[Check]:
        if member is None:
            return [self._statement(request)]
        found = [self._statement(statement) for statement in _list(request.get(member))]
        return found or [Check("dynamodb:PartiQLSelect", "*", None, "no statement is given")]


def _list(value: object) -> list[Mapping[str, object]]:
    """The maps of a list; an element that is no map counts as an empty one."""
    elements = cast("list[object]", value) if isinstance(value, list) else []
    return [
        cast("Mapping[str, object]", element) if isinstance(element, Mapping) else {}
        for element in elements
    ]


def _partition_of(item: object, table: TableKeys) -> str:
    return key_value(mapping(item, "the item or key").get(table.keys.partition))


def _batch_get_keys(requests: object, table: TableKeys) -> Iterator[str]:
    for key in _list(mapping(requests, "a table's part of RequestItems").get("Keys")):
        yield _partition_of(key, table)


def _batch_write_keys(requests: object, table: TableKeys) -> Iterator[str]:
    for request in _list(requests):
        if len(request) != 1:
            raise UnreadableKey("each write of a batch has exactly one member")
        member, body = next(iter(request.items()))
        if member not in _BATCH_WRITES:
            raise UnreadableKey(f"a batch writes by PutRequest and DeleteRequest, not {member}")
        yield _partition_of(mapping(body, member).get(_BATCH_WRITES[member]), table)


_BATCHES: Mapping[str, _KeysOf] = {
    "BatchGetItem": _batch_get_keys,
    "BatchWriteItem": _batch_write_keys,
}
