"""Transactions over rows: change several, and put all of them back when one cannot be changed.

A step is one row with the changes that it shall get. :func:`apply` reads each row, lets Windows
set it once, and reads it again; what it then shows is what was written. :func:`undo` puts back
what still holds what was written, and nothing else, so that nobody's later change is lost.

The metric of a row and whether it is automatic are one thing here: a row that goes back to the
automatic metric gets a Metric that nobody has written, and restoring one of the two alone would
restore neither.
"""

from __future__ import annotations

from _thread import RLock
from errno import EIO

from ipif import netioapi
from ipif._errors import (
    ApplyError,
    Error,
    FamilyNotBound,
    InterfaceNotFound,
    InvalidRow,
    Problem,
    RestoreWarning,
    derived,
    shown,
)
from ipif._family import AF_INET, NAMES
from ipif._luid import Luid
from ipif._validate import FIELDS, SETTABLE, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Protocol

    class Keeper(Protocol):
        """Who remembers, outside of this process, what is about to be changed."""

        def create(self, steps: Sequence[Step]) -> None: ...
        def save(self, steps: Sequence[Step]) -> None: ...
        def remove(self) -> None: ...


# One transaction of this process at a time: two that meet in the same rows would else take each
# other's values for the earlier ones. It is not held while a caller's code runs.
LOCK = RLock()

PAIR = ("UseAutomaticMetric", "Metric")

_UNCHANGED = {field.name: field.unchanged for field in FIELDS}

# How far a step is.
_READ, _SETTING, _REFUSED, _SET = range(4)


class Change(tuple[str, str, str, "Any", "Any"]):
    """One member of one row: the tuple ``(interface, family, member, before, after)``.

    ``interface`` is the alias, ``family`` ``"ipv4"`` or ``"ipv6"``; ``luid`` names the interface
    for good and is an attribute only.
    """

    __module__ = "ipif"

    luid: Luid

    def __new__(
        cls, interface: str, family: str, member: str, before: Any, after: Any, luid: int = 0
    ) -> Change:
        self = super().__new__(cls, (interface, family, member, before, after))
        self.luid = Luid(luid)
        return self

    @property
    def interface(self) -> str:
        """The alias of the interface."""
        return self[0]

    @property
    def family(self) -> str:
        """``"ipv4"`` or ``"ipv6"``."""
        return self[1]

    @property
    def member(self) -> str:
        """The name of the member."""
        return self[2]

    @property
    def before(self) -> Any:
        """The earlier value."""
        return self[3]

    @property
    def after(self) -> Any:
        """The new value."""
        return self[4]

    def reversed(self) -> Change:
        """Return the change that goes back."""
        interface, family, member, before, after = self
        return Change(interface, family, member, after, before, self.luid)

    def __getnewargs__(self) -> tuple[str, str, str, Any, Any, int]:
        return (*self, int(self.luid))

    def __repr__(self) -> str:
        interface, family, member, before, after = self
        return f"Change({interface!r}, {family!r}, {member!r}, {before!r}, {after!r})"

    def __str__(self) -> str:
        interface, family, member, before, after = self
        return f"{interface} {family} {member}: {shown(before)} -> {shown(after)}"


