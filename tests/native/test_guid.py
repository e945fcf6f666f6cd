"""GUIDs: the extension makes them by setting attributes where that is known to work."""

import copy
import pickle
import uuid

import pytest
from support.fresh import MACHINE, run
from support.machine import native

from ipif._core import guid as _guid

SIZE = 1352
GUID_AT, NETWORK_GUID_AT = 12, 1168
NUMBERS = (1, 2**128 - 1, 1 << 127, 0x97B66E31_7987_4328_8E63_873948670C72)
GUIDS = [uuid.UUID(int=number) for number in NUMBERS]


def guids_of(guid: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Return both GUIDs of a MIB_IF_ROW2 of which the first is *guid* and the second zero."""
    data = bytearray(SIZE)
    data[GUID_AT : GUID_AT + 16] = guid.bytes_le
    row = native.unpack("MIB_IF_ROW2", bytes(data))
    return row["InterfaceGuid"], row["NetworkGuid"]


@pytest.mark.parametrize("guid", GUIDS, ids=str)
def test_guid_made_by_setting_attributes_is_like_any_other(guid: uuid.UUID) -> None:
    assert _guid.SAFETY_UNKNOWN is uuid.SafeUUID.unknown
    made, nil = guids_of(guid)
    assert type(made) is uuid.UUID
    assert made == guid
    assert (hash(made), str(made), repr(made)) == (hash(guid), str(guid), repr(guid))
    assert (made.bytes, made.bytes_le, made.fields) == (guid.bytes, guid.bytes_le, guid.fields)
    assert made.is_safe is uuid.SafeUUID.unknown
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == guid
    assert nil is _guid.NIL == uuid.UUID(int=0)
    with pytest.raises(TypeError):
        made.int = 5  # type: ignore[misc]


CONSTRUCTED = """
import uuid
from ipif._core import guid as _guid

BREAK
calls = []
init = uuid.UUID.__init__
def counted(self, *arguments, **named):
    calls.append(self)
    init(self, *arguments, **named)
uuid.UUID.__init__ = counted
row = netioapi.get_if_entry2(index=13)
guid = row["InterfaceGuid"]
assert calls == [guid], calls
assert type(guid) is uuid.UUID
assert guid.is_safe is uuid.SafeUUID.unknown
assert str(guid) == "0000000d-1111-4222-8333-0123456789ab", guid
assert row["NetworkGuid"] is _guid.NIL or row["NetworkGuid"] == uuid.UUID(int=0)
assert netioapi.convert_interface_guid_to_luid(guid) == row["InterfaceLuid"]
assert netioapi.convert_interface_luid_to_guid(row["InterfaceLuid"]) == guid
print("constructed")
"""


def test_guid_where_the_check_fails_comes_from_the_constructor() -> None:
    code = CONSTRUCTED.replace("BREAK", "_guid.SAFETY_UNKNOWN = None")
    assert run(MACHINE + code).stdout.split() == ["constructed"]


@pytest.mark.parametrize(
    "different",
    [
        "uuid.UUID.__hash__ = lambda self: id(self)",
        "uuid.UUID.__repr__ = lambda self: f'at {id(self)}'",
        "uuid.UUID.__getstate__ = None",
        "uuid.UUID = type('UUID', (), {'__init__': lambda self, int: None, '__slots__': ()})",
    ],
)
def test_check_a_uuid_module_that_works_differently_is_noticed(different: str) -> None:
    code = f"""
import uuid
import importlib
from ipif._core import guid as _guid
{different}
print(importlib.reload(_guid).SAFETY_UNKNOWN)
"""
    assert run(code).stdout.split() == ["None"]
