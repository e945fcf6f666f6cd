"""``ipif guard``: keep a document applied while other programs change the interfaces."""

from __future__ import annotations

from queue import Empty, SimpleQueue

import ipif
from ipif._cli.arguments import file_name, help_columns, lay_out_unbroken
from ipif._cli.changes import between
from ipif._cli.events import Log, Value
from ipif._cli.members import show
from ipif._cli.status import INTERRUPTED, Failure, failure_of
from ipif._cli.text import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

    # What the guard reports: the changes of a revert; or an error, and the change it is about.
    Report: TypeAlias = list[ipif.Change] | tuple[BaseException, ipif.Change | None]
    Row: TypeAlias = Mapping[str, Any]

DESCRIPTION = (
    "Make the interfaces match a document, and keep them so: when Windows or another program "
    "changes one of its values, it is set again, with a line for each time. Adapters that are not "
    "there are waited for. Ctrl-C ends the command; the interfaces stay as they are."
)
CHANGES = True

#: The commands that let Task Scheduler run a guard; docs/guides/safe-changes.md shows them, too.
AT_BOOT = (
    'schtasks /create /tn "ipif guard" /sc onstart /ru SYSTEM '
    r'/tr "C:\ipif\Scripts\ipif.exe guard C:\ipif\network.toml"',
    'Set-ScheduledTask -TaskName "ipif guard" -Settings (New-ScheduledTaskSettingsSet '
    "-ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries)",
    'schtasks /run /tn "ipif guard"',
)

_BEFORE = (
    "To guard from the start of Windows, whether or not somebody logs on, create a task in an "
    "elevated PowerShell, with your own paths. They must be complete, and lie in a folder that "
    "only administrators can write to, because the task runs as SYSTEM:"
)
_AFTER = (
    "Without the second command, Task Scheduler ends the task after three days, and does not run "
    "it on batteries. The third command runs it now. 'schtasks /end /tn \"ipif guard\"' ends "
    "it, and 'schtasks /delete /tn \"ipif guard\"' removes the task."
)
# Ctrl-C cannot interrupt a wait for a queue on Windows, so it is cut into slices of this many
# seconds.
_SLICE = 0.2

_LONGEST = 200  # characters of a match


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "document", metavar="FILE", type=file_name, help="the document, in JSON or TOML"
    )
    parser.formatter_class = lay_out_unbroken  # a command stays on one line
    parser.description = _paragraph(parser.description or "")
    commands = "".join(f"\n\n  {command}" for command in AT_BOOT)
    parser.epilog = f"{_paragraph(_BEFORE)}{commands}\n\n{_paragraph(_AFTER)}"


def _paragraph(text: str) -> str:
    return "\n".join(wrapped(text, help_columns()))


def run(options: argparse.Namespace, output: Output) -> int:
    """Keep a document applied until Ctrl-C."""
    document = ipif.read_document(options.document)
    reports: SimpleQueue[Report] = SimpleQueue()
    before = _read_rows()
    with ipif.guard(
        document,
        on_revert=reports.put,
        on_error=lambda error, change: reports.put((error, change)),
    ) as guard:
        try:
            log = _GuardLog(guard, document, output)
            log.begin(options.document, before)
            while True:
                report = _next(reports)
                log.look()
                if report is not None:
                    log.tell(report)
        except KeyboardInterrupt:
            message = "interrupted: the interfaces stay as they are"
            raise Failure(INTERRUPTED, message) from None


def _next(reports: SimpleQueue[Report]) -> Report | None:
    """Return the next report, or ``None`` when there is none for a moment."""
    try:
        return reports.get(timeout=_SLICE)
    except Empty:
        return None


def _read_rows() -> dict[tuple[int, str], Row]:
    """Return all rows by LUID and family."""
    return {
        (int(row["InterfaceLuid"]), show("Family", row["Family"])): row
        for row in ipif.list_interfaces()
    }


