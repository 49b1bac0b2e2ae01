"""Finding planted index keys: items whose index key names a tenant that does not own them.

IAM checks only the table's key of a write (isolation.md, trap 3). A read that meets such an
item fails; the stream sees every write, so here the item is found when it is written.
"""

from tenantql.table.attributes import RawItem
from tenantql.table.entity import TENANT_INDEXES
from tenantql.table.keys import DELIMITER

_LEADS = ("DIRPK", *(f"{index}PK" for index in TENANT_INDEXES))


def planted_keys(item: RawItem) -> list[str]:
    """The names of the index keys of `item` that do not lead with the tenant of its table key."""
    owner = DELIMITER.join(item["PK"]["S"].split(DELIMITER)[:2]) + DELIMITER
    return [name for name in _LEADS if name in item and not _is_under(item[name], owner)]


def _is_under(value: dict[str, str], owner: str) -> bool:
    return value.get("S", "").startswith(owner)
