"""Changes of members: as tables, as JSON, and the commands that undo them."""

from __future__ import annotations

from typing import NamedTuple

import ipif
from ipif._cli.interfaces import FAMILIES, Adapters, as_argument
from ipif._cli.members import MEMBERS, name_of, show
from ipif._cli.output import Column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ipif._cli.output import Output, Piece


class Changed(NamedTuple):
    """One member of one row, before and after."""

    alias: str
    interface_index: int
    luid: int
    family: str
    member: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON shows it."""
        return {
            "Alias": self.alias,
            "InterfaceIndex": self.interface_index,
            "InterfaceLuid": self.luid,
            "Family": self.family,
            "Member": self.member,
            "Before": value_to_json(self.member, self.before),
            "After": value_to_json(self.member, self.after),
        }


def value_to_json(name: str, value: Any) -> Any:
    """Return *value* of the member *name* as JSON shows it."""
    field = MEMBERS.get(name)
    if field is not None and field.enum is not None and value is not None:
        return name_of(field, value)
    return list(value) if isinstance(value, tuple) else value


def between(alias: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """Return the settable members in which two rows of one interface and family differ.

    SitePrefixLength of IPv4 goes to 0 with every change; nobody has asked for that.
    """
    family = show("Family", after["Family"])
    return [
        Changed(
            alias,
            int(after["InterfaceIndex"]),
            int(after["InterfaceLuid"]),
            family,
            field.name,
            before[field.name],
            after[field.name],
        )
        for field in ipif.FIELDS
        if field.access == "settable"
        and before[field.name] != after[field.name]
        and (field.name != "SitePrefixLength" or family == "ipv6")
    ]


def of(changes: Iterable[ipif.Change]) -> list[Changed]:
    """Return the changes of a plan."""
    changes = list(changes)
    indexes = {}
    if changes:
        indexes = {luid: row["InterfaceIndex"] for luid, row in Adapters().rows.items()}
    return [
        Changed(
            one.interface,
            int(indexes.get(one.luid, 0)),
            int(one.luid),
            one.family,
            one.member,
            one.before,
            one.after,
        )
        for one in changes
    ]


def write(
    output: Output,
    title: str,
    changes: Sequence[Changed],
    nothing: str,
    *,
    with_alias: bool = True,
    **more: Any,
) -> None:
    """Write *changes* as a table, or *nothing*; in JSON they and what else there is to say.

    *with_alias*: the table names the interface of each change, because the title does not.
    """
    if output.as_json:
        output.json({"changes": [one.to_json() for one in changes], **more})
        return
    if not changes:
        output.sentence(nothing)
        return
    output.title(title)
    columns = [Column("Alias", fit="shorten")] if with_alias else []
    columns += [
        Column("Family"),
        Column("Member"),
        Column("Before", fit="wrap"),
        Column("After", fit="wrap"),
    ]
    rows: list[list[Piece]] = []
    for one in changes:
        row: list[Piece] = [one.alias] if with_alias else []
        row += [one.family, one.member, show(one.member, one.before)]
        row.append((show(one.member, one.after), "changed"))
        rows.append(row)
    output.table(columns, rows)


def lost(changes: Sequence[Changed]) -> list[str]:
    """Return what to say about earlier values that mean "unchanged" when they are written."""
    return [
        f"{one.member} of {one.family} was {show(one.member, one.before)}: that cannot be set again"
        for one in changes
        if one.before in MEMBERS[one.member].unchanged
    ]


def undo_commands(changes: Sequence[Changed], simulate: str | None) -> list[str]:
    """Return the commands that bring the earlier values back, one for each interface and family.

    Families with equal changes share one. A value that cannot be written again is left out.
    """
    words: dict[tuple[str, int], dict[str, list[str]]] = {}
    for one in changes:
        if one.before in MEMBERS[one.member].unchanged:
            continue
        settings = words.setdefault((one.alias, one.luid), {}).setdefault(one.family, [])
        settings.append(f"{one.member}={show(one.member, one.before)}")
    commands = []
    for (alias, luid), by_family in words.items():
        found = {family: _without_pair(items) for family, items in by_family.items()}
        shared = list(found.values())
        if len(found) == len(FAMILIES) and shared[0] == shared[1]:
            found = {"both": shared[0]}
        for family, items in found.items():
            name = as_argument(alias, luid)
            commands.append(command_line(simulate, "set", name, family, *items))
    return commands


def _without_pair(items: list[str]) -> list[str]:
    """Return *items* with one word for the metric: automatic, or the number, which turns it off."""
    if "UseAutomaticMetric=true" in items:
        items = [item for item in items if not item.startswith("Metric=")]
        return ["Metric=auto" if item == "UseAutomaticMetric=true" else item for item in items]
    if any(item.startswith("Metric=") for item in items):
        return [item for item in items if item != "UseAutomaticMetric=false"]
    return items


def command_line(simulate: str | None, command: str, *words: str) -> str:
    """Return a command line, with the ``--simulate`` of this one."""
    start = ["ipif"] if simulate is None else ["ipif", "--simulate", quoted(simulate)]
    return " ".join([*start, command, *words])


def quoted(path: str) -> str:
    """Return the name of a file as an argument."""
    return f'"{path}"' if " " in path else path