class _GuardLog:
    """Writes what a guard does."""

    def __init__(self, guard: ipif.Guard, document: Mapping[str, Any], output: Output) -> None:
        self._guard = guard
        self._entries = document["interfaces"]
        self._output = output
        self._log = Log(output, [row.interface for row in guard.rows.values()])
        self._missing: tuple[str, ...] = ()
        # The rows that could not be set, and how often they had been set before.
        self._failed: dict[tuple[str, str], int] = {}

    def begin(self, file: str, before: Mapping[tuple[int, str], Row]) -> None:
        """Write what is guarded, and what was changed to begin with."""
        rows = self._guard.rows.values()
        count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
        self._log.text(f"guarding {count} as in {file}", Event="guarding", Rows=len(rows))
        if self._output.is_terminal:
            self._output.note("Ctrl-C ends")
        self._output.finish()  # with --json, notes would otherwise come when the command ends
        after = _read_rows()
        for row in rows:
            key = (int(row.luid), row.family)
            if key in before and key in after:
                found = between(row.interface, before[key], after[key])
                values = [Value(one.member, one.before, one.after) for one in found]
                if values:
                    self._row("applied", "good", row.interface, row.family, row.luid, values)

    def look(self) -> None:
        """Write what the guard does not report: what it waits for, and rows set after failures."""
        missing = self._guard.missing
        self._tell_entries("waiting for", "waiting", missing, self._missing)
        self._tell_entries("found", "found", self._missing, missing)
        self._missing = missing
        if self._failed:
            rows = self._guard.rows
            for key, count in [*self._failed.items()]:
                row = rows.get(key)
                if row is None or row.applied > count:
                    del self._failed[key]
                if row is not None and row.applied > count:
                    self._row("applied", "good", *key, row.luid)

    def tell(self, report: Report) -> None:
        """Write what the guard has reported."""
        if isinstance(report, list):
            change = report[0]
            values = [Value(one.member, one.before, one.after) for one in report]
            self._row("reverting", "changed", change.interface, change.family, change.luid, values)
            return
        error, about = report
        failure = failure_of(error)
        text = failure.message.replace("\n  ", "; ")
        row = self._row_of(error, about)
        if row is None:
            self._log.text((f"error: {text}", "bad"), Event="error", Error=failure.to_json())
            return
        key = (row.interface, row.family)
        if isinstance(error, ipif.Error) and error.winerror is not None:
            self._failed.setdefault(key, row.applied)
        self._row("error", "bad", *key, row.luid, remark=text, Error=failure.to_json())

    def _row_of(self, error: BaseException, change: ipif.Change | None) -> ipif.GuardedRow | None:
        """Return the row that an error is about, if it is about one."""
        if change is not None:
            return self._guard.rows.get((change.interface, change.family))
        if isinstance(error, ipif.Error):
            return self._guard.rows.get((str(error.interface), str(error.family)))
        return None

    def _row(
        self,
        event: str,
        style: str,
        alias: str,
        family: str,
        luid: ipif.Luid,
        values: Iterable[Value] = (),
        **more: Any,
    ) -> None:
        try:
            index = luid.index
        except ipif.InterfaceNotFound:
            index = 0
        row = {"Alias": alias, "InterfaceIndex": index, "InterfaceLuid": int(luid)}
        row["Family"] = family
        self._log.row(row, (event, style), [*values], Event=event, **more)

    def _tell_entries(
        self, words: str, event: str, places: Iterable[str], known: Iterable[str]
    ) -> None:
        """Write about the entries at *places* that are not *known*."""
        for place in places:
            if place not in known:
                match = self._match_at(place)
                self._log.text(
                    f"{words} {_shown(match)} ({place})", Event=event, Entry=place, Match=match
                )

    def _match_at(self, place: str) -> Any:
        """Return the ``match`` of the entry at *place*, such as ``interfaces[0]``."""
        number = int(place.partition("[")[2].rstrip("]"))
        return self._entries[number]["match"]


def _shown(match: object) -> str:
    import json

    text = json.dumps(match, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
