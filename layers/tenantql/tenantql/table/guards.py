"""Guards: what a call may name and what an answer may hold, besides what IAM allows."""

from typing import Final

from tenantql.table.access import Access
from tenantql.table.decoding import Keys
from tenantql.table.entity import INDEX_ATTRIBUTES, PLATFORM_INDEX, entity_of
from tenantql.table.errors import ForeignItem, ForeignKey, ModelError
from tenantql.table.expressions import Set, SetIfAbsent, parts_of
from tenantql.table.requests import AnyRequest, BatchGet, Get, Query
from tenantql.table.writes import Action, BatchWrite, Create, Delete, Put, Transact, Update, key_of

_LEADS: Final = frozenset(
    pk for index, (pk, _) in INDEX_ATTRIBUTES.items() if index != PLATFORM_INDEX
)


def ensure_own_keys(request: AnyRequest, access: Access) -> None:
    """Raises ForeignKey if `request` names a partition key that does not start with the lead.

    IAM refuses such a call as well; here it costs no call and names the reason.
    """
    for pk in _partition_keys(request):
        if not pk.startswith(access.lead):
            raise ForeignKey("this belongs to another tenant")


def ensure_own_item(keys: Keys, access: Access) -> None:
    """Raises ForeignItem if the table key of an item does not start with the lead.

    Under an index IAM has compared the index's key only, which whoever wrote the item chose
    (isolation.md, trap 3).
    """
    if not keys.PK.S.startswith(access.lead):
        raise ForeignItem("an index answered with an item of another tenant")


def _partition_keys(request: AnyRequest) -> list[str]:
    match request:
        case Get():
            return [request.key.pk]
        case BatchGet():
            return [key.pk for key in request.keys]
        case Query():
            # The one index whose keys lead with no tenant: IAM names who may use it.
            return [] if request.index == PLATFORM_INDEX else [request.pk]
        case Transact():
            return [pk for action in request.actions for pk in _keys_of(action)]
        case BatchWrite():
            return [pk for write in request.writes for pk in _keys_of(write)]
        case Create() | Put() | Update() | Delete():
            return _keys_of(request)
        case _:
            raise ModelError(f"{type(request).__name__} is not a request of one call")


def _keys_of(action: Action) -> list[str]:
    """The partition key of the table and of each index that the written item is found under."""
    match action:
        case Create() | Put():
            made = entity_of(type(action.value)).encoded(action.value)
        case Update():
            made = {
                parts_of(change.path)[0]: change.value
                for change in action.changes
                if isinstance(change, Set | SetIfAbsent)
            }
            if action.otherwise is not None:
                made = entity_of(action.item).encoded(action.otherwise) | made
        case _:
            made = {}
    return [key_of(action).pk, *(str(made[name]) for name in _LEADS if name in made)]
