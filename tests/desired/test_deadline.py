"""The automatic revert does not give up: failing calls, growing pauses, and the end of the program.

The clock and the thread are those of the test: nothing here waits.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.faults import ALWAYS, CODES, heal
from support.rows import get, rows

import ipif
from ipif import simulation
from ipif._desired import deadline

DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"Metric": 3}},
    ]
}


class Clock:
    """Stands for the clock, the thread, and for the main thread of the program."""

    def __init__(self) -> None:
        self.now = 0.0
        self.work: list[Callable[[], None]] = []
        self.attempts: list[float] = []  # when it was tried
        self.at: dict[float, Callable[[], object]] = {}  # what happens at which time
        self.program_runs = True

    # the thread
    def __call__(self, target: Callable[[], None], name: str, daemon: bool) -> "Clock":
        assert not daemon  # the interpreter waits for it
        self.work.append(target)
        return self

    # the main thread
    def is_alive(self) -> bool:
        return self.program_runs

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self) -> None:
        """Let the time go by until the thread ends."""
        self.work.pop()()


class FakeFlag:
    """A flag whose wait() moves the clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        ends = self._clock.now + seconds
        for moment in sorted(self._clock.at):
            if moment <= ends and not self._is_set:
                self._clock.now = max(moment, self._clock.now)
                self._clock.at.pop(moment)()
        if not self._is_set:
            self._clock.now = ends
        return self._is_set


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(deadline, "Thread", clock)
    monkeypatch.setattr(deadline, "Flag", lambda: FakeFlag(clock))
    monkeypatch.setattr(deadline, "start", lambda thread: None)
    monkeypatch.setattr(deadline, "main_thread", lambda: clock)
    monkeypatch.setattr(deadline, "monotonic", lambda: clock.now)
    monkeypatch.setattr(deadline, "sleep", clock.sleep)
    restore = ipif.Plan._restore

    def note(self: Any, result: Any) -> None:
        clock.attempts.append(round(clock.now, 3))
        restore(self, result)

    monkeypatch.setattr(ipif.Plan, "_restore", note)
    return clock


def applied(seconds: float = 0.5) -> ipif.Plan:
    plan = ipif.plan(DESIRED)
    plan.apply(confirm_within=seconds)
    return plan


