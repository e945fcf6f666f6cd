"""plan: make many interfaces match a document, in one transaction that can be reverted."""

from __future__ import annotations

import sys

from ipif._core.family import NAMES
from ipif._core.finish import Block, until_done
from ipif._core.timing import LONGEST, read_seconds
from ipif._desired.change import ApplyError, Change, RollbackResult, add_notes, to_change
from ipif._desired.document import resolve
from ipif._desired.transaction import LOCK, RowChange, apply, restore, usable_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from typing import Any, Literal, Self

    from ipif._core.types import MIB_IPINTERFACE_ROW
    from ipif._desired.deadline import Deadline
    from ipif._desired.document import DesiredRow
    from ipif._desired.journal import Journal

    State = Literal["planned", "applied", "confirmed", "reverted"]


class Plan(Block):
    """The changes that make the interfaces match a document: what :func:`ipif.plan` returns.

    A plan without changes is false, and applying it does nothing. ``str()`` of a plan has one line
    for each change.

    As a context manager, for ``with`` or ``async with``, it is applied on entry and reverted on
    exit. :meth:`confirm` in the block keeps the changes.

    Plans and :class:`ipif.changed` blocks may change the same members. Each keeps the earlier value
    of each member, and reverting them in any order ends with the first value: when an earlier plan
    is reverted before a later one, nothing is written, and the later one restores the earlier
    values of both.

    Attributes:
        changes: The list of each :class:`ipif.Change`.
        selected: The list of each row that the document selects, also of those that hold everything
            already: a pair of the row as it was when the plan was made, and the dict of the members
            that the document wants there.

    Example:
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
        >>> with ipif.plan(wanted) as plan:
        ...     print(plan.state, ipif.get_interface("Wi-Fi", "ipv4")["NlMtu"])
        applied 1400
        >>> print(plan.state, ipif.get_interface("Wi-Fi", "ipv4")["NlMtu"])
        reverted 1500
    """

    __module__ = "ipif"

    def __init__(
        self,
        rows: list[RowChange],
        changes: list[Change],
        selected: list[tuple[MIB_IPINTERFACE_ROW, dict[str, Any]]],
    ) -> None:
        self.changes = changes
        self.selected = selected
        self._rows = rows
        self._state: State = "planned"
        self._journal: Journal | None = None
        self._deadline: Deadline | None = None
        self._expired: float | None = None  # the seconds that were given to confirm
        self._in_block = False

    _instead = "it reverts its own changes; its document and .changes can be"

    @property
    def state(self) -> State:
        """``"planned"``, ``"applied"``, ``"confirmed"`` or ``"reverted"``.

        A plan whose changes could not be rolled back completely is ``"applied"``.
        """
        return self._state

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        return f"<ipif.Plan: {len(self.changes)} changes, {self._state}>"

    def __str__(self) -> str:
        return "\n".join(map(str, self.changes)) or "nothing to change"

    def apply(
        self,
        *,
        verify: bool = False,
        confirm_within: float | None = None,
        journal: str | os.PathLike[str] | None = None,
    ) -> list[Change]:
        """Make all changes or none.

        Every row is read again. Rows that hold everything already are not written. Every other row
        is written by exactly one call, and only if its LUID still belongs to the same adapter. If a
        call fails, everything is rolled back to the exact earlier values. Ctrl-C rolls back too.

        With *confirm_within*, everything is reverted automatically unless :meth:`confirm` is called
        in time. That is for a computer that is reached through the interface being changed. A
        separate thread reverts, even when the calling thread has ended, and the interpreter waits
        for it at exit, after Ctrl-C too. When Windows refuses, it tries again after 1 second, 2, 4
        and so on up to 60, until everything is reverted, its interface is gone, or another program
        has changed it. An interpreter that exits waits 30 seconds for that. The logger ``ipif``
        reports it.

        It cannot revert when the process is killed, or ends by ``os._exit``. For that there is
        *journal*: :func:`ipif.recover`, or the command ``ipif recover``, reverts from it.

        Args:
            verify: Roll back also when a row shows another value than was written.
            confirm_within: The time to confirm, in seconds. ``None``: nothing is reverted by
                itself.
            journal: The path of a file that must not exist. It is written before the first change.
                It is removed by :meth:`confirm`, :meth:`revert` and the automatic revert.

        Returns:
            The list of each :class:`ipif.Change` that was made.

        Raises:
            ipif.ApplyError: A call failed, or a row does not show what was written. It lists what
                was done, rolled back and not rolled back.
            ipif.ValidationError: Before any change: the current value of a member could not be
                written again.
            OSError: The journal cannot be written, and nothing is changed: ``FileExistsError``
                when it exists, ``PermissionError`` also when other users can write to its folder.
            TypeError: *confirm_within* is not a number.
            ValueError: *confirm_within* is not above 0, or too long.
            RuntimeError: The plan is already applied, or not completely rolled back.
        """
        seconds = None
        if confirm_within is not None:
            seconds = read_seconds(
                "confirm_within", confirm_within, above_zero=True, longest=LONGEST
            )
        log = None
        if journal is not None:
            from ipif._desired.journal import Journal

            log = Journal(journal)
        undo = self._undo
        with LOCK:
            self._refuse_applied()
            try:
                # Before the first change, so that every change will be reverted.
                self._state = "applied"
                self._expired = None
                self._journal = log
                if seconds is not None:
                    self._start_deadline(seconds)
                active = apply(self._rows, journal=log, verify=verify)
                made = [to_change(made) for row in active for made in row.changes_made()]
                if not made:
                    self._stop_deadline()
                    if log is not None:
                        log.remove()
                return made
            except BaseException as error:
                undo(error)
                raise

    def _refuse_applied(self) -> None:
        """Raise when the plan is applied: its values would be mistaken for the earlier ones."""
        if self._state in ("applied", "confirmed"):
            raise RuntimeError("this plan is already applied: revert it, or create a new one")

    def confirm(self, *, keep_journal: bool = False) -> None:
        """Keep what was applied: cancel the automatic revert and remove the journal.

        :meth:`revert` still works afterwards.

        Args:
            keep_journal: Whether the journal stays, so that :func:`ipif.recover` can restore the
                earlier values later.

        Raises:
            TimeoutError: The time to confirm is over: everything was reverted, or is being
                reverted.
            RuntimeError: Nothing was applied.
            OSError: The journal cannot be removed. Nothing is confirmed then.
        """
        with LOCK:
            if self._expired is not None:
                outcome = "is still being reverted" if self._state == "applied" else "was reverted"
                raise TimeoutError(
                    f"too late: this was not confirmed within {self._expired:g} s, so it {outcome}"
                )
            if self._state not in ("applied", "confirmed"):
                raise RuntimeError(f"nothing to confirm: the plan is {self._state}, not applied")
            self._keep(keep_journal)

    @until_done
    def _keep(self, keep_journal: bool) -> BaseException | None:
        """Confirm; return the exception when the journal cannot be removed."""
        try:
            if self._journal is not None and not keep_journal:
                self._journal.remove()
        except OSError as error:
            return error
        self._state = "confirmed"
        self._stop_deadline()
        return None

    def revert(self) -> list[Change]:
        """Restore the members that still hold what was written.

        A value that another program has written since is kept, with a :class:`ipif.RestoreWarning`.
        An interface or family that no longer exists, or whose LUID another adapter has now, counts
        as restored. A plan that is not applied has nothing to revert. A reverted plan can be
        applied again. Ctrl-C is raised when everything is restored.

        Returns:
            The list of each :class:`ipif.Change` that was made.

        Raises:
            ipif.ApplyError: Windows refuses an earlier value. The journal is kept then, and another
                call, or ``retry()`` of the exception, restores the rest.
        """
        result = RollbackResult()
        self._revert(result)
        error = result.warn(stacklevel=2)
        if error is not None:
            raise error
        return [change.reversed() for change in result.restored]

    def __enter__(self) -> Self:
        with LOCK:
            self._refuse_applied()
            undo = self._undo
            try:
                self._in_block = True
                self.apply()
                return self
            except BaseException as error:
                self._in_block = False
                undo(error)
                raise

    async def __aenter__(self) -> Self:
        with LOCK:
            self._refuse_applied()
            undo = self._undo
            try:
                self._in_block = True
                self.apply()
                return self
            except BaseException as error:
                self._in_block = False
                undo(error)
                raise

    @until_done
    def _undo(self, error: BaseException) -> BaseException | None:
        """Roll back what was applied before *error*; keep the deadline when something is left."""
        with LOCK:
            if self._state == "applied":
                if not isinstance(error, ApplyError):  # that has tried already
                    result = RollbackResult()
                    restore(self._rows, result, self._journal)
                    add_notes(error, result.describe())
                if not any(row.to_roll_back for row in self._rows):
                    self._stop_deadline()
                    self._state = "planned"
        return None

    @until_done
    def _revert(self, result: RollbackResult) -> BaseException | None:
        """Roll back; return the exception when something could not be restored."""
        with LOCK:
            self._restore(result)
            if not result.has_failed:
                self._stop_deadline()
        return result.failure(self.revert)

    def _restore(self, result: RollbackResult) -> None:
        restore(self._rows, result, self._journal)
        if not result.has_failed and self._state != "planned":
            self._state = "reverted"

    def _leave(self, value: BaseException | None) -> BaseException | None:
        """Revert unless confirmed; return the exception to raise. *value* is that of the block."""
        with usable_lock():
            self._in_block = False
            if self._state != "applied":
                return None
            result = RollbackResult()
            self._restore(result)
            if not result.has_failed:
                self._stop_deadline()
        if value is None:
            return result.failure(self.revert) or result.warn(stacklevel=3)
        errors = [f"while reverting: {error}" for error in result.errors]
        add_notes(value, [*result.describe(), *errors])
        return None

    def _drop(self) -> None:
        if getattr(self, "_in_block", False):
            self._leave(None)

    if sys.version_info >= (3, 14):
        __del__ = _drop  # a with statement looks at signals between __enter__ and the block

    # ---- the automatic revert

    def _start_deadline(self, seconds: float) -> None:
        from ipif._desired.deadline import Deadline
        from ipif._desired.log import logger

        logger()  # its thread should not have to import it
        self._deadline = Deadline(seconds, self._expire, self._report)
        self._deadline.start()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self, deadline: Deadline) -> bool:
        """Revert, because nobody has confirmed in time; return whether nothing is left to do."""
        from logging import WARNING

        from ipif._desired.log import log_changes, logger

        result = RollbackResult()
        with LOCK:
            if self._deadline is not deadline or self._state != "applied":
                return True
            self._expired = deadline.seconds
            self._restore(result)
            if not result.has_failed:
                self._deadline = None
        late = f"not confirmed within {deadline.seconds:g} s"
        for what, changes in (
            ("reverted", result.restored),
            ("nothing to revert, it is gone or has been restored", result.already_restored),
            *result.left(),
        ):
            reverted = [change.reversed() for change in changes]
            log_changes(WARNING, f"{late}: {what}", reverted)
        for error in result.errors:
            logger().warning("%s: %s", late, error)
        return not result.has_failed

    def _report(self, error: Exception | None, pause: float | None) -> None:
        """Log that an attempt to revert has failed; runs in the thread of the deadline."""
        from ipif._desired.log import logger

        cause = "" if error is None else f" ({type(error).__name__}: {error})"
        if pause is None:
            logger().error("not everything was reverted, and this was the last attempt%s", cause)
        else:
            logger().warning("not everything was reverted%s; next attempt in %g s", cause, pause)


