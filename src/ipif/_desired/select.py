"""Finds the adapters that the selectors of a document's entry match.

Names, numbers and addresses are found through dicts that are made once for all entries, so that a
document with an entry for each of thousands of adapters costs little more than one for all of
them. Only patterns look at every adapter.
"""

from __future__ import annotations

from itertools import islice

from ipif._core.alias import fold_alias
from ipif._core.backend import native
from ipif._core.errors import Problem, shown, suggest
from ipif._core.identify import WITHOUT_STATISTICS
from ipif._core.interfaces import list_interfaces
from ipif._core.network import list_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any, TypeAlias

    from ipif._core.types import MIB_IPINTERFACE_ROW
    from ipif._desired.match import Match, Selectors

    _Numbers: TypeAlias = frozenset[int]

_MOST_NAMES = 8
_MOST_SUGGESTIONS = 100  # of one document: each search takes time
_WILDCARDS = frozenset("*?[")
_TEXTS = ("alias", "description")


class Adapter:
    """An adapter that has at least one IP interface row."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.luid: int = row["InterfaceLuid"]
        self.alias: str = row["Alias"]
        self.interfaces: dict[int, MIB_IPINTERFACE_ROW] = {}  # by AF_ number


def list_adapters_with_rows() -> list[Adapter]:
    """Return the adapters that have a row, in the order of the interface table.

    An adapter that is in one of the two tables only, because it has just appeared or vanished, is
    left out.
    """
    rows = list_interfaces()
    known = {row["InterfaceLuid"]: row for row in native.get_if_table2(WITHOUT_STATISTICS)}
    adapters: dict[int, Adapter] = {}
    for row in rows:
        luid = row["InterfaceLuid"]
        adapter = adapters.get(luid)
        if adapter is None:
            if luid not in known:
                continue
            adapter = adapters[luid] = Adapter(known[luid])
        adapter.interfaces[row["Family"]] = row
    return list(adapters.values())


class Finder:
    """Finds some of *adapters* by selectors.

    Inside, an adapter is its number in that list.
    """

    def __init__(self, adapters: list[Adapter]) -> None:
        self.adapters = adapters
        self._all = frozenset(range(len(adapters)))
        self._found: dict[tuple[str, tuple[Any, ...]], _Numbers] = {}  # by selector and its keys
        self._tables: dict[object, dict[object, list[int]]] = {}
        self._addresses: list[tuple[int, Mapping[str, Any]]] | None = None
        self._suggestions = 0

    def find(self, match: Match) -> list[Adapter]:
        """Return the adapters that every selector matches, in the order of the list."""
        found = self._find(match.selectors)
        for excluded in match.excluded:
            found -= self._find(excluded)
        return [self.adapters[number] for number in sorted(found)]

    def _find(self, selectors: Selectors) -> _Numbers:
        """Return the adapters that every one of *selectors* matches."""
        found = self._all
        exact: list[_Numbers] = []
        patterns: list[tuple[str, tuple[str, ...]]] = []
        for name, keys in selectors.items():
            if name in _TEXTS and not all(map(_WILDCARDS.isdisjoint, keys)):
                patterns.append((name, keys))
            else:
                exact.append(self._find_any(name, keys))
        if exact:
            exact.sort(key=len)
            found = exact[0].intersection(*exact[1:])
        for name, keys in patterns:  # they have to be tried on each adapter that is left
            if found is self._all:
                found = self._find_any(name, keys)
            else:
                found = self._match_some(name, keys, found)
        return found

    def _match_some(self, name: str, patterns: tuple[str, ...], some: _Numbers) -> _Numbers:
        """Return those of *some* adapters whose text any of *patterns* matches."""
        known = self._found.get((name, patterns))
        if known is not None:
            return some & known
        texts = {number: next(iter(_KEYS[name](self.adapters[number]))) for number in some}
        table = self._table(name, _KEYS[name])
        found: set[int] = set()
        for pattern in patterns:
            matches = _matcher(pattern, table)
            found.update(number for number, text in texts.items() if matches(text))
        return frozenset(found)

    def _find_any(self, name: str, keys: tuple[Any, ...]) -> _Numbers:
        """Return the adapters that the selector *name* matches by any of its *keys*."""
        found = self._found.get((name, keys))
        if found is None:
            find = _FINDERS[name]
            found = frozenset(number for key in keys for number in find(self, name, key))
            self._found[name, keys] = found
        return found

    def _table(self, name: object, keys_of: Callable[[Adapter], Iterable[Any]]) -> Any:
        """Return the dict of adapters by their keys for the selector *name*."""
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = {}
            for number, adapter in enumerate(self.adapters):
                for key in keys_of(adapter):
                    table.setdefault(key, []).append(number)
        return table

    def _find_key(self, name: str, key: Any) -> Iterable[int]:
        """Return the adapters that have *key* itself."""
        found: Iterable[int] = self._table(name, _KEYS[name]).get(key, ())
        return found

    def _find_text(self, name: str, pattern: str) -> Iterable[int]:
        """Return the adapters whose text is *pattern*, or else, matches it.

        A text that equals the pattern is taken literally: names can contain brackets and stars.
        """
        table = self._table(name, _KEYS[name])
        if _is_literal(pattern, table):
            found: Iterable[int] = table.get(pattern, ())
            return found
        if not pattern.strip("*"):
            return self._all
        matches = _matcher(pattern, table)
        return [number for text, numbers in table.items() if matches(text) for number in numbers]

    def _find_address(self, name: str, key: tuple[int, int, int, int]) -> Iterable[int]:
        """Return the adapters that have an address in a subnet, or with a scope id."""
        version, length, prefix, scope = key
        table = self._tables.get((name, version, length))
        if table is None:
            table = self._tables[name, version, length] = {}
            for number, row in self._list_addresses():
                address = row["Address"]
                if address.version == version:
                    start = int(address) >> (address.max_prefixlen - length)
                    table.setdefault((start, 0), []).append(number)
                    table.setdefault((start, row["InterfaceIndex"]), []).append(number)
        return table.get((prefix, scope), ())

    def _list_addresses(self) -> list[tuple[int, Mapping[str, Any]]]:
        """Return the unicast addresses, each with its adapter; they are read once."""
        if self._addresses is None:
            numbers = {adapter.luid: number for number, adapter in enumerate(self.adapters)}
            self._addresses = [
                (numbers[row["InterfaceLuid"]], row)
                for row in list_addresses()
                if row["InterfaceLuid"] in numbers
            ]
        return self._addresses

    # ---- what to do when too few or too many are found

    def check_count(
        self,
        place: str,
        expect: str | None,
        match: Match,
        shown_match: object,
        found: list[Adapter],
    ) -> Problem | None:
        """Return the problem when an entry expects more or fewer adapters than it has *found*."""
        if not found and expect in ("one", "some"):
            return Problem(place, shown_match, "matches no interface", self._advise(match))
        if len(found) > 1 and expect == "one":
            rule = f"matches {len(found)} interfaces: {_names(found)}"
            advice = 'select one of them, or write "expect": "some"'
            return Problem(place, shown_match, rule, advice)
        return None

    def _advise(self, match: Match) -> str:
        """Return the advice for an entry that finds no adapter."""
        for name, keys in match.selectors.items():
            if not self._find_any(name, keys):
                return self._advise_about(name, keys)
        present = f"there are {_names(self.adapters)}"
        numbers = self._find(match.selectors)
        if not numbers:
            return f"none matches all of the selectors; {present}"
        names = _names([self.adapters[number] for number in sorted(numbers)])
        return f'"not" excludes all that would match: {names}'

    def _advise_about(self, name: str, keys: tuple[Any, ...]) -> str:
        """Return the advice for the selector *name*, which matches no adapter."""
        if name == "address":
            addresses = _some(self._list_addresses(), lambda found: str(found[1]["Address"]))
            return f"the addresses are {addresses}"
        if name == "hardware_address":
            known = self._table(name, _KEYS[name])
            return f"the hardware addresses are {_some(known, _shown_bytes)}"
        if name == "alias":
            for alias in keys[:_MOST_NAMES]:
                if self._suggestions == _MOST_SUGGESTIONS:
                    break
                self._suggestions += 1
                better = suggest(alias, [adapter.alias for adapter in self.adapters])
                if better is not None:
                    return f"did you mean {shown(better)}?"
        return f"there are {_names(self.adapters)}"


def _is_literal(pattern: str, texts: Collection[str]) -> bool:
    return pattern in texts or _WILDCARDS.isdisjoint(pattern)


def _matcher(pattern: str, texts: Collection[str]) -> Callable[[str], object]:
    """Return the function that tells whether *pattern* matches a text."""
    if _is_literal(pattern, texts):
        return pattern.__eq__
    import re
    from fnmatch import translate

    return re.compile(translate(pattern)).match


def _names(adapters: list[Adapter]) -> str:
    """Return the aliases of some of *adapters*."""
    return _some(adapters, lambda adapter: shown(adapter.alias))


def _some(items: Collection[Any], text_of: Callable[[Any], str]) -> str:
    """Return the texts of the first *items*, and how many there are besides."""
    some = ", ".join(map(text_of, islice(items, _MOST_NAMES)))
    more = len(items) - _MOST_NAMES
    return f"{some} and {more} more" if more > 0 else some or "none"


def _shown_bytes(hardware: bytes) -> str:
    return hardware.hex("-").upper()


# ---- the keys under which a selector finds an adapter


def _hardware_of(adapter: Adapter) -> Iterable[bytes]:
    """Return the present and the permanent hardware address; a filter module has none itself."""
    row = adapter.row
    if row["FilterInterface"]:
        return ()
    known = dict.fromkeys((row["PhysicalAddress"], row["PermanentPhysicalAddress"]))
    known.pop(b"", None)
    return known


def _connected_of(adapter: Adapter) -> Iterable[bool]:
    return (any(row["Connected"] for row in adapter.interfaces.values()),)


_KEYS: dict[str, Callable[[Adapter], Iterable[Any]]] = {
    "alias": lambda adapter: (fold_alias(adapter.alias),),
    "luid": lambda adapter: (adapter.row["InterfaceLuid"],),
    "guid": lambda adapter: (adapter.row["InterfaceGuid"].int,),
    "index": lambda adapter: (adapter.row["InterfaceIndex"],),
    "type": lambda adapter: (adapter.row["Type"],),
    "description": lambda adapter: (fold_alias(adapter.row["Description"]),),
    "connected": _connected_of,
    "hardware_address": _hardware_of,
}
_FINDERS: dict[str, Callable[[Finder, str, Any], Iterable[int]]] = {
    **dict.fromkeys(_KEYS, Finder._find_key),
    "alias": Finder._find_text,
    "description": Finder._find_text,
    "address": Finder._find_address,
}
