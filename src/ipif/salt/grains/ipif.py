"""Grains: whether ipif works on this minion, and its version."""

from __future__ import annotations

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def interfaces() -> dict[str, Any]:
    """Return the version, the backend and the number of interfaces by family.

    ``error`` says why they cannot be listed.
    """
    facts: dict[str, Any] = {"version": ipif.__version__, "backend": ipif.backend}
    try:
        families = [ipif.to_json(row)["Family"] for row in ipif.list_interfaces()]
        facts |= {family: families.count(family) for family in ("ipv4", "ipv6")}
    except Exception as error:  # a grain that raises costs the minion its other grains
        facts["error"] = str(error)
    return {"ipif": facts}
