"""A ``MemoryError`` that a method of an argument raises says nothing about the argument."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation


class Number:
    def __index__(self) -> int:
        raise MemoryError


class Row(Mapping[str, Any]):
    def __getitem__(self, name: str) -> Any:
        raise MemoryError

    def __iter__(self) -> Iterator[str]:
        raise MemoryError

    def __len__(self) -> int:
        return 1


class Names(list[str]):
    def __iter__(self) -> Iterator[str]:
        raise MemoryError


NUMBER: Any = Number()
ROW: Any = Row()
ETHERNET = {"Family": 2, "InterfaceIndex": 13}

CALLS: dict[str, Callable[[], object]] = {
    "a family": lambda: ipif.get_interface(13, NUMBER),
    "an index": lambda: ipif.get_interface(NUMBER, "ipv4"),
    "a LUID in a row": lambda: ipif.get_interface({"InterfaceLuid": NUMBER}, "ipv4"),
    "a LUID": lambda: ipif.Luid(NUMBER),
    "a row": lambda: ipif.get_interface(ROW, "ipv4"),
    "a member": lambda: ipif.update_interface(13, "ipv4", NlMtu=NUMBER),
    "an enumerator": lambda: ipif.update_interface(13, "ipv4", RouterDiscoveryBehavior=NUMBER),
    "a member of a row": lambda: ipif.set_interface({**ETHERNET, "NlMtu": NUMBER}),
    "an index in a row": lambda: ipif.set_interface({**ETHERNET, "InterfaceIndex": NUMBER}),
    "a zone": lambda: ipif.update_interface(13, "ipv6", ZoneIndices=[NUMBER] * 16),
    "a family in a row": lambda: ipif.set_interface({**ETHERNET, "Family": NUMBER}),
    "a document": lambda: ipif.plan(ROW),
    "a snapshot": lambda: ipif.desired_from(ROW),
    "names of members": lambda: ipif.desired_from(simulation.dump(), members=Names()),
}


@pytest.mark.parametrize("what", CALLS)
def test_it_is_raised_as_it_is(what: str) -> None:
    with pytest.raises(MemoryError):
        CALLS[what]()