def plan(desired: Mapping[str, Any]) -> Plan:
    """Return the :class:`ipif.Plan` that makes the interfaces match a document.

    Nothing is changed yet. Two tables are read, however long the document is: interfaces and
    adapters. A third, of unicast addresses, is read only for the selector ``address``.

    The document is a dict, as read from JSON or TOML, or any mapping::

        {"interfaces": [
            {"match": {"alias": "Ethernet*", "connected": True},
             "expect": "some",
             "ipv4": {"Metric": 10, "RouterDiscoveryBehavior": "Disabled"},
             "ipv6": {"Metric": 10, "when_bound": True}}]}

    ``match`` has one or more selectors. All must match, ignoring case. Only adapters with an IP
    interface row are considered. The value of each but ``connected`` and ``not`` may be a list, of
    which any item has to match:

    - ``alias``, ``description``: patterns with ``*``, ``?`` and ``[...]``. A name that equals the
      pattern is taken literally.
    - ``luid``, ``guid``, ``index``: the number or the GUID.
    - ``type``: an IANA ifType number, or ``ethernet``, ``wifi``, ``loopback``, ``ppp``,
      ``virtual``, ``tunnel``, ``wwan``.
    - ``connected``: true or false.
    - ``address``: an IP address that the adapter has, or a subnet such as ``"192.168.10.0/24"`` in
      which it has one.
    - ``hardware_address``: the present or the permanent one.
    - ``not``: selectors, too. Adapters that match all of these are left out. If it is a list,
      adapters that one of its items matches are left out.

    ``expect`` says how many adapters may match: ``one`` (the default), ``some`` (at least one) or
    ``any``.

    ``ipv4`` and ``ipv6`` have the members of :func:`ipif.update_interface`, with the same rules.
    Enumerators may be named. 0 and ``False`` are values like any other. When the family is not
    bound to an adapter, that is an error, unless ``when_bound`` is true: then it is skipped. The
    same is true of a family that is not installed: no adapter has a row of it.

    Args:
        desired: The document.

    Raises:
        ipif.ValidationError: The document has problems. Each has its place, such as
            ``interfaces[2].ipv6.NlMtu``. Problems are also selectors that find too few or too many
            interfaces, entries that contradict each other, and changes that could not be rolled
            back (see :class:`ipif.changed`).
        ipif.Error: The tables cannot be read. ``winerror`` is 50 when no family is installed.

    Example:
        >>> import ipif
        >>> mtu = {"NlMtu": 1400}
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": mtu, "ipv6": mtu}]}
        >>> plan = ipif.plan(wanted)
        >>> print(plan)
        Ethernet ipv4 NlMtu: 1500 -> 1400
        Ethernet ipv6 NlMtu: 1492 -> 1400
        >>> made = plan.apply()
        >>> made = plan.revert()

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """
    rows = resolve(desired)
    return Plan(
        row_changes(rows),
        [change for row in rows for change in changes_of(row)],
        [(row.adapter.interfaces[row.af], dict(row.changes)) for row in rows],
    )


def row_changes(rows: list[DesiredRow]) -> list[RowChange]:
    """Return the row changes that give each of *rows* its wanted values."""
    return [
        RowChange(
            row.adapter.luid,
            row.af,
            row.changes,
            row.adapter.alias,
            guid=row.adapter.row["InterfaceGuid"].bytes_le,
        )
        for row in rows
    ]


def changes_of(row: DesiredRow) -> Iterator[Change]:
    """Yield each member of *row* that has to change."""
    adapter = row.adapter
    for name, value in row.patch().items():
        before = row.current[name]
        yield Change(adapter.alias, NAMES[row.af], name, before, value, adapter.luid)
