"""guard(): the interfaces stay as they are wanted, whoever changes them."""

import asyncio
import itertools
import queue
import threading
import time
from typing import Any

import pytest
from support import fresh
from support.eventually import eventually
from support.machine import Calls
from support.rows import get

import ipif
from ipif import simulation


def want(alias: str, expect: str = "one", **section: Any) -> dict[str, Any]:
    """Return a document about IPv4 of one alias."""
    return {"interfaces": [{"match": {"alias": alias}, "expect": expect, "ipv4": section}]}


WANTED = want("Ethernet", Metric=1, NlMtu=1400)


def test_it_applies_on_entry_and_restores_nothing_on_exit(calls: Calls) -> None:
    with ipif.guard(WANTED) as guard:
        assert (get("Metric"), get("NlMtu")) == (1, 1400)
    assert (get("Metric"), get("NlMtu")) == (1, 1400)
    assert (guard.reverts, guard.applied, guard.errors, guard.last_error) == (0, 0, 0, None)
    assert calls["CancelMibChangeNotify2"] == 1


def test_a_reverted_change_is_applied_again_and_counted() -> None:
    told: queue.Queue[list[ipif.Change]] = queue.Queue()
    with ipif.guard(WANTED, on_revert=told.put) as guard:
        ipif.update_interface("Ethernet", "ipv4", UseAutomaticMetric=True)
        assert told.get(timeout=30) == [
            ("Ethernet", "ipv4", "UseAutomaticMetric", True, False),
            ("Ethernet", "ipv4", "Metric", 25, 1),
        ]
        eventually(lambda: guard.applied == 1)
        assert (get("Metric"), get("UseAutomaticMetric")) == (1, False)
        assert (guard.reverts, guard.errors) == (1, 0)


def test_members_without_a_difference_are_not_written(calls: Calls) -> None:
    with ipif.guard(WANTED, interval=0) as guard:
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=0)
        ipif.update_interface("Wi-Fi", "ipv4", Metric=9)
        sets = calls["SetIpInterfaceEntry"]
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        eventually(lambda: guard.applied == 1)
        assert calls["SetIpInterfaceEntry"] == sets + 2
    assert (get("DadTransmits"), get("Metric", "Wi-Fi")) == (0, 9)


def test_it_is_not_faster_than_its_interval() -> None:
    times: list[float] = []

    def note(changes: list[ipif.Change]) -> None:
        times.append(time.monotonic())

    with ipif.guard(WANTED, on_revert=note, interval=0.15) as guard:
        for count in range(1, 5):
            ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
            eventually(lambda count=count: guard.applied == count)  # type: ignore[misc]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert len(pauses) == 3
    assert min(pauses) >= 0.1  # the callback is called a moment after the decision


def test_an_interface_that_appears_is_guarded_too() -> None:
    simulation.add_interface("VPN 0")
    with ipif.guard(want("VPN*", "some", Metric=1), interval=0) as guard:
        simulation.add_interface("VPN 1")
        eventually(lambda: guard.applied == 1)
        assert (get("Metric", "VPN 0"), get("Metric", "VPN 1")) == (1, 1)


def test_one_that_goes_is_waited_for() -> None:
    luid = simulation.add_interface("VPN")
    with ipif.guard(want("VPN", Metric=1), interval=0) as guard:
        simulation.remove_interface("VPN")
        simulation.add_interface("VPN", InterfaceLuid=int(luid))
        eventually(lambda: guard.applied >= 1)
        simulation.unbind("VPN", "ipv4")
        simulation.bind("VPN", "ipv4", UseAutomaticMetric=False, Metric=70)
        eventually(lambda: get("Metric", "VPN") == 1)
        assert guard.last_error is None


def test_a_change_without_a_notification_is_noticed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipif._desired.guard._LOOK_AGAIN", 0.02)
    before = simulation.dump()
    with ipif.guard(WANTED) as guard:
        simulation.load(before)  # without a notification
        eventually(lambda: guard.applied == 1)
        assert get("NlMtu") == 1400


# ---- errors


