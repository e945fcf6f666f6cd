"""What a transaction changes and what became of it: changes, outcomes of rollbacks, exceptions."""

from __future__ import annotations

from contextlib import suppress
from errno import EIO

from ipif._core.errors import Error, derived, shown
from ipif._core.luid import Luid
from ipif._core.rowjson import to_json
from ipif._core.rules import METRIC_PAIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Literal, Protocol, TypeAlias

    class Row(Protocol):
        """The row of one interface and one family: a ``RowChange``."""

        @property
        def luid(self) -> int: ...
        @property
        def family(self) -> Literal["ipv4", "ipv6"]: ...
        @property
        def alias(self) -> str: ...

    # A change that was made: the row, the member, its earlier value and the one written. A Change
    # has the alias too, and to know that may need a call.
    Made: TypeAlias = tuple[Row, str, Any, Any]


class Change(tuple[str, str, str, "Any", "Any"]):
    """One member of one row: the tuple ``(interface, family, member, before, after)``.

    Attributes:
        luid: The LUID of the interface, which does not change. It is not an item of the tuple.

    Example:
        >>> import ipif
        >>> wanted = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
        >>> [change] = ipif.plan(wanted).changes
        >>> str(change)
        'Ethernet ipv4 NlMtu: 1500 -> 1400'
        >>> interface, family, member, before, after = change
        >>> change.reversed()
        Change('Ethernet', 'ipv4', 'NlMtu', 1400, 1500)
    """

    __module__ = "ipif"

    luid: Luid
    """The LUID of the interface, which does not change. It is not an item of the tuple."""

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
        """Return the opposite change: ``before`` and ``after`` are exchanged."""
        interface, family, member, before, after = self
        return Change(interface, family, member, after, before, self.luid)

    def to_json(self) -> dict[str, object]:
        """Return the change as a dict that :mod:`json` can write.

        Returns:
            ``interface``, ``luid``, ``family``, ``member``, ``before`` and ``after``.
        """
        return {
            "interface": self.interface,
            "luid": int(self.luid),
            "family": self.family,
            "member": self.member,
            "before": to_json({self.member: self.before})[self.member],
            "after": to_json({self.member: self.after})[self.member],
        }

    def __getnewargs__(self) -> tuple[str, str, str, Any, Any, int]:
        return (*self, int(self.luid))

    def __repr__(self) -> str:
        interface, family, member, before, after = self
        return f"Change({interface!r}, {family!r}, {member!r}, {before!r}, {after!r})"

    def __str__(self) -> str:
        interface, family, member, before, after = self
        return f"{interface} {family} {member}: {shown(before)} -> {shown(after)}"


def to_change(made: Made) -> Change:
    """Return the change of one member that a row has made."""
    row, name, before, after = made
    return Change(row.alias, row.family, name, before, after, row.luid)


