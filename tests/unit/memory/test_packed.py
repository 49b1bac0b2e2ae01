"""Items kept as bytes are the items that were put in, and know their sizes."""

from local.memory import Packed
from local.memory.units import item_bytes
from tenantql.table.entity import Key
from tests.unit.builders import invoice, stored, user

ITEMS = {Key(item["PK"]["S"], item["SK"]["S"]): item for item in map(stored, (user(), invoice()))}


def test_an_item_is_what_was_put_in_with_its_size() -> None:
    packed = Packed()
    packed.update(ITEMS)
    assert dict(packed) == ITEMS
    for key, item in packed.items():
        # The one of the item as it is kept, the other counted from its attributes.
        assert item_bytes(item) == item_bytes(ITEMS[key])


def test_an_item_that_is_changed_in_the_hand_stays_as_it_was() -> None:
    packed = Packed()
    packed.update(ITEMS)
    key = next(iter(ITEMS))
    packed[key]["type"]["S"] = "Another"
    assert packed[key] == ITEMS[key]


def test_an_item_that_is_taken_away_is_gone() -> None:
    packed = Packed()
    packed.update(ITEMS)
    one, other = ITEMS
    del packed[one]
    assert (one in packed, other in packed, [*packed], len(packed)) == (False, True, [other], 1)
