"""What happens to rows, as it happens: each event is a line, or with ``--json`` an object."""

from __future__ import annotations

from typing import NamedTuple

import ipif
from ipif._cli.changes import value_to_json
from ipif._cli.members import show
from ipif._cli.text import escaped, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from ipif._cli.output import Output, Piece

# Windows draws ReachableTime at random, again and again.
_RANDOM = "ReachableTime"

_WIDEST = 20  # columns that aliases are padded to
_TIME = 10  # columns of the time and the space behind it
_WORD = 11  # columns for what happened


class Value(NamedTuple):
    """The value of one member, before an event and after it."""

    member: str
    before: Any
    after: Any

    def __str__(self) -> str:
        before, after = (show(self.member, value) for value in (self.before, self.after))
        return f"{self.member} {before} -> {after}"

    def to_json(self) -> dict[str, Any]:
        """Return the value as JSON shows it."""
        before, after = (value_to_json(self.member, value) for value in (self.before, self.after))
        return {"Member": self.member, "Before": before, "After": after}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Value]:
    """Return every member in which two rows of one interface and family differ.

    ReachableTime is left out; so is SitePrefixLength of IPv4, which goes to 0 with every change.
    """
    skip = {_RANDOM}
    if show("Family", after["Family"]) == "ipv4":
        skip.add("SitePrefixLength")
    return [
        Value(field.name, before[field.name], after[field.name])
        for field in ipif.FIELDS
        if before[field.name] != after[field.name] and field.name not in skip
    ]


class Log:
    """Writes each event on a line of its own, at once. The columns have room for *aliases*."""

    def __init__(self, output: Output, aliases: Iterable[str]) -> None:
        self._output = output
        widths = [width(escaped(alias)) for alias in aliases]
        self._room = max((room for room in widths if room <= _WIDEST), default=0)

    def row(
        self,
        row: Mapping[str, Any],
        what: Piece,
        values: Sequence[Value] = (),
        *,
        remark: str = "",
        **data: Any,
    ) -> None:
        """Write that something has happened to the row that *row* identifies.

        *row* is as :func:`ipif._cli.interfaces.identity` returns it; *what* is the word for what
        happened, *values* the members, *remark* what is said besides. JSON has *data* as well.
        """
        now = _now()
        if self._output.as_json:
            changes = [value.to_json() for value in values]
            self._output.json_line({**row, **data, "Time": _iso(now), "Changes": changes})
            return
        alias = row["Alias"] or f"luid:{row['InterfaceLuid']}"  # it came and went too fast
        pieces: list[Piece] = [self._padded(alias), "  ", row["Family"], "  "]
        word, style = (what, "") if isinstance(what, str) else what
        pieces.append((word, style))
        text = ", ".join(map(str, values))
        if text or remark:
            pieces += [" " * max(2, _WORD + 2 - len(word)), (text, "changed")]
            pieces += [f"{'; ' if text else ''}{remark}"] if remark else []
        self._line(now, *pieces)

    def text(self, text: Piece, **data: Any) -> None:
        """Write *text*, which is about no single row; JSON has *data* instead."""
        now = _now()
        if self._output.as_json:
            self._output.json_line({**data, "Time": _iso(now)})
        else:
            self._line(now, text)

    def _padded(self, alias: str) -> str:
        return alias + " " * (self._room - width(escaped(alias)))

    def _line(self, now: datetime, *pieces: Piece) -> None:
        self._output.sentence((f"{now:%H:%M:%S}", "dim"), "  ", *pieces, margin=_TIME)
        self._output.flush()


def _now() -> datetime:
    """Return the local time, with its offset from UTC."""
    from datetime import datetime

    return datetime.now().astimezone()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