class Step:
    """One row and the changes that it shall get.

    *changes* are as :func:`ipif._validate.read_changes` returns them.
    """

    def __init__(
        self, luid: int, code: int, changes: Mapping[str, Any], alias: str | None = None
    ) -> None:
        self.luid = luid
        self.code = code
        self.family = NAMES[code]
        self.changes = complete(changes)
        self.after: Mapping[str, Any] = {}
        # The members that may need restoring, their earlier values, and those that they should
        # have now: what was written, or what is about to be.
        self.touched: tuple[str, ...] = ()
        self.before: dict[str, Any] = {}
        self.written: dict[str, Any] = {}
        self._alias = alias
        self._patch: dict[str, Any] = {}
        self._expected: dict[str, Any] = {}
        self._state = _READ
        self._seen = False  # whether written is what Windows has shown

    @classmethod
    def written_before(
        cls, luid: int, code: int, before: dict[str, Any], written: dict[str, Any], alias: str
    ) -> Step:
        """Return the step of an earlier process, ready to be undone."""
        step = cls(luid, code, {}, alias)
        step.touched = tuple(before)
        step.before = before
        step.written = written
        step._state = _SET
        step._seen = True
        return step

    @property
    def alias(self) -> str:
        """What people call the interface."""
        if self._alias is None:
            try:
                self._alias = netioapi.convert_interface_luid_to_alias(self.luid)
            except Error:
                return f"Luid({self.luid})"
        return self._alias

    def read(self) -> list[Problem]:
        """Look at the row; return what could not be undone. Raises what Get raises."""
        row = self._get()
        patch = differing(row, self.changes, self.code)
        names = list(patch)
        if not set(PAIR).isdisjoint(patch):
            names += [name for name in PAIR if name not in patch]
            if "Metric" in self.changes:  # the automatic one may be another when it is turned off
                patch["Metric"] = self.changes["Metric"]
        self.touched = tuple(names)
        self.before = {name: row[name] for name in names}
        self.written = self._expected = {**self.before, **patch}
        self.after = row
        self._patch = patch
        self._state = _READ
        self._seen = False
        return not_restorable(row, patch)

    def write(self) -> None:
        """Set the row and read it back. Raises what Set and Get raise."""
        self._state = _SETTING
        try:
            self._update(self._patch)
        except Error:
            self._state = _REFUSED
            raise
        self._state = _SET
        row = self._get()
        self.after = row
        self.written = {name: row[name] for name in self.touched}
        self._seen = True

    def surprising(self) -> bool:
        """Return whether Windows shows something else than was about to be written."""
        return any(not _same(unit, self.written, self._expected) for unit in _units(self.touched))

    def mistaken(self) -> list[str]:
        """Return the members that were set and do not show what was wanted."""
        return [
            name
            for unit in _units(self.touched)
            if not _same(unit, self.written, self._expected)
            for name in unit
            if name in self._patch and self.written[name] != self._patch[name]
        ]

    def changed(self, names: Sequence[str] | None = None) -> list[Change]:
        """Return the changes of *names*, or of all touched members."""
        return [
            Change(self.alias, self.family, name, self.before[name], self.written[name], self.luid)
            for name in (self.touched if names is None else names)
            if self.before[name] != self.written[name]
        ]

    @property
    def to_undo(self) -> bool:
        """Whether there may be something to undo."""
        return bool(self.touched) and self._state != _READ

    def undo(self, report: Report) -> None:
        """Restore what still holds what was written, and tell *report*.

        Raises an :class:`ipif.Error` when the row cannot be read; *report* is then as before.
        """
        was_set = self._state == _SET
        try:
            row = self._look()
        except Error:
            if self._state == _REFUSED:  # Set has said that it has done nothing
                self._forget()
                return
            raise
        if row is None:
            report.settled += self.changed() if was_set else []
            self._forget()
            return
        ours: list[str] = []
        as_before: list[str] = []
        others: list[str] = []
        for unit in _units(self.touched):
            if _same(unit, row, self.before):
                as_before += unit
            elif _same(unit, row, self.written) or (was_set and not self._seen):
                ours += unit
            else:
                others += unit
        still = self._restore(ours, report)
        if was_set:
            report.settled += self.changed(as_before)
            report.left += [(change, row[change.member]) for change in self.changed(others)]
        self._forget(still)

    def _look(self) -> Mapping[str, Any] | None:
        """Return the row, or ``None`` when it is gone, which has to be said twice."""
        for _ in range(2):
            try:
                return self._get()
            except (InterfaceNotFound, FamilyNotBound):
                continue
        return None

    def _restore(self, names: list[str], report: Report) -> list[str]:
        """Set *names* to the earlier values; return those that need it still."""
        if not names:
            return []
        row: Mapping[str, Any] | None
        try:
            row = self._set_again(names)
        except Error as error:
            units = list(_units(names))
            if isinstance(error, InvalidRow) and len(units) > 1:
                # One value is refused; that need not cost the others.
                return [name for unit in units for name in self._restore(list(unit), report)]
            try:
                row = self._look()
            except Error:
                row = self.written
            if row is not None:
                report.errors.append(error)
        if row is None:
            report.settled += self.changed(names)
            return []
        still = [n for unit in _units(names) if not _same(unit, row, self.before) for n in unit]
        report.failed += self.changed(still)
        report.restored += self.changed([name for name in names if name not in still])
        return still

    def _set_again(self, names: list[str]) -> Mapping[str, Any] | None:
        """Set *names* to the earlier values; return the row as it is then, ``None`` if it is gone.

        Raises what Set raises.
        """
        patch = {name: self.before[name] for name in names}
        self._update(patch)
        try:
            row = self._look()
        except Error:
            return self.before  # Windows has taken the values and does not show them
        if row is not None and patch.keys() >= set(PAIR) and self._keeps_our_metric(row):
            self._update({"UseAutomaticMetric": False, "Metric": self.before["Metric"]})
            self._update({"UseAutomaticMetric": True})
        return row

    def _keeps_our_metric(self, row: Mapping[str, Any]) -> bool:
        """Return whether an automatic metric is still the number that was written.

        Where Windows has nothing to compute it from, it could stay; a number that is pinned for a
        moment stays as well.
        """
        ours = self.written["Metric"]
        return bool(row["UseAutomaticMetric"] and row["Metric"] == ours != self.before["Metric"])

    def _get(self) -> Mapping[str, Any]:
        try:
            return netioapi.get_ip_interface_entry(self.code, luid=self.luid)
        except Error as error:
            error.interface = self.alias
            raise

    def _update(self, patch: dict[str, Any]) -> None:
        try:
            netioapi.update_ip_interface_entry(self.code, patch, luid=self.luid)
        except Error as error:
            error.interface = self.alias
            raise

    def _forget(self, names: Sequence[str] = ()) -> None:
        """Keep in mind only what of *names* may still need restoring."""
        self.touched = tuple(names)
        self.before = {name: self.before[name] for name in names}
        self.written = {name: self.written[name] for name in names}


