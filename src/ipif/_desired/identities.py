"""The adapters behind the numbers of a document, as they were when they were first seen.

An index, and even a LUID, can pass to another adapter. A guard that follows a number means the
adapter that had it at first.
"""

from __future__ import annotations

from contextlib import suppress
from errno import ENOENT
from operator import index as to_int

from ipif._core.errors import InterfaceNotFound, shown
from ipif._core.mapping import to_dict
from ipif._desired.select import Adapter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    # What stays with an adapter: its LUID and its GUID.
    Identity: TypeAlias = tuple[int, object]


class Identities:
    """Shows adapters with the numbers of the document by which they were first seen."""

    def __init__(self) -> None:
        #: What there is to say about numbers that belong to other adapters now.
        self.taken: dict[str, InterfaceNotFound] = {}
        self._by_index: dict[int, tuple[Identity, str]] = {}  # and the alias
        self._by_luid: dict[int, tuple[Identity, str]] = {}

    def view(self, desired: object, adapters: list[Adapter]) -> list[Adapter]:
        """Return *adapters* as the selectors of *desired* have to see them.

        An adapter keeps the index by which it was first seen; one that has the index or the LUID of
        another adapter since has none.
        """
        self.taken = {}
        indexes, luids = _numbers(desired, "index"), _numbers(desired, "luid")
        if not indexes and not luids:
            return adapters
        for adapter in adapters:
            identity = _identity(adapter)
            index = adapter.row["InterfaceIndex"]
            if index in indexes and identity not in {one for one, _ in self._by_index.values()}:
                self._by_index.setdefault(index, (identity, adapter.alias))
            if adapter.luid in luids:
                self._by_luid.setdefault(adapter.luid, (identity, adapter.alias))
        first_index = {identity: index for index, (identity, _) in self._by_index.items()}
        return [self._as_first_seen(adapter, first_index) for adapter in adapters]

    def _as_first_seen(self, adapter: Adapter, first_index: dict[Identity, int]) -> Adapter:
        identity = _identity(adapter)
        index = adapter.row["InterfaceIndex"]
        numbers: dict[str, int] = {}
        if identity in first_index:
            numbers["InterfaceIndex"] = first_index[identity]
        if index in self._by_index and self._by_index[index][0] != identity:
            numbers.setdefault("InterfaceIndex", 0)
            self._note_taken("index", index, self._by_index[index][1], adapter)
        if adapter.luid in self._by_luid and self._by_luid[adapter.luid][0] != identity:
            numbers["InterfaceLuid"] = 0
            self._note_taken("luid", adapter.luid, self._by_luid[adapter.luid][1], adapter)
        if not numbers:
            return adapter
        seen = Adapter({**adapter.row, **numbers})
        seen.luid = adapter.luid
        seen.interfaces = adapter.interfaces
        return seen

    def _note_taken(self, selector: str, number: int, alias: str, adapter: Adapter) -> None:
        """Note that *adapter* has the number by which the adapter with *alias* was first seen."""
        rule = (
            f"{selector} {number} belongs to another adapter now, {shown(adapter.alias)}, which is "
            f"left alone; {shown(alias)}, which had it at first, is still guarded"
        )
        error = InterfaceNotFound(ENOENT, rule)
        error.interface = number
        self.taken[f"{selector} {number}"] = error


def _identity(adapter: Adapter) -> Identity:
    return adapter.luid, adapter.row["InterfaceGuid"]


def _numbers(desired: object, selector: str) -> set[int]:
    """Return the numbers that *desired* has for a selector. It may be a document with problems."""
    found = set()
    for match in _matches(desired):
        for value in _items(_members(match).get(selector)):
            with suppress(Exception):
                found.add(to_int(value))  # type: ignore[arg-type]
    return found


def _matches(desired: object) -> Iterator[object]:
    """Yield every ``match`` of *desired*, and what it excludes."""
    for entry in _items(_members(desired).get("interfaces")):
        match = _members(entry).get("match")
        yield match
        yield from _items(_members(match).get("not"))


def _members(value: object) -> dict[Any, Any]:
    """Return the members of an object."""
    try:
        return {**to_dict(value)}
    except ValueError:
        return {}


def _items(value: object) -> Sequence[object]:
    """Return the items of a list, or the only item."""
    return value if isinstance(value, (list, tuple)) else [value]
