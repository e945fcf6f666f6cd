"""The rules of SetIpInterfaceEntry that decide what a row or a set of changes will do.

Each is written once, here; validation, updates, comparisons and transactions use it.
"""

from __future__ import annotations

from ipif._core.family import AF_INET
from ipif._core.fields import FIELD_BY_NAME, SETTABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: Two members for one setting: Windows computes Metric while UseAutomaticMetric is true.
METRIC_PAIR = ("UseAutomaticMetric", "Metric")

_SENTINELS = {name: FIELD_BY_NAME[name].unchanged for name in SETTABLE}


def is_sentinel(name: str, value: object) -> bool:
    """Return whether SetIpInterfaceEntry leaves the member *name* alone when it gets *value*."""
    return value in _SENTINELS[name]


def is_forced_to_zero(name: str, af: int) -> bool:
    """Return whether the member is always written as 0.

    This is true of ``SitePrefixLength`` for IPv4: GetIpInterfaceEntry returns 64, but
    SetIpInterfaceEntry accepts only 0.
    """
    return name == "SitePrefixLength" and af == AF_INET


def with_manual_metric(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of *changes* in which a Metric turns the automatic metric off."""
    copy = dict(changes)
    if "Metric" in copy:
        copy.setdefault("UseAutomaticMetric", False)
    return copy


def drops_metric(row: Mapping[str, Any], current: Mapping[str, Any]) -> bool:
    """Return whether SetIpInterfaceEntry would ignore the Metric of *row* without an error.

    It does when the metric of the *current* row is automatic and stays automatic.
    """
    metric = row.get("Metric")
    return (
        metric is not None
        and metric != current["Metric"]
        and bool(current["UseAutomaticMetric"])
        and row.get("UseAutomaticMetric") is not False
        and not is_sentinel("Metric", metric)
    )


def effective_changes(
    current: Mapping[str, Any], wanted: Mapping[str, Any], af: int
) -> dict[str, Any]:
    """Return the members of *wanted* that SetIpInterfaceEntry would change, in the SDK's order.

    Left out are missing members, ``None``, unchanged sentinels, ``SitePrefixLength`` of IPv4, and
    a Metric while the metric is, or becomes, automatic.
    """
    automatic = wanted.get("UseAutomaticMetric")
    if automatic is None:
        automatic = current["UseAutomaticMetric"]
    found = {}
    for name in filter(wanted.__contains__, SETTABLE):
        value, now = wanted[name], current[name]
        if value is None or value == now or is_sentinel(name, value):
            continue
        if is_forced_to_zero(name, af) or (name == "Metric" and automatic):
            continue
        if name == "ZoneIndices":
            value = tuple(
                old if is_sentinel(name, new) else new for old, new in zip(now, value, strict=True)
            )
            if value == now:
                continue
        found[name] = value
    return found
