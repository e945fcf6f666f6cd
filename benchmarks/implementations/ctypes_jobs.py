"""Whole jobs with ctypes, as ipif does them, or with the fewest calls and no checks.

With checks, it compares the adapter's GUID before it writes what may have to be restored, and reads
each row again after it was set.
"""

import ctypes
from collections.abc import Iterable

from . import check
from .ctypes_careful import FUNCTION, ULONG, CtypesCareful, row_to_dict

AF_INET = 2
ERROR_FILE_NOT_FOUND = 2
Row = dict[str, object]


class CtypesJobs(CtypesCareful):
    """``address`` returns the address of a Win32 function."""

    def __init__(self, address, checks: bool) -> None:
        super().__init__(address)
        self._checks = checks
        luid, guid = ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint8 * 16)
        self._to_guid = FUNCTION(ULONG, luid, guid)(address("ConvertInterfaceLuidToGuid"))

    def both_tables(self) -> tuple[list[Row], list[Row]]:
        return self.table(), self.adapters()

    def change(self, luid: int, metric: int) -> tuple[Row, Row]:
        """Set a metric; return the row before and after."""
        before = self._set_metric(luid, metric)
        return before, self.get(AF_INET, luid)

    def use_a_block(self, luid: int, metric: int) -> None:
        self._revert(self._apply([(luid, self._guid(luid))], metric))

    def apply_and_revert(self, luids: Iterable[int], metric: int) -> None:
        rows, adapters = self.both_tables()
        guids = {row["InterfaceLuid"]: row["InterfaceGuid"].bytes_le for row in adapters}
        bound = {row["InterfaceLuid"] for row in rows if row["Family"] == AF_INET}
        chosen = [(luid, guids[luid]) for luid in luids if luid in bound]
        for luid, guid in chosen:
            self._check_identity(luid, guid)
        self._revert(self._apply(chosen, metric))

    def _apply(self, chosen: list[tuple[int, bytes]], metric: int) -> list[tuple[Row, bytes, int]]:
        done = []
        for luid, guid in chosen:
            before = self._set_metric(luid, metric)
            written = self.get(AF_INET, luid)["Metric"] if self._checks else metric
            done.append((before, guid, written))
        return done

    def _revert(self, done: list[tuple[Row, bytes, int]]) -> None:
        """Restore the metric where nobody else has changed it."""
        for before, guid, written in reversed(done):
            luid = before["InterfaceLuid"]
            self._check_identity(luid, guid)
            row = self.read(AF_INET, luid)
            if row.Metric == written:
                row.SitePrefixLength = 0
                row.Metric = before["Metric"]
                row.UseAutomaticMetric = before["UseAutomaticMetric"]
                check(self._set(row))
                if self._checks and self.read(AF_INET, luid).Metric != before["Metric"]:
                    raise AssertionError("the metric was not restored")

    def _set_metric(self, luid: int, metric: int) -> Row:
        row = self.read(AF_INET, luid)
        before = row_to_dict(row)
        row.SitePrefixLength = 0
        row.Metric = metric
        row.UseAutomaticMetric = False
        check(self._set(row))
        return before

    def _guid(self, luid: int) -> bytes:
        if not self._checks:
            return b""
        guid = (ctypes.c_uint8 * 16)()
        check(self._to_guid(ctypes.c_uint64(luid), guid))
        return bytes(guid)

    def _check_identity(self, luid: int, guid: bytes) -> None:
        """Raise when another adapter has the LUID by now."""
        if self._checks and self._guid(luid) != guid:
            raise OSError(ERROR_FILE_NOT_FOUND, "the adapter is gone")
