"""The scenes of the program failing.py: steps of transactions, guards and watches."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from typing import Any

from support import public_calls

import ipif
from ipif._desired import plan as plan_module
from ipif._desired import transaction
from trust_checks.lack_of_memory import STARTER, Wrong, has_ended, rows, until


class Scene(ABC):
    """A step: only its own allocations fail, and the scene says what must hold then.

    Attributes:
        thread: The name of the thread whose allocations fail; empty for the calling one.
    """

    thread = ""

    @abstractmethod
    def prepare(self) -> None:
        """Prepare the step; called before every attempt, with memory."""

    @abstractmethod
    def step(self) -> object:
        """Make the step."""

    @abstractmethod
    def check(self, raised: BaseException | None) -> None:
        """Raise :class:`Wrong` when something is wrong after the step; restore everything."""


def document(mtu: int) -> dict[str, Any]:
    """Return a document about two rows."""
    members = {"NlMtu": mtu, "Metric": 7}
    match = {"alias": "Ethernet"}
    return {"interfaces": [{"match": match, "ipv4": members, "ipv6": members}]}


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


def says(error: BaseException | None) -> bool:
    """Return whether an exception names values that are not rolled back."""
    while error is not None:
        if getattr(error, "not_rolled_back", ()):
            return True
        if any("not restored" in note or "not be restored" in note for note in notes(error)):
            return True
        error = error.__context__
    return False


def notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


class Apply(Scene):
    """``Plan.apply``: all rows, or none."""

    def __init__(self, journal: str | None, **arguments: Any) -> None:
        self._name = journal
        self._arguments = arguments

    def prepare(self) -> None:
        self.journal = public_calls.path(self._name) if self._name else None
        self.before = rows()
        self.plan = ipif.plan(document(1400))

    def step(self) -> object:
        return self.plan.apply(journal=self.journal, **self._arguments)

    def check(self, raised: BaseException | None) -> None:
        now = rows()
        if raised is None:
            expect(self.plan.state == "applied", "the plan does not say that it is applied")
            expect(now != self.before, "the plan is not applied")
        elif now != self.before:
            known = says(raised) or (self.journal is not None and self.journal.exists())
            expect(known, f"neither rolled back, nor does anything say so ({raised!r})")
            expect(self.plan.state == "applied", "the plan does not say that it is applied")
        else:
            expect(self.plan.state == "planned", f"rolled back, and the plan is {self.plan.state}")
        self.plan.revert()
        expect(rows() == self.before, "the plan cannot be reverted")
        expect(self.journal is None or not self.journal.exists(), "the journal is left")


class Confirm(Apply):
    """``Plan.confirm``: the values stay, and can still be reverted."""

    def prepare(self) -> None:
        super().prepare()
        super().step()
        self.applied = rows()

    def step(self) -> object:
        self.plan.confirm()
        return None

    def check(self, raised: BaseException | None) -> None:
        expect(rows() == self.applied, "the applied values are gone")
        state = self.plan.state
        expect(state in ("applied", "confirmed"), f"the plan is {state}")
        journal = self.journal is not None and self.journal.exists()
        expect(journal or state == "confirmed", "the journal is removed, and nothing is confirmed")
        self.plan.revert()
        expect(rows() == self.before, "the plan cannot be reverted")
        expect(self.journal is None or not self.journal.exists(), "the journal is left")


class Revert(Apply):
    """``Plan.revert``: the earlier values, or the plan and the journal still have them."""

    def prepare(self) -> None:
        super().prepare()
        super().step()

    def step(self) -> object:
        return self.plan.revert()

    def check(self, raised: BaseException | None) -> None:
        if raised is None or self.plan.state != "applied":
            expect(rows() == self.before, f"the plan is {self.plan.state}, the values are not back")
        else:
            expect(self.journal is None or self.journal.exists(), "the journal is gone")
        self.plan.revert()
        expect(rows() == self.before, "the plan cannot be reverted")
        expect(self.journal is None or not self.journal.exists(), "the journal is left")


class Recover(Scene):
    """``recover``: the earlier values, or the journal still has them."""

    def prepare(self) -> None:
        self.journal = public_calls.path("scene")
        self.before = rows()
        plan = ipif.plan(document(1400))
        plan.apply(journal=self.journal)
        plan.confirm(keep_journal=True)

    def step(self) -> object:
        return ipif.recover(self.journal)

    def check(self, raised: BaseException | None) -> None:
        if raised is not None and self.journal.exists():
            ipif.recover(self.journal)
        expect(rows() == self.before, f"not restored, and the journal is gone ({raised!r})")
        expect(not self.journal.exists(), "the journal is left")


class EnterGuard(Scene):
    """``Guard.__enter__``: all rows and a thread, or nothing."""

    def prepare(self) -> None:
        self.before = rows()
        self.guard = ipif.guard(document(1400))

    def step(self) -> object:
        return self.guard.__enter__()

    def check(self, raised: BaseException | None) -> None:
        now = rows()
        entered = raised is None
        self.guard.close()
        if entered:
            expect(now != self.before, "the document is not applied")
        else:
            expect(now == self.before or says(raised), f"not rolled back ({raised!r})")


class StepOfGuard(Scene):
    """What a guard does in its thread: the wanted values are there, now or after the next step."""

    def prepare(self) -> None:
        self.guard = ipif.guard(document(1400), interval=0)
        guarding = self.guarding = self.guard._guarding
        found = guarding.find()
        changes = plan_module.row_changes(found)
        transaction.apply(changes)
        guarding.begin(found, changes, 0.0)
        self.wanted = rows()
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        self.changed = rows()
        guarding.note_dropped()  # all rows are read again

    def step(self) -> object:
        return self.guarding.step(100.0)

    def check(self, raised: BaseException | None) -> None:
        expect(rows() in (self.wanted, self.changed), "the machine is in neither of two states")
        for second in range(200, 500, 100):  # after a failure it waits
            self.guarding.note_dropped()
            self.guarding.step(float(second))
        expect(rows() == self.wanted, "the guard does not set the row again")


class StartOfGuard(EnterGuard):
    """The start of a guard's thread: all rows and a thread, or nothing."""

    thread = STARTER


