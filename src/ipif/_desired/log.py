"""The logger ``ipif``: changes that the library makes by itself, not on a call.

They are the automatic revert of a plan, what a guard applies again, blocks restored when the
interpreter exits, and recovery from a journal. A record about changes of one interface has the
attributes ``interface`` (its alias), ``family`` and ``members`` (name: (before, after)).
"""

from __future__ import annotations

from ipif._core.errors import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from logging import Logger

    from ipif._desired.change import Change

_logger: Logger | None = None


def logger() -> Logger:
    """Return the logger ``ipif``. Without a handler of the program it reports nothing."""
    global _logger
    if _logger is None:
        from logging import NullHandler, getLogger

        found = getLogger("ipif")
        if not any(isinstance(handler, NullHandler) for handler in found.handlers):
            found.addHandler(NullHandler())
        _logger = found
    return _logger


def log_changes(level: int, what: str, changes: Iterable[Change]) -> None:
    """Report *changes*, in one record for each interface and family."""
    rows: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        rows.setdefault((change.interface, change.family), []).append(change)
    for (interface, family), found in rows.items():
        members = {change.member: (change.before, change.after) for change in found}
        text = ", ".join(f"{c.member} {shown(c.before)} -> {shown(c.after)}" for c in found)
        extra = {"interface": interface, "family": family, "members": members}
        logger().log(level, "%s: %s %s: %s", what, interface, family, text, extra=extra)
