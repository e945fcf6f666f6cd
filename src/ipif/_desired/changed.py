"""changed: change members for a with-block, and restore the exact earlier values after it."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

from ipif._core.backend import native
from ipif._core.family import read_af
from ipif._core.finish import Block, until_done
from ipif._core.identify import shown_interface
from ipif._desired.change import ApplyError, RollbackResult, add_notes
from ipif._desired.families import apply_rows, cause_of, read_rows
from ipif._desired.transaction import LOCK, restore, usable_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Unpack

    from ipif._core.types import MIB_IPINTERFACE_ROW, Family, Interface, InterfaceChanges
    from ipif._desired.change import Change
    from ipif._desired.journal import Journal
    from ipif._desired.transaction import RowChange


class changed(Block):
    """Change members of one interface for the duration of a with-block.

    The block gets the changed rows, by ``"ipv4"`` and ``"ipv6"``. On entry either all families are
    changed or none. ``async with`` works too.

    On exit each member that still holds what was written gets exactly its earlier value again
    (except ``SitePrefixLength`` of IPv4, which is 0 after every call of SetIpInterfaceEntry). A
    value that another program has written since is kept, with a :class:`ipif.RestoreWarning`, or
    with a note on the exception that leaves the block. An interface or family that no longer exists
    counts as restored, and so does one whose LUID another adapter has by then.

    Blocks and plans may overlap and may be left in any order: the last one restores the first
    value. Values are restored in the network compartment in which the block was entered.

    Ctrl-C does not leave the values changed: a block that is interrupted while it is entered or
    left restores them first, and raises ``KeyboardInterrupt`` afterwards.

    When the values cannot be restored, they are not forgotten: ``retry()`` of the exception
    restores them, and so does calling ``__exit__`` again. With *at_exit* the interpreter tries
    again when it exits. The journal is kept in that case.

    Args:
        interface: What names the interface, as for :func:`ipif.get_interface`.
        family: The family, as for :func:`ipif.get_interface`. ``None`` means every family that is
            bound to the interface.
        journal: The path of a file that must not exist. :func:`ipif.recover` can restore the values
            from it after the process was killed. The file is written before the change and removed
            after the restore.
        at_exit: Whether the values are also restored when the interpreter exits before the block
            was left: in a daemon thread, or in an unfinished generator.
        **changes: The new values, by member, as for :func:`ipif.update_interface`.

    Raises:
        ipif.ValidationError: On entering, for what :func:`ipif.update_interface` refuses, and for a
            member whose earlier value could not be written again, because it is an unchanged
            sentinel (the NlMtu 4294967295 of the loopback interface).
        ipif.Error: On entering, what :func:`ipif.update_interface` raises.
        ipif.ApplyError: On entering, only when something was changed and could not be rolled back.
            On leaving, when Windows refuses the earlier values, unless the block has raised: then
            it is a note on that exception.
        OSError: The journal cannot be written, and nothing is changed: ``FileExistsError`` when it
            exists, ``PermissionError`` also when other users can write to its folder.
        RuntimeError: It was entered before.

    Example:
        >>> import ipif
        >>> with ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400) as rows:
        ...     rows["ipv4"]["NlMtu"]
        1400
        >>> ipif.get_interface("Ethernet", "ipv4")["NlMtu"]
        1500

    Source:
        https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-setipinterfaceentry
    """

    __module__ = "ipif"

    def __init__(
        self,
        interface: Interface,
        family: Family | None,
        /,
        *,
        journal: str | os.PathLike[str] | None = None,
        at_exit: bool = False,
        **changes: Unpack[InterfaceChanges],
    ) -> None:
        self._begun = allocate_lock()  # never released
        self._rows: Sequence[RowChange] = ()
        self._interface = interface
        self._family = family
        self._changes: dict[str, Any] = {**changes}
        self._at_exit = at_exit
        self._left = False
        self._result = RollbackResult()
        self._journal: Journal | None = None
        if family is not None:
            read_af(family)
        if journal is not None:
            from ipif._desired.journal import Journal

            self._journal = Journal(journal)

    _instead = "it restores its own changes; create a new one"

    def __enter__(self) -> dict[str, MIB_IPINTERFACE_ROW]:
        self._begin()
        undo = self._undo
        try:
            return self._enter()
        except BaseException as error:
            undo(error)
            raise

    async def __aenter__(self) -> dict[str, MIB_IPINTERFACE_ROW]:
        self._begin()
        undo = self._undo
        try:
            return self._enter()
        except BaseException as error:
            undo(error)
            raise

    def _begin(self) -> None:
        if not self._begun.acquire(False):
            raise RuntimeError("this ipif.changed() has been entered before: create a new one")

    def _enter(self) -> dict[str, MIB_IPINTERFACE_ROW]:
        """Make the changes; return the rows."""
        rows = read_rows(self._interface, self._family, self._changes)
        with LOCK:  # an interpreter that exits restores what is remembered, and then made
            # Before the first change, so that every change will be restored.
            self._rows = rows
            if self._at_exit:
                _remember(self)
            found: dict[str, Any] = {
                row.family: row.after for row in apply_rows(rows, self._journal)
            }
        return found

    def _drop(self) -> None:
        if getattr(self, "_rows", None):
            self._restore()

    if sys.version_info >= (3, 14):
        __del__ = _drop  # a with statement looks at signals between __enter__ and the block

    @until_done
    def _undo(self, error: BaseException) -> BaseException | None:
        """Restore what was changed before *error*; return the exception to raise instead."""
        if not isinstance(error, ApplyError):  # that has tried already
            add_notes(error, self._restore().describe())
        elif not error.not_rolled_back:
            self._forget()
        new = cause_of(error, shown_interface(self._interface))
        return None if new is error else new

    def _leave(self, value: BaseException | None) -> BaseException | None:
        """Restore everything; return the exception to raise. *value* is that of the block."""
        if self._left and not self._rows:
            return None
        result = self._restore()
        error: BaseException | None = None
        if value is None:
            error = result.failure(self._retry) or result.warn(stacklevel=3)
        else:
            errors = [f"while restoring: {error}" for error in result.errors]
            add_notes(value, [*result.describe(), *errors])
        self._left = True
        return error

    def _restore(self) -> RollbackResult:
        """Restore everything, as far as that has not been done; return the outcome."""
        with usable_lock():
            restore(self._rows, self._result, self._journal)
            if not self._result.has_failed:
                self._forget()
            return self._result

    def _forget(self) -> None:
        """Note that nothing is left to be restored."""
        _entered.pop(id(self), None)
        self._rows = ()

    def _retry(self) -> list[Change]:
        """Restore what is left; return the changes made. This is ``retry()`` of the exception."""
        self._result = RollbackResult()
        result = self._restore()
        error = result.failure(self._retry) or result.warn(stacklevel=3)
        if error is not None:
            raise error
        return [change.reversed() for change in result.restored]


# The blocks that are restored when the interpreter exits, in the order of entering. They share one
# handler, because atexit keeps the memory of unregistered handlers.
_entered: dict[int, changed] = {}
_registered = False
_exiting = False
if hasattr(os, "register_at_fork"):
    # A forked process that ends restores nothing: the blocks and their journals are its parent's.
    os.register_at_fork(after_in_child=_entered.clear)


def _remember(block: changed) -> None:
    """Have *block* restored when the interpreter exits."""
    global _registered
    with LOCK:
        if _exiting:
            raise RuntimeError("the interpreter exits: nothing would restore the values")
        if not _registered:
            import atexit

            from ipif._desired.log import logger

            logger()  # an interpreter that exits should not have to import it
            # Ctrl-C is raised when every block is restored.
            atexit.register(native.until_done(_restore_entered))
            _registered = True
        _entered[id(block)] = block


def _restore_entered() -> None:
    """Restore the blocks that were never left; runs when the interpreter exits."""
    from logging import INFO

    from ipif._desired.log import log_changes

    global _exiting
    with LOCK:
        _exiting = True
    while _entered:
        block = next(reversed(_entered.values()))
        try:
            block.__exit__(None, None, None)
        except Exception:
            sys.excepthook(*sys.exc_info())
        _entered.pop(id(block), None)
        restored = [change.reversed() for change in block._result.restored]
        log_changes(INFO, "restored when the interpreter exits", restored)