class Report:
    """What undoing has come to. Each change that had been made is in one of the lists."""

    def __init__(self) -> None:
        self.restored: list[Change] = []
        self.settled: list[Change] = []  # the row is gone, or holds the earlier value already
        self.left: list[tuple[Change, Any]] = []  # somebody else's value now, and which
        self.failed: list[Change] = []
        self.errors: list[Error] = []
        self.interruption: BaseException | None = None  # Ctrl-C had to wait

    def describe(self) -> list[str]:
        """Return a sentence for each change that was not undone."""
        texts = [
            f"{change[0]} {change[1]}: {change.member} is {shown(now)} now, not the "
            f"{shown(change.after)} that was written, so it was not put back to "
            f"{shown(change.before)}"
            for change, now in self.left
        ]
        texts += [
            f"{change[0]} {change[1]}: {change.member} could not be put back from "
            f"{shown(change.after)} to {shown(change.before)}"
            for change in self.failed
        ]
        return texts

    def failure(self) -> BaseException | None:
        """Return what is to be raised when undoing was all there was to do, if anything."""
        if self.interruption is not None:
            return self.interruption
        if not self.failed:
            return None
        cause = self.errors[0] if self.errors else Error(EIO, "the earlier values are not shown")
        return failed(cause, self, "; ".join(self.describe()))

    def warn(self, stacklevel: int) -> None:
        """Give a :class:`ipif.RestoreWarning` when somebody else's values were left."""
        texts = self.describe()
        if texts:
            import warnings

            warnings.warn("; ".join(texts), RestoreWarning, stacklevel=stacklevel + 1)


