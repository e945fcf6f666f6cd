"""``ipif watch``: show changes as they happen."""

from __future__ import annotations

import time

import ipif
from ipif._cli.arguments import add_family_option, add_interface, families, seconds
from ipif._cli.events import Log, Value, differences
from ipif._cli.interfaces import Adapters, alias_pattern, find_luid
from ipif._cli.members import show
from ipif._cli.status import DONE, NOT_FOUND, Failure, failure_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.interfaces import Family
    from ipif._cli.output import Output

DESCRIPTION = (
    "Show changes of the interfaces as they happen, a line for each: the time, the interface, "
    "whether it appeared, disappeared or changed, and the members that have another value. A "
    "pattern also shows adapters that appear later. ReachableTime is left out: Windows keeps "
    "drawing it at random. Ctrl-C ends the command."
)

# Notifications that are kept until they are read.
_CAPACITY = 16384

_ADDED = ipif.NotificationType.AddInstance
_DELETED = ipif.NotificationType.DeleteInstance
_CHANGED = ipif.NotificationType.ParameterNotification

# What happened, in words, and the style.
_WORDS = {
    _ADDED: ("appeared", "good"),
    _DELETED: ("disappeared", "bad"),
    _CHANGED: ("changed", ""),
}


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser, optional=True, pattern=True)
    add_family_option(parser)
    parser.add_argument(
        "--for",
        dest="duration",
        metavar="SECONDS",
        type=seconds,
        default=float("inf"),
        help="end after so many seconds",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Show changes as they happen."""
    ends = time.monotonic() + options.duration
    wanted = families(options)
    family = wanted[0] if len(wanted) == 1 else None
    selection = _Selection(options.interface)
    with ipif.watch(family, capacity=_CAPACITY) as watch:
        changes = _Changes(family, selection, output)
        if output.is_terminal:
            output.note("waiting for changes; Ctrl-C ends")
        output.finish()  # with --json, notes would otherwise come when the command ends
        dropped = 0
        while (left := ends - time.monotonic()) > 0:
            is_behind = watch.dropped > dropped
            event = watch.get(0 if is_behind else left)
            if event is not None:
                changes.tell(event)
            elif is_behind:
                dropped, before = watch.dropped, dropped
                output.note(
                    f"{dropped - before} notifications were dropped, because they came faster than "
                    "they could be shown; all rows are read again"
                )
                output.finish()
                changes.read_again()
    return DONE


class _Selection:
    """The adapters that the argument INTERFACE names, now and later."""

    def __init__(self, text: str | None) -> None:
        self._text = text
        self._matches = None if text is None else alias_pattern(text)
        self._luids: set[int] = set()
        if text is not None and self._matches is None:
            try:
                luid = find_luid(text)
                self._luids.add(int(luid))
            except ipif.InterfaceNotFound as error:
                failure = failure_of(error)
                hint = (
                    "'ipif list' lists the interfaces; 'ipif wait' waits for one that comes later, "
                    "and a pattern, such as 'VPN*', shows it when it appears"
                )
                raise Failure(NOT_FOUND, failure.message, hint, **failure.data) from error

    def includes(self, luid: int, *aliases: str) -> bool:
        """Return whether the adapter with *luid*, which has or had *aliases*, is among them."""
        if self._matches is not None:
            return any(map(self._matches, aliases))
        return self._text is None or luid in self._luids

    def look(self, luid: int) -> None:
        """Look whether the argument names the adapter with *luid*, of which a row has appeared."""
        if self._text is None or self._matches is not None or luid in self._luids:
            return
        try:
            if find_luid(self._text) == luid:
                self._luids.add(luid)
        except (ipif.Error, ipif.ValidationError):  # it names none, or several
            pass


class _Changes:
    """The rows as they were read last, and what has changed in them since."""

    def __init__(self, family: Family | None, selection: _Selection, output: Output) -> None:
        self._family = family
        self._selection = selection
        adapters = Adapters()
        # By LUID and family: the row, and the alias of its adapter.
        self._rows: dict[tuple[int, str], tuple[Mapping[str, Any], str]] = {}
        for row in ipif.list_interfaces(family):
            luid = row["InterfaceLuid"]
            self._rows[luid, show("Family", row["Family"])] = row, adapters.alias(luid)
        aliases = {luid: alias for (luid, _), (_, alias) in self._rows.items()}
        self._log = Log(
            output, [alias for luid, alias in aliases.items() if selection.includes(luid, alias)]
        )

    def tell(self, event: ipif.Event) -> None:
        """Read the row of *event* again, and write what happened to it."""
        key = (int(event.luid), event.family)
        before, old_alias = self._rows.pop(key, (None, ""))
        after = None if event.type is _DELETED else _read(event)
        alias = old_alias if event.type is _DELETED else _alias_of(event, old_alias)
        alias = alias or event.alias or ""
        if after is not None:
            self._rows[key] = after, alias
        elif before is not None and event.type is not _DELETED:
            self._rows[key] = before, alias  # its disappearance has not been told yet
        if event.type is _ADDED:
            self._selection.look(event.luid)
        if not self._selection.includes(event.luid, old_alias, alias):
            return
        values: list[Value] = []
        remark = ""
        if event.type is not _DELETED:
            if after is None:
                remark = "it has disappeared since"
            elif before is not None:
                values = differences(before, after)
                if alias != old_alias:
                    values.insert(0, Value("Alias", old_alias, alias))
            if not values and not remark and event.type is _CHANGED:
                remark = "no member has another value"
        row = {
            "Alias": alias,
            "InterfaceIndex": event.index,
            "InterfaceLuid": int(event.luid),
            "Family": event.family,
        }
        self._log.row(row, _WORDS[event.type], values, remark=remark, Type=event.type.name)

    def read_again(self) -> None:
        """Read all rows, and write how they differ from what was read last."""
        rows = {
            (int(row["InterfaceLuid"]), show("Family", row["Family"])): row
            for row in ipif.list_interfaces(self._family)
        }
        aliases = Adapters()
        for key in [*self._rows, *(key for key in rows if key not in self._rows)]:
            before, alias = self._rows.get(key, (None, ""))
            after = rows.get(key)
            if after is None:
                kind = _DELETED
            elif before is None:
                kind = _ADDED
            elif differences(before, after) or alias != aliases.alias(key[0]):
                kind = _CHANGED
            else:
                continue
            index = (after or before or {})["InterfaceIndex"]
            family: Family = "ipv4" if key[1] == "ipv4" else "ipv6"
            self.tell(ipif.Event(kind, family, ipif.Luid(key[0]), index))


def _read(event: ipif.Event) -> Mapping[str, Any] | None:
    """Return the row that *event* is about, or ``None`` when it is gone."""
    try:
        return ipif.get_interface(event.luid, event.family)
    except (ipif.InterfaceNotFound, ipif.FamilyNotBound):
        return None


def _alias_of(event: ipif.Event, otherwise: str) -> str:
    """Return the alias that the adapter of *event* has now, or *otherwise* when it is gone."""
    try:
        return event.luid.alias
    except ipif.InterfaceNotFound:
        return otherwise
