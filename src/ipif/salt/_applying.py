"""Apply a document on a minion, so that it can be confirmed, taken back, and survives a kill."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack

import ipif
from ipif import reports
from ipif._shared.lock import locked
from ipif.salt._failures import Refused
from ipif.salt._journals import Journals, acted, answer_of, restore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ipif.reports import Report

_log = logging.getLogger(__name__)

# Seconds between two looks for an answer.
_LOOK = 0.2


def apply(
    opts: Mapping[str, Any],
    read: Callable[[], Any],
    *,
    test: bool = False,
    confirm_within: float | None = None,
    journal: str | None = None,
) -> Report:
    """Make the interfaces match a document, and return the report; exceptions are in the report.

    One job at a time does this. Before that, it restores what a killed process has left.

    Without *confirm_within* the changes stay. With it, a thread waits for ``ipif.confirm``, and
    everything is reverted when that does not come. The thread is no daemon: the process of the job
    ends when that is decided, whether Salt runs jobs in processes or in threads.

    Args:
        opts: The configuration of the minion.
        read: Returns the document.
        test: Whether to change nothing, and report what would change.
        confirm_within: The time to confirm, in seconds.
        journal: The name under which the earlier values are kept for ``ipif.revert``.
    """
    start = time.monotonic()
    changes: Sequence[ipif.Change] = ()
    error: Exception | None = None
    try:
        desired = read()
        if test:
            changes = ipif.plan(desired).changes
        else:
            changes = _apply(Journals(opts), desired, confirm_within, journal)
    except Exception as raised:
        error = raised
    return reports.make(
        opts["id"],
        changes=changes,
        error=error,
        dry_run=test,
        seconds=time.monotonic() - start,
    )


def _apply(
    journals: Journals, desired: Any, confirm_within: float | None, name: str | None
) -> Sequence[ipif.Change]:
    """Apply, and return the changes that were made."""
    if name is not None:
        journals.kept(name)  # refuses a bad name
    path = journals.new()
    with journals.one_job():
        for change in journals.recover():
            _log.warning("restored what a killed process had changed: %s", change)
        plan = ipif.plan(desired)
        journals.refuse_waiting(plan.changes)
        with ExitStack() as stack:
            stack.enter_context(locked(path))
            made = plan.apply(confirm_within=confirm_within, journal=path)
            if made and confirm_within is not None:
                waiting = _Waiting(plan, journals, path, name, stack.pop_all())
                threading.Thread(target=waiting.run, name="ipif.salt", daemon=False).start()
            elif made:
                journals.confirm(plan, path, name)
    return made


class _Waiting:
    """What waits for the answer to a plan that is applied."""

    def __init__(
        self, plan: ipif.Plan, journals: Journals, path: str, name: str | None, lock: ExitStack
    ) -> None:
        self._plan = plan
        self._journals = journals
        self._path = path
        self._name = name
        self._lock = lock

    def run(self) -> None:
        """Return when the changes are confirmed or reverted."""
        failed = ""
        with self._lock:
            while self._plan.state == "applied":
                answer = answer_of(self._path)
                if answer is not None:
                    try:
                        self._act(answer)
                    except TimeoutError:
                        pass  # everything is being reverted; the answer stays, which says so
                    except Exception:  # it is tried again while somebody waits for it
                        if answer != failed:
                            _log.exception("ipif: cannot %s the changes", answer)
                        failed = answer
                time.sleep(_LOOK)

    def _act(self, answer: str) -> None:
        if answer == "confirm":
            self._journals.confirm(self._plan, self._path, self._name)
        else:
            self._plan.revert()
        acted(self._path)


def confirm(opts: Mapping[str, Any]) -> tuple[int, int]:
    """Keep the changes that wait to be confirmed.

    Returns how many sets of changes are kept, and how many had just been reverted.
    """
    journals = Journals(opts)
    with journals.one_job():
        return journals.answer("confirm")


def revert(opts: Mapping[str, Any], name: str | None = None) -> int | list[ipif.Change]:
    """Take back the changes whose journal is kept under *name*; without it, those that wait.

    Returns the changes that this made; of changes that waited, how many sets there were.
    """
    journals = Journals(opts)
    with journals.one_job():
        if name is None:
            return sum(journals.answer("revert"))
        path = journals.kept(name)
        if not os.path.exists(path):
            known = ", ".join(journals.names()) or "none"
            raise Refused(f"no journal is kept as {name!r} on this minion (kept: {known})")
        return list(restore(path))


def recover(opts: Mapping[str, Any]) -> list[ipif.Change]:
    """Restore what killed processes have left; return the changes that this made."""
    journals = Journals(opts)
    with journals.one_job():
        return journals.recover()