def test_one_failing_call_is_tried_again_after_a_second(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    before = rows()
    plan = applied()
    simulation.fail("SetIpInterfaceEntry", 31)
    with caplog.at_level(logging.INFO, "ipif"):
        clock.run()
    assert (plan.state, clock.attempts) == ("reverted", [0.5, 1.5])
    assert rows() == before
    texts = [record.getMessage() for record in caplog.records]
    assert any("next attempt in 1 s" in text for text in texts)
    assert any("[WinError 31]" in text for text in texts)
    about = [record for record in caplog.records if hasattr(record, "members")]
    reverted = [record for record in about if "s: reverted: " in record.getMessage()]
    refused = [record for record in about if "could not be restored" in record.getMessage()]
    assert {record.family for record in reverted} == {"ipv4", "ipv6"}  # type: ignore[attr-defined]
    assert len(refused) == 1
    assert {record.interface for record in about} == {"Ethernet"}  # type: ignore[attr-defined]


def test_the_pauses_grow_up_to_a_minute(clock: Clock) -> None:
    before = rows()
    plan = applied(1)
    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[400.0] = heal
    clock.run()
    pauses = [b - a for a, b in zip(clock.attempts, clock.attempts[1:], strict=False)]
    assert pauses[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert set(pauses[6:]) == {60}
    assert (plan.state, rows()) == ("reverted", before)


def test_while_it_fails_the_plan_is_applied_and_cannot_be_confirmed(clock: Clock) -> None:
    plan = applied()
    states = []

    def look() -> None:
        with pytest.raises(TimeoutError, match="is still being reverted"):
            plan.confirm()
        states.append(plan.state)
        heal()

    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[20.0] = look
    clock.run()
    assert states == ["applied"]
    assert plan.state == "reverted"


def test_a_revert_by_hand_ends_it(clock: Clock) -> None:
    before = rows()
    plan = applied()

    def revert() -> None:
        heal()
        plan.revert()

    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[10.0] = revert
    clock.run()
    assert (clock.now, plan.state, rows()) == (10.0, "reverted", before)


def test_it_ends_when_the_interface_is_gone(clock: Clock) -> None:
    plan = applied()
    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[10.0] = lambda: simulation.remove_interface("Ethernet")
    clock.run()
    assert (plan.state, clock.now) == ("reverted", 15.5)


def test_it_ends_when_another_adapter_has_the_luid(clock: Clock) -> None:
    plan = applied()
    luid = ipif.Luid.of("Ethernet")

    def replace() -> None:
        heal()
        simulation.remove_interface("Ethernet")
        simulation.add_interface("Foreign", InterfaceLuid=luid)
        ipif.update_interface("Foreign", "ipv4", NlMtu=1400)

    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[10.0] = replace
    clock.run()
    assert plan.state == "reverted"
    assert get("NlMtu", "Foreign") == 1400


def test_it_ends_when_another_program_has_changed_the_values(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    plan = applied()

    def change() -> None:
        heal()
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        ipif.update_interface("Ethernet", "ipv6", Metric=7)

    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[10.0] = change
    with caplog.at_level(logging.WARNING, "ipif"):
        clock.run()
    assert plan.state == "reverted"
    assert (get("NlMtu"), get("Metric", family="ipv6")) == (1300, 7)
    assert "NlMtu is 1300 now, not the 1400 that was written" in caplog.text


def test_a_program_that_ends_waits_for_it_for_half_a_minute(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    plan = applied(2)
    simulation.fail("SetIpInterfaceEntry", 31, times=ALWAYS)
    clock.at[40.0] = lambda: setattr(clock, "program_runs", False)
    with caplog.at_level(logging.ERROR, "ipif"):
        clock.run()
    assert plan.state == "applied"
    assert 40 <= clock.now <= 40 + deadline.AT_EXIT
    assert len(clock.attempts) > 3
    assert "not everything was reverted, and this was the last attempt" in caplog.text


def test_a_program_that_has_ended_still_waits_for_the_time_to_confirm(clock: Clock) -> None:
    before = rows()
    plan = applied(100)
    clock.program_runs = False
    clock.run()
    assert (clock.attempts, plan.state, rows()) == ([100.0], "reverted", before)


def test_an_exception_of_another_kind_is_no_reason_to_give_up(
    clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows()
    plan = applied()
    restore = ipif.Plan._restore
    left = [OSError("disk full"), MemoryError()]

    def failing(self: Any, result: Any) -> None:
        if left:
            raise left.pop()
        restore(self, result)

    monkeypatch.setattr(ipif.Plan, "_restore", failing)
    with caplog.at_level(logging.WARNING, "ipif"):
        clock.run()
    assert (plan.state, rows(), clock.now) == ("reverted", before, 3.5)
    assert "OSError: disk full" in caplog.text


@pytest.mark.parametrize("number", range(1, 10))
def test_a_lack_of_memory_outside_of_an_attempt_does_not_end_it(
    number: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call outside of the attempts in turn, the first of which is refused."""
    before = rows()
    plan = applied()
    simulation.fail("SetIpInterfaceEntry", 31)
    called = []
    for name in ("monotonic", "main_thread"):
        function = getattr(deadline, name)

        def call(function: Callable[[], Any] = function) -> Any:
            called.append(function)
            if len(called) == number:
                raise MemoryError
            return function()

        monkeypatch.setattr(deadline, name, call)
    clock.run()
    assert len(called) >= number
    assert (plan.state, rows()) == ("reverted", before)
    assert clock.now < 4


def test_a_lack_of_memory_for_its_compartment_does_not_end_it(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [MemoryError()]

    def in_compartment(function: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            if left:
                raise left.pop()
            function()

        return run

    monkeypatch.setattr(deadline, "in_compartment_of_caller", in_compartment)
    plan = applied()
    clock.run()
    assert (plan.state, left) == ("reverted", [])


@pytest.mark.parametrize(
    "function", ["GetIpInterfaceEntry", "SetIpInterfaceEntry", "ConvertInterfaceLuidToGuid"]
)
@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("times", [1, 2, ALWAYS])
@pytest.mark.parametrize("code", CODES)
def test_whatever_fails_everything_is_reverted_in_the_end(
    function: str, after: int, times: int, code: int, clock: Clock
) -> None:
    before = rows()
    plan = applied()
    simulation.fail(function, code, times=times, after=after)
    clock.at[100.0] = heal
    clock.run()
    assert plan.state == "reverted"
    heal()
    assert rows() == before


def test_the_journal_is_kept_until_everything_is_reverted(clock: Clock, tmp_path: Any) -> None:
    path = tmp_path / "journal"
    plan = ipif.plan(DESIRED)
    plan.apply(confirm_within=1, journal=path)
    simulation.fail("SetIpInterfaceEntry", 31, times=3)
    seen = []
    clock.at[1.5] = lambda: seen.append(path.exists())
    clock.run()
    assert (seen, path.exists(), plan.state) == ([True], False, "reverted")


def test_it_acts_in_the_network_compartment_of_the_caller(clock: Clock) -> None:
    simulation.add_interface("Container", compartment=2)
    desired = {"interfaces": [{"match": {"alias": "Container"}, "ipv4": {"NlMtu": 1400}}]}
    with ipif.compartment(2):
        plan = ipif.plan(desired)
        plan.apply(confirm_within=1)
        assert get("NlMtu", "Container") == 1400
    thread = threading.Thread(target=clock.run)  # which starts in the default compartment
    thread.start()
    thread.join()
    assert plan.state == "reverted"
    with ipif.compartment(2):
        assert get("NlMtu", "Container") == 1500


def test_when_that_compartment_is_gone_it_says_so(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    simulation.add_interface("Container", compartment=2)
    with ipif.compartment(2):
        plan = ipif.plan(
            {"interfaces": [{"match": {"alias": "Container"}, "ipv4": {"NlMtu": 1400}}]}
        )
        plan.apply(confirm_within=1)
    simulation.fail("SetCurrentThreadCompartmentId", 1168)
    with caplog.at_level(logging.ERROR, "ipif"):
        clock.run()
    assert "this was the last attempt" in caplog.text
    assert plan.state == "applied"


def test_a_handler_of_logging_that_raises_does_not_end_it(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    class Raising(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            raise RuntimeError("filter")

    before = rows()
    plan = applied()
    simulation.fail("SetIpInterfaceEntry", 31, times=3)
    raising = Raising()
    logging.getLogger("ipif").addFilter(raising)
    try:
        clock.run()
    finally:
        logging.getLogger("ipif").removeFilter(raising)
    assert (plan.state, rows()) == ("reverted", before)
