"""A guard without a thread: the test takes each step, and says what time it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import ipif


class DrivenGuard:
    """A guard that looks at the rows only when the test says so."""

    def __init__(self, desired: Mapping[str, Any], **options: Any) -> None:
        self.guard = ipif.guard(desired, **options)
        self.guard._loop.start = lambda: None  # type: ignore[method-assign]
        self.guard._loop.now = lambda: self.now  # type: ignore[method-assign]
        self.now = 1000.0

    def __enter__(self) -> Self:
        self.guard.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.guard.close()

    def step(self, seconds: float = 0.0) -> float:
        """Let so many seconds pass, and take a step; return the seconds until the next one."""
        self.now += seconds
        return self.guard._guarding.step(self.now) - self.now

    def notify(self, interface: str = "Ethernet", times: int = 1) -> None:
        """Notify of changes of the interface's IPv4."""
        luid = ipif.Luid.of(interface)
        change = ipif.NotificationType.ParameterNotification
        for _ in range(times):
            self.guard._guarding.note_event(ipif.Event(change, "ipv4", luid, luid.index))

    def row(self, interface: str = "Ethernet", family: str = "ipv4") -> ipif.GuardedRow:
        return self.guard.rows[interface, family]

    def missing(self) -> tuple[str, ...]:
        return self.guard.missing

    def unachievable(self) -> list[ipif.Change]:
        return list(self.guard.unachievable)

    def counts(self) -> tuple[int, int, int]:
        return self.guard.reverts, self.guard.applied, self.guard.errors
