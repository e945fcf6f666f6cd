"""The resource ``Ipif/IPInterfaceList``: a desired document, for any number of interfaces.

What it prints has an entry for each adapter that the document selects, with the present values of
the members that the document names. It is a document, too: setting it restores these values.
"""

from __future__ import annotations

import ipif
from ipif.dsc.methods import Instance
from ipif.dsc.rows import key_of, selectors, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ipif.dsc.methods import Lines, Row

_INTERFACES = "interfaces"
_METRIC = {"Metric", "UseAutomaticMetric"}  # one setting, which is restored as a whole


class IPInterfaceList(Instance):
    """The rows that a document selects, and the values that it wants there."""

    def state(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the document with the values of *rows*, adapter by adapter."""
        names = [wanted for _, wanted in self.plan.selected]
        return _document(zip(rows, names, strict=True))

    def differing(self, changes: Iterable[ipif.Change]) -> list[str]:
        """Return the name of the only property if there are any *changes*."""
        return [_INTERFACES] if any(True for _ in changes) else []


def read(document: Mapping[str, Any], *, wanted: bool) -> IPInterfaceList:
    """Return the instance that *document* describes; *wanted* makes no difference here.

    Raises :class:`ipif.ValidationError` with every problem, also when selectors find too few or too
    many interfaces.
    """
    return IPInterfaceList(ipif.plan(document))


def export(wanted: Mapping[str, Any]) -> Lines:
    """Return one instance: the document that restores all rows."""
    if wanted:
        name, value = next(iter(wanted.items()))
        rule, advice = "one instance has all interfaces", "export it without properties"
        raise ipif.ValidationError([ipif.Problem(name, value, rule, advice)])
    return [_document((row, settings(row)) for row in ipif.list_interfaces())]


def _document(rows: Iterable[tuple[Row, Iterable[str]]]) -> dict[str, Any]:
    """Return the document that sets the members of each row that are named beside it."""
    matches = selectors()
    entries: dict[int, dict[str, Any]] = {}
    for row, names in rows:
        luid, family = key_of(row)
        if luid not in matches:  # the adapter has just gone
            continue
        entry = entries.setdefault(luid, {"match": matches[luid], "expect": "one"})
        wanted = {*names}
        if wanted & _METRIC:
            wanted |= _METRIC
        entry[family] = {name: value for name, value in settings(row).items() if name in wanted}
    return {_INTERFACES: list(entries.values())}
