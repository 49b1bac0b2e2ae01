"""The rules: who may send what for whose key. Written down as people say it, from no policy.

A word in a table says which keys a request may name: `-` none, `sys` the session's own tenant's
bookkeeping (`TENANT#t#SYS#...`), `own` all keys of the session's own tenant, `any` every key
(`new` is below). A
request for several items is allowed if each of its items is.

Source: isolation.md, "The credentials", and docs/data-model.md, "(f) Credentials".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from local.isolation.request_types import RequestType
from local.isolation.situations import Place, Situation, Whose


class Who(StrEnum):
    """Whose credentials send a request.

    The first three are what a request of a tenant runs with: the tenant role and the session
    policy of a level. Each of the two backs the other, so each is also tried by itself: the role
    without a session policy, and each session policy on a role that allows everything of
    DynamoDB. `widened` is the mistake of allowing actions that name no key: the Null test is
    what then holds. `account` is the owner's, to show that every request is a valid one.
    """

    READ = "read"
    WRITE = "write"
    ADMINISTER = "administer"
    ROLE = "role alone"
    READ_POLICY = "read policy alone"
    WRITE_POLICY = "write policy alone"
    ADMINISTER_POLICY = "administer policy alone"
    ROLE_WIDENED = "role alone, widened"
    READ_WIDENED = "read policy alone, widened"
    WRITE_WIDENED = "write policy alone, widened"
    PLATFORM = "platform role"
    PLATFORM_TAGGED = "platform role, tagged"
    GRAPHQL_FUNCTION = "graphql function"
    PLATFORM_FUNCTION = "platform function"
    AUTHORIZER_FUNCTION = "authorizer function"
    STREAM_FUNCTION = "stream function"
    ACCOUNT = "account"


DATA: Final = """
request                              read  write  administer  platform  tagged  function  account
GetItem                              own   own    own         any       any     -         any
Query table                          own   own    own         any       any     -         any
Query GSI1                           own   own    own         -         -       -         any
Query GSI2                           own   own    own         -         -       -         any
Query GSI3                           own   own    own         -         -       -         any
Query directory                      -     -      own         any       any     -         any
Query platform                       -     -      -           any       any     -         any
BatchGetItem                         own   own    own         any       any     -         any
TransactGetItems                     own   own    own         any       any     -         any
PutItem                              sys   own    own         -         own     -         any
UpdateItem                           sys   own    own         -         -       -         any
DeleteItem                           -     own    own         -         -       -         any
BatchWriteItem Put                   -     own    own         -         -       -         any
BatchWriteItem Delete                -     own    own         -         -       -         any
TransactWriteItems Put               sys   own    own         -         own     -         any
TransactWriteItems Update            sys   own    own         -         -       -         any
TransactWriteItems Delete            -     own    own         -         -       -         any
TransactWriteItems ConditionCheck    -     own    own         -         -       -         any
Put beside ConditionCheck            -     own    own         -         -       -         any
Scan                                 -     -      -           -         -       -         any
PartiQL                              -     -      -           -         -       -         any
"""
"""Data tables. `administer` is also what the tenant role gives without a session policy, on every
data table of the stack; a session policy names one table. `platform` is the platform's data role,
`tagged` the same with a tenant's tag, which writes that tenant's first items. `function` is each
execution role."""

CONTROL: Final = """
request                              graphql  authorizer  stream  platform  tagged  account
GetItem                              any      any         any     any       -       any
TransactGetItems                     any      any         any     any       -       any
Query table                          -        -           -       any       -       any
BatchGetItem                         -        -           -       any       -       any
PutItem                              -        -           -       any       new     any
UpdateItem                           -        -           -       any       new     any
DeleteItem                           -        -           -       any       -       any
TransactWriteItems Put               -        -           -       any       new     any
TransactWriteItems Update            -        -           -       any       new     any
TransactWriteItems Delete            -        -           -       any       -       any
TransactWriteItems ConditionCheck    -        -           -       any       -       any
Put beside ConditionCheck            -        -           -       any       -       any
BatchWriteItem                       -        -           -       -         -       any
Scan                                 -        -           -       -         -       any
PartiQL                              -        -           -       -         -       any
"""
"""The control table, for execution roles: `platform` is the platform function's. `tagged` is the
platform's data role with a tenant's tag; `new` is the tenant's own record and those of tables and
tiers. No other session has any right to this table."""

_DATA_COLUMNS: Final[Mapping[Who, str]] = {
    Who.READ: "read",
    Who.WRITE: "write",
    Who.ADMINISTER: "administer",
    Who.ROLE: "administer",
    Who.READ_POLICY: "read",
    Who.WRITE_POLICY: "write",
    Who.ADMINISTER_POLICY: "administer",
    Who.ROLE_WIDENED: "administer",
    Who.READ_WIDENED: "read",
    Who.WRITE_WIDENED: "write",
    Who.PLATFORM: "platform",
    Who.PLATFORM_TAGGED: "tagged",
    Who.GRAPHQL_FUNCTION: "function",
    Who.PLATFORM_FUNCTION: "function",
    Who.AUTHORIZER_FUNCTION: "function",
    Who.STREAM_FUNCTION: "function",
    Who.ACCOUNT: "account",
}
_CONTROL_COLUMNS: Final[Mapping[Who, str]] = {
    Who.GRAPHQL_FUNCTION: "graphql",
    Who.PLATFORM_FUNCTION: "platform",
    Who.AUTHORIZER_FUNCTION: "authorizer",
    Who.STREAM_FUNCTION: "stream",
    Who.PLATFORM_TAGGED: "tagged",
    Who.ACCOUNT: "account",
}
NAMES_ITS_TABLE: Final = frozenset(
    {
        *(Who.READ, Who.WRITE, Who.ADMINISTER),
        *(Who.READ_POLICY, Who.WRITE_POLICY, Who.ADMINISTER_POLICY),
    }
)
"""Sessions with a session policy, which names one table."""

WIDENED: Final = frozenset({Who.ROLE_WIDENED, Who.READ_WIDENED, Who.WRITE_WIDENED})

_COVERED: Final[Mapping[str, frozenset[Whose]]] = {
    "-": frozenset(),
    "sys": frozenset({Whose.BOOKKEEPING}),
    "own": frozenset({Whose.BOOKKEEPING, Whose.OWN}),
    "new": frozenset({Whose.OWN, Whose.SHARED}),
    "any": frozenset(Whose),
}


def allowed(who: Who, request: RequestType, situation: Situation) -> bool:
    """Whether AWS lets the request through, by the tables above."""
    if situation.place is Place.OTHER and who in NAMES_ITS_TABLE:
        return False
    if situation.place is Place.CONTROL:
        columns, rights = _CONTROL_COLUMNS, _CONTROL
    else:
        columns, rights = _DATA_COLUMNS, _DATA
    column = columns.get(who)
    if column is None:
        return False
    covered = _COVERED[_line_of(request.name, rights)[column]]
    asked = situation.whose if request.several else situation.whose[:1]
    return covered.issuperset(asked)


def _read(table: str) -> dict[str, dict[str, str]]:
    head, *lines = table.strip().splitlines()
    columns = head.split()[1:]
    rights: dict[str, dict[str, str]] = {}
    for line in lines:
        *name, rest = line.split("  ", 1)
        rights[" ".join(name).strip()] = dict(zip(columns, rest.split(), strict=True))
    return rights


def _line_of(name: str, rights: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """The line whose name the request's begins with; the longest, if several do."""
    found = [line for line in rights if name == line or name.startswith((f"{line} ", f"{line},"))]
    return rights[max(found, key=len)]


_DATA: Final = _read(DATA)
_CONTROL: Final = _read(CONTROL)