def complete(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *changes* with the automatic metric turned off where a Metric is asked for."""
    whole = dict(changes)
    if "Metric" in whole:
        whole.setdefault("UseAutomaticMetric", False)
    return whole


def differing(row: Mapping[str, Any], changes: Mapping[str, Any], code: int) -> dict[str, Any]:
    """Return those of *changes* that *row* has not, in the order of the SDK.

    ``SitePrefixLength`` for IPv4 is never one: it is 0 after every Set, whoever asks for it.
    """
    return {
        name: changes[name]
        for name in SETTABLE
        if name in changes
        and changes[name] != row[name]
        and (name != "SitePrefixLength" or code != AF_INET)
    }


def not_restorable(row: Mapping[str, Any], patch: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each member of *patch* whose present value could not be set again."""
    problems = []
    for name, value in patch.items():
        now = row[name]
        marks = _UNCHANGED[name]
        if name == "Metric" and row["UseAutomaticMetric"]:
            continue  # Windows will compute it again
        if isinstance(now, tuple):
            bad = any(a in marks and a != b for a, b in zip(now, value, strict=True))
        elif name == "UseAutomaticMetric" and not now:
            bad = row["Metric"] in _UNCHANGED["Metric"]  # it is to be overwritten
            now = row["Metric"]
        else:
            bad = now in marks
        if bad:
            rule = (
                f"could not be undone: the present value, {shown(now)}, "
                "means 'leave as it is' when it is set"
            )
            advice = "leave it out, or use ipif.update_interface(), which undoes nothing"
            problems.append(Problem(name, value, rule, advice))
    return problems


def apply(
    steps: Sequence[Step], *, keeper: Keeper | None = None, verify: bool = False
) -> list[Change]:
    """Make all changes or none; return those that were needed.

    Every row is read first. A row that holds everything gets no Set, every other one gets one.
    The *keeper* is told what is going to happen before the first Set.

    Raises :class:`ipif.ValidationError`, before any Set, for what could not be undone, and
    :class:`ipif.ApplyError` when a call fails or, with *verify*, a row does not show what was
    written. Any other exception, Ctrl-C too, comes out as it is after everything was undone.
    """
    with LOCK:
        tried: list[Step] = []
        try:
            _read_all(steps)
            active = [step for step in steps if step.touched]
            if keeper is not None:
                keeper.create(active)
            for step in active:
                tried.append(step)
                step.write()
                if verify:
                    _verify(step)
            if keeper is not None and any(step.surprising() for step in active):
                keeper.save(active)
        except BaseException as error:
            _give_up(error, tried, keeper)
            raise
        return [change for step in active for change in step.changed()]


def _read_all(steps: Sequence[Step]) -> None:
    """Read every row; refuse what could not be undone."""
    problems = []
    for step in steps:
        for problem in step.read():
            if len(steps) > 1:
                problem.member = f"{step.alias} {step.family}: {problem.member}"
            problems.append(problem)
    refuse(problems)


def _verify(step: Step) -> None:
    """Raise :class:`ipif.ApplyError` when the row does not show what was written."""
    wrong = step.mistaken()
    if wrong:
        wanted = {**step.before, **step.changes}
        texts = [f"{n} {shown(wanted[n])}, but shows {shown(step.after[n])}" for n in wrong]
        error = ApplyError(EIO, f"{step.alias} {step.family} has taken {', '.join(texts)}")
        error.interface = Luid(step.luid)
        error.family = step.family
        raise error


def _give_up(error: BaseException, tried: list[Step], keeper: Keeper | None) -> None:
    """Undo what was *tried*, and raise an :class:`ipif.ApplyError` if *error* is from Windows."""
    report = undo(tried)
    if keeper is not None and not report.failed:
        keeper.remove()
    if isinstance(error, Error):
        texts = report.describe()
        outcome = "; ".join(texts)
        if not texts:
            done = report.restored or report.settled
            outcome = "everything was undone" if done else "nothing was changed"
        error = failed(error, report, outcome)
    else:
        for text in report.describe():
            error.add_note(text)
    if report.interruption is not None:
        raise report.interruption from error
    if isinstance(error, ApplyError):
        raise error


def failed(cause: Error, report: Report, outcome: str) -> ApplyError:
    """Return the exception for a transaction that *cause* has stopped."""
    failure = derived(ApplyError, cause, f"{cause.strerror}; {outcome}")
    failure.undone = [*report.restored, *report.settled]
    failure.not_undone = [*(change for change, _ in report.left), *report.failed]
    failure.done = [*failure.undone, *failure.not_undone]
    for error in report.errors:
        if error is not cause:
            failure.add_note(f"while undoing: {error}")
    # What was read back and is not what was wanted has no call that failed.
    failure.__cause__ = cause if cause.function is not None else None
    failure.__suppress_context__ = True
    return failure


def undo(steps: Sequence[Step]) -> Report:
    """Undo *steps*, the last one first, as far as the rows still hold what was written.

    It goes on after a failure, so nothing is raised: the report has the errors. A Ctrl-C that
    comes meanwhile has to wait.
    """
    report = Report()
    with LOCK:
        for step in reversed(steps):
            if step.to_undo:
                _insist(step, report)
    return report


def _insist(step: Step, report: Report) -> None:
    """Undo one step; try again when anything but Windows has interrupted it."""
    for last in (False, True):
        try:
            step.undo(report)
            return
        except Error as error:
            report.errors.append(error)
        except BaseException as error:
            report.interruption = error
            if not last:
                continue
        report.failed += step.changed()
        return


def _units(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield what belongs together among *names*: the metric as a pair, every other name alone."""
    paired = set(PAIR).issubset(names)
    if paired:
        yield PAIR
    for name in names:
        if not paired or name not in PAIR:
            yield (name,)


def _same(unit: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rows agree in *unit*; two automatic metrics always do."""
    if unit is PAIR and one["UseAutomaticMetric"] and other["UseAutomaticMetric"]:
        return True
    return all(one[name] == other[name] for name in unit)
