"""What an instance shows of the row of an interface."""

from __future__ import annotations

import ipif
from ipif._cli.members import MEMBERS, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SETTABLE = tuple(field for field in ipif.FIELDS if field.access == "settable")

#: The members of an instance that only tell about the interface.
READ_ONLY = (
    *("Alias", "InterfaceIndex", "InterfaceLuid"),
    *(field.name for field in ipif.FIELDS if field.access == "read-only"),
)


def key_of(row: Mapping[str, Any]) -> tuple[int, str]:
    """Return the LUID and the family of *row*."""
    document = ipif.to_json({name: row[name] for name in ("InterfaceLuid", "Family")})
    return document["InterfaceLuid"], document["Family"]


def settings(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of *row* that SetIpInterfaceEntry can write as they are, as JSON.

    Left out are the number of an automatic metric, ``SitePrefixLength`` of IPv4 and unchanged
    sentinels. So the result can be written again, to restore the row.
    """
    _, family = key_of(row)
    values = {field.name: row[field.name] for field in SETTABLE if not _is_fixed(field, family)}
    for problem in ipif.validate(values, family=family):
        values.pop(problem.member.partition("[")[0], None)
    return to_json(values)


def _is_fixed(field: ipif.Field, family: str) -> bool:
    """Return whether only one number can be written to *field*."""
    if field.ranges is None:
        return False
    low, high = field.ranges[family]
    return low == high


def information(row: Mapping[str, Any], alias: str) -> dict[str, Any]:
    """Return the members that only tell about the interface of *row*, as JSON."""
    return to_json({"Alias": alias, **{name: row[name] for name in READ_ONLY if name in MEMBERS}})


def selectors() -> dict[int, dict[str, Any]]:
    """Return by LUID the ``match`` that finds each adapter only: its alias, if it has one."""
    found: dict[int, dict[str, Any]] = {}
    for adapter in ipif.list_adapters():
        luid, alias = int(adapter["InterfaceLuid"]), adapter["Alias"]
        found[luid] = {"alias": alias} if alias else {"luid": luid}
    return found