def test_a_document_with_problems_is_not_guarded(calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError), ipif.guard(want("nobody", Metric=1)):
        pytest.fail("entered")
    simulation.elevated(False)
    with pytest.raises(ipif.ApplyError), ipif.guard(WANTED):
        pytest.fail("entered")
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 2
    assert "ipif.guard" not in [thread.name for thread in threading.enumerate()]


def test_an_error_of_windows_is_counted_and_the_guard_continues() -> None:
    with ipif.guard(WANTED, interval=0) as guard:
        simulation.fail("SetIpInterfaceEntry", 5, after=1)
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        eventually(lambda: guard.errors == 1)
        assert isinstance(guard.last_error, ipif.ApplyError)
        # It may have succeeded already: the notification can be later than the look.
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1200)
        eventually(lambda: get("NlMtu") == 1400)
        eventually(lambda: guard.applied == guard.reverts - 1)
        assert guard.errors == 1


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_a_failing_callback_is_counted_and_the_guard_continues(
    kind: type[BaseException], recwarn: pytest.WarningsRecorder
) -> None:
    def fail(changes: list[ipif.Change]) -> None:
        raise kind("no")

    with ipif.guard(WANTED, on_revert=fail, interval=0) as guard:
        for count in (1, 2):
            ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
            eventually(lambda count=count: guard.applied == count)  # type: ignore[misc]
        assert guard.errors == 2
        assert type(guard.last_error) is kind


def test_a_failing_callback_gives_a_warning() -> None:
    code = """
import warnings
warnings.simplefilter("always")
def fail(changes):
    raise ValueError("no")
wanted = {"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]}
with ipif.guard(wanted, on_revert=fail) as guard:
    ipif.update_interface(13, 4, NlMtu=1300)
    import time
    while not guard.applied:
        time.sleep(0.001)
"""
    done = fresh.run(fresh.MACHINE + code)
    assert "RuntimeWarning: on_revert of an ipif.guard raised ValueError: no" in done.stderr


@pytest.mark.parametrize("interval", [-1, float("nan"), float("inf"), "1", True, None])
def test_an_interval_that_is_none_is_refused(interval: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="interval"):
        ipif.guard(WANTED, interval=interval)


# ---- its life


def test_closing_again_does_nothing_and_a_closed_guard_is_over() -> None:
    guard = ipif.guard(WANTED)
    guard.close()
    guard.close()
    with pytest.raises(RuntimeError, match="before"):
        guard.__enter__()
    with ipif.guard(WANTED) as guard:
        with pytest.raises(RuntimeError, match="before"):
            guard.__enter__()
        guard.close()
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        guard.close()
    assert get("NlMtu") == 1300


def test_the_callback_may_close_it() -> None:
    closed = threading.Event()

    def close(changes: list[ipif.Change]) -> None:
        guard.close()
        closed.set()

    with ipif.guard(WANTED, on_revert=close) as guard:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        assert closed.wait(30)
    assert get("NlMtu") == 1300
    assert (guard.reverts, guard.applied) == (1, 0)


def test_closing_does_not_wait_for_the_interval() -> None:
    started = time.monotonic()
    with ipif.guard(WANTED, interval=3600) as guard:
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        eventually(lambda: guard.applied == 1)
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    assert time.monotonic() - started < 30
    assert get("NlMtu") == 1300


def test_the_document_may_change_afterwards() -> None:
    wanted = want("Ethernet", NlMtu=1400)
    with ipif.guard(wanted, interval=0) as guard:
        wanted["interfaces"].clear()
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
        eventually(lambda: guard.applied == 1)


def test_an_open_guard_does_not_keep_the_interpreter_alive() -> None:
    code = """
wanted = {"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]}
guard = ipif.guard(wanted)
guard.__enter__()
print("done")
"""
    assert fresh.run(fresh.MACHINE + code).stdout == "done\n"


def test_with_asyncio_the_callback_may_wait_for_the_loop() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        seen = []

        async def note(changes: list[ipif.Change]) -> None:
            seen.append(changes)

        def on_revert(changes: list[ipif.Change]) -> None:
            asyncio.run_coroutine_threadsafe(note(changes), loop).result(30)

        async with ipif.guard(WANTED, on_revert=on_revert, interval=0) as guard:
            ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
            while not guard.reverts:
                await asyncio.sleep(0.001)
        assert len(seen) == 1

    asyncio.run(work())
