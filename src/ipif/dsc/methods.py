"""What DSC does with an instance: get, test, set and what-if. Each returns the lines to print."""

from __future__ import annotations

from abc import ABC, abstractmethod

import ipif
from ipif._cli.status import in_words_of_command
from ipif.dsc.rows import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    Row: TypeAlias = Mapping[str, Any]
    Lines: TypeAlias = list[Any]

#: The property by which ``test`` tells whether an instance is in the desired state.
IN_DESIRED_STATE = "_inDesiredState"


class Instance(ABC):
    """An instance that DSC has sent, and the plan that gives its rows the wanted values."""

    def __init__(self, plan: ipif.Plan) -> None:
        self.plan = plan

    @property
    def rows(self) -> list[Row]:
        """The selected rows, as they were when the plan was made."""
        return [row for row, _ in self.plan.selected]

    @abstractmethod
    def state(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return the instance as it is when the selected rows are *rows*."""

    @abstractmethod
    def differing(self, changes: Iterable[ipif.Change]) -> list[str]:
        """Return the names of the properties that *changes* are about."""

    def refuse(self) -> None:
        """Raise when the instance wants something that cannot be set."""
        return None


def get(instance: Instance) -> Lines:
    """Return the present state."""
    return [instance.state(instance.rows)]


def test(instance: Instance) -> Lines:
    """Return the present state, and the names of the properties that should be different."""
    names = instance.differing(instance.plan.changes)
    return [{**instance.state(instance.rows), IN_DESIRED_STATE: not names}, names]


def what_if(instance: Instance) -> Lines:
    """Return the state that ``set`` would bring about, and the properties that it would change."""
    instance.refuse()
    changes = instance.plan.changes
    values: dict[tuple[int, str], dict[str, Any]] = {}
    for change in changes:
        values.setdefault((int(change.luid), change.family), {})[change.member] = change.after
    rows = [{**row, **values.get(key_of(row), {})} for row in instance.rows]
    return [instance.state(rows), instance.differing(changes)]


def set_(instance: Instance, tell: Callable[[str], object]) -> Lines:
    """Set all or nothing; return the new state, and the properties that were changed.

    *tell* is called with a text about each change.
    """
    instance.refuse()
    changes = instance.plan.apply(verify=True) if instance.plan else []
    for change in changes:
        tell(in_words_of_command(str(change)))
    written = {(int(change.luid), change.family) for change in changes}
    rows = [_read_again(row) if key_of(row) in written else row for row in instance.rows]
    return [instance.state(rows), instance.differing(changes)]


def _read_again(row: Row) -> Row:
    luid, family = key_of(row)
    return ipif.get_interface(ipif.Luid(luid), "ipv4" if family == "ipv4" else "ipv6")