class StartOfDeadline(Apply):
    """The start of a deadline's thread: the plan is applied, or rolled back."""

    thread = STARTER


class ThreadOfDeadline(Scene):
    """The thread that reverts a plan: it does so, at the latest after a pause."""

    thread = "ipif.confirm"

    def prepare(self) -> None:
        self.journal = public_calls.path("scene")
        self.before = rows()
        self.plan = ipif.plan(document(1400))

    def step(self) -> object:
        self.plan.apply(journal=self.journal, confirm_within=0.001)
        until(has_ended, "the thread does not end")
        return None

    def check(self, raised: BaseException | None) -> None:
        expect(rows() == self.before, f"the values are not back, and the plan is {self.plan.state}")
        expect(self.plan.state == "reverted", f"reverted, and the plan is {self.plan.state}")
        expect(not self.journal.exists(), "the journal is left")


class ThreadOfGuard(Scene):
    """The thread of a guard: it sets a row again that another program has changed, and goes on."""

    thread = "ipif.guard"

    def prepare(self) -> None:
        self.guard = ipif.guard(document(1400), interval=0)

    def step(self) -> object:
        with self.guard:
            wanted = rows()
            for mtu in (1300, 1301):
                ipif.update_interface("Ethernet", "ipv4", NlMtu=mtu)
                until(lambda: rows() == wanted, "the guard does not set the row again")
        return None

    def check(self, raised: BaseException | None) -> None:
        expect(raised is None, f"{raised!r}")


class ThreadOfWatch(Scene):
    """The thread that waits for an event loop: the event comes."""

    thread = "ipif.watch"

    def prepare(self) -> None:
        self.watch = ipif.watch()

    def step(self) -> object:
        async def read() -> ipif.Event:
            change = partial(ipif.update_interface, "Ethernet", "ipv4", NlMtu=1300)
            asyncio.get_running_loop().call_later(0.002, change)
            async with asyncio.timeout(10):
                return await anext(self.watch)

        try:
            return asyncio.run(read())
        finally:
            self.watch.close()

    def check(self, raised: BaseException | None) -> None:
        expect(raised is None, f"{raised!r}")


SCENES: dict[str, Scene] = {
    "apply": Apply(None),
    "apply with a journal": Apply("scene", confirm_within=600),
    "confirm": Confirm("scene", confirm_within=600),
    "revert": Revert(None),
    "revert with a journal": Revert("scene", confirm_within=600),
    "recover": Recover(),
    "enter a guard": EnterGuard(),
    "step of a guard": StepOfGuard(),
    "start of a deadline": StartOfDeadline("scene", confirm_within=600),
    "start of a guard": StartOfGuard(),
    "thread of a deadline": ThreadOfDeadline(),
    "thread of a guard": ThreadOfGuard(),
    "thread of a watch": ThreadOfWatch(),
}