class ApplyError(Error):
    """A transaction in which one change failed; the others were rolled back, or could not be.

    ``winerror``, ``function``, ``interface`` and ``family`` are those of the call that failed,
    which is the ``__cause__``. ``winerror`` is ``None`` when every call succeeded and a row then
    showed another value than was written.

    Attributes:
        done: Each :class:`ipif.Change` that had been made. Each of them is either in
            ``rolled_back`` or in ``not_rolled_back``.
        rolled_back: The changes whose row holds the earlier value again, or no longer exists.
        not_rolled_back: The changes that were not rolled back, because Windows refused the earlier
            value, or because another program has changed the value since.

    Example:
        >>> import ipif
        >>> match = {"alias": ["Ethernet", "Wi-Fi"]}
        >>> wanted = {"interfaces": [{"match": match, "expect": "some", "ipv4": {"Metric": 9}}]}
        >>> ipif.simulation.fail("SetIpInterfaceEntry", 5, after=1)
        >>> try:
        ...     ipif.plan(wanted).apply()
        ... except ipif.ApplyError as error:
        ...     print(error.winerror, error.interface, error.family)
        ...     print(len(error.done), len(error.rolled_back), len(error.not_rolled_back))
        5 Wi-Fi ipv4
        2 2 0
    """

    __module__ = "ipif"

    done: Sequence[Change] = ()
    """Each :class:`ipif.Change` that had been made. Each of them is either in ``rolled_back`` or in
    ``not_rolled_back``."""
    rolled_back: Sequence[Change] = ()
    """The changes whose row holds the earlier value again, or no longer exists."""
    not_rolled_back: Sequence[Change] = ()
    """The changes that were not rolled back, because Windows refused the earlier value, or because
    another program has changed the value since."""
    _restore: Callable[[], list[Change]] | None = None

    def retry(self) -> list[Change]:
        """Restore what could not be restored. Nothing happens when it has been restored since.

        Returns:
            The list of each :class:`ipif.Change` that was made.

        Raises:
            ipif.ApplyError: It fails again.
            RuntimeError: The exception was pickled: only the process that made the changes knows
                the earlier values.
        """
        if self._restore is None:
            if not self.not_rolled_back:
                return []
            raise RuntimeError(
                "this exception is a copy: call retry() of the one that was raised, in the process "
                "that made the changes"
            )
        return self._restore()

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            What :meth:`ipif.Error.to_json` returns, and the three lists of changes.
        """
        lists = {
            "done": self.done,
            "rolled_back": self.rolled_back,
            "not_rolled_back": self.not_rolled_back,
        }
        found = {name: [change.to_json() for change in changes] for name, changes in lists.items()}
        return {**super().to_json(), **found}

    def __reduce__(self) -> Any:
        reduced: Any = super().__reduce__()
        members = {name: value for name, value in vars(self).items() if name != "_restore"}
        return (*reduced[:2], members)


class RestoreWarning(UserWarning):
    """A value was not restored, because another program has changed it since.

    :func:`ipif.recover` also gives it for an adapter that it does not find.

    Example:
        >>> import warnings
        >>> import ipif
        >>> with warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        ...         before, after = ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        >>> [one.category is ipif.RestoreWarning for one in caught]
        [True]
        >>> ipif.get_interface("Ethernet", "ipv4")["NlMtu"]
        1300
    """

    __module__ = "ipif"


class Outcome:
    """What became of one row in a rollback. Each change that had been made is in one list."""

    def __init__(self) -> None:
        self.restored: list[Made] = []
        #: The earlier value is there already, the row is gone, or a later change restores it.
        self.already_restored: list[Made] = []
        self.conflicts: list[tuple[Made, Any]] = []  # changed by others since, and the value
        self.failed: list[Made] = []
        self.errors: list[Error] = []
        self.texts: list[str] = []  # a sentence for each setting that was not restored


class RollbackResult:
    """The outcome of a rollback, row by row."""

    def __init__(self) -> None:
        self._outcomes: dict[object, Outcome] = {}

    def add(self, row: object, outcome: Outcome) -> None:
        """Note the *outcome* of *row*; a second one takes the place of the first."""
        self._outcomes[row] = outcome

    @property
    def restored(self) -> list[Change]:
        """The changes that were rolled back."""
        return [to_change(made) for each in self._outcomes.values() for made in each.restored]

    @property
    def already_restored(self) -> list[Change]:
        """The changes that needed no rollback."""
        return [to_change(m) for each in self._outcomes.values() for m in each.already_restored]

    @property
    def conflicts(self) -> list[tuple[Change, Any]]:
        """The changes that others have overwritten, each with the present value."""
        return [
            (to_change(made), value)
            for each in self._outcomes.values()
            for made, value in each.conflicts
        ]

    @property
    def has_failed(self) -> bool:
        """Whether something could not be rolled back, and may be tried again."""
        return any(each.failed for each in self._outcomes.values())

    @property
    def failed(self) -> list[Change]:
        """The changes that could not be rolled back."""
        return [to_change(made) for each in self._outcomes.values() for made in each.failed]

    @property
    def errors(self) -> list[Error]:
        """The errors of Windows."""
        return [error for each in self._outcomes.values() for error in each.errors]

    def left(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield what to say, and the changes, for each row that was not rolled back completely."""
        for each in self._outcomes.values():
            made = [*each.failed, *(made for made, _ in each.conflicts)]
            if made:
                yield "; ".join(each.texts), [to_change(one) for one in made]

    def describe(self) -> list[str]:
        """Return a sentence for each setting that was not rolled back."""
        return [text for each in self._outcomes.values() for text in each.texts]

    def failure(self, retry: Callable[[], list[Change]]) -> ApplyError | None:
        """Return the exception for a rollback outside of a failing transaction, if any."""
        if not self.has_failed:
            return None
        cause = self.errors[0] if self.errors else Error(EIO, "the earlier values are not shown")
        return failed(cause, self, "; ".join(self.describe()), retry)

    def warn(self, stacklevel: int) -> RestoreWarning | None:
        """Give a :class:`ipif.RestoreWarning` when values of other programs were kept.

        Returns the warning when it is to be raised, because the caller makes an error of it.
        """
        texts = self.describe()
        if texts:
            import warnings

            try:
                warnings.warn("; ".join(texts), RestoreWarning, stacklevel=stacklevel + 1)
            except RestoreWarning as warning:
                return warning
        return None


def failed(
    cause: Error, result: RollbackResult, outcome: str, retry: Callable[[], list[Change]]
) -> ApplyError:
    """Return the exception for a transaction that failed because of *cause*."""
    failure = derived(ApplyError, cause, f"{cause.strerror}; {outcome}")
    failure.rolled_back = [*result.restored, *result.already_restored]
    failure.not_rolled_back = [*(change for change, _ in result.conflicts), *result.failed]
    failure.done = [*failure.rolled_back, *failure.not_rolled_back]
    failure._restore = retry
    for error in result.errors:
        if error is not cause:
            failure.add_note(f"while rolling back: {error}")
    # When a row shows another value than was written, no call has failed.
    failure.__cause__ = cause if cause.function is not None else None
    failure.__suppress_context__ = True
    return failure


def add_notes(error: BaseException | None, texts: Sequence[str]) -> None:
    """Add notes to the exception of a caller, each once."""
    with suppress(Exception):  # it defines its own __notes__
        _add_each(error, texts)


def _add_each(error: BaseException | None, texts: Sequence[str]) -> None:
    for text in texts:
        if text not in getattr(error, "__notes__", ()):
            BaseException.add_note(error, text)  # type: ignore[arg-type]


def units(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the members that are restored together: the metric pair, every other one alone."""
    paired = set(METRIC_PAIR).issubset(names)
    if paired:
        yield METRIC_PAIR
    for name in names:
        if not paired or name not in METRIC_PAIR:
            yield (name,)


def same(unit: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rows agree in *unit*; two automatic metrics are always equal."""
    if unit is METRIC_PAIR and one["UseAutomaticMetric"] and other["UseAutomaticMetric"]:
        return True
    return all(one[name] == other[name] for name in unit)


def setting(unit: tuple[str, ...], row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the value of *unit* in a message: the metric pair is one setting."""
    if unit is METRIC_PAIR:
        return "Metric", "automatic" if row["UseAutomaticMetric"] else shown(row["Metric"])
    return unit[0], shown(row[unit[0]])
