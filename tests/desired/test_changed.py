"""changed(): other values inside a block, and exactly the earlier ones after it."""

import asyncio
import contextlib
import gc
import re
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support import fresh
from support.machine import Calls
from support.rows import get, rows

import ipif
from ipif import netioapi, simulation

TEREDO = "Teredo Tunneling Pseudo-Interface"
LOOPBACK = "Loopback Pseudo-Interface 1"
SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def other_value(field: Any, row: Any, family: str) -> Any:
    """Return a valid value of a member that *row* does not have."""
    now = row[field.name]
    if field.kind == "bool":
        return not now
    if field.kind == "uint32[16]":
        return (*now[:-1], now[-1] + 1)
    low, high = field.ranges[family]
    return low if now != low else min(low + 1, high)


# ---- setting and restoring


@pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)
@either_family
def test_every_member_is_set_and_restored(field: Any, family: Any, calls: Calls) -> None:
    if (family, field.name) == ("ipv4", "SitePrefixLength"):
        pytest.skip("0 is the only value, and always written")
    row = ipif.get_interface("Ethernet", family)
    value = other_value(field, row, family)
    before = rows()
    with ipif.changed("Ethernet", family, **{field.name: value}) as found:
        inside = ipif.get_interface("Ethernet", family)
        assert inside == found[family]
        if field.name != "UseAutomaticMetric" or value:
            assert get(field.name, family=family) == value
    assert rows() == before
    assert calls["SetIpInterfaceEntry"] == 2


def test_one_set_changes_all_members_of_a_row_and_one_restores_them(calls: Calls) -> None:
    before = rows()
    with ipif.changed(13, 4, Metric=1, NlMtu=1400, DadTransmits=0, ForwardingEnabled=True):
        assert calls["SetIpInterfaceEntry"] == 1
    assert calls["SetIpInterfaceEntry"] == 2
    assert rows() == before


def test_values_that_are_set_already_are_neither_written_nor_restored(calls: Calls) -> None:
    with ipif.changed("Ethernet", "ipv4", NlMtu=1500, SitePrefixLength=0) as found:
        assert found["ipv4"]["NlMtu"] == 1500
        assert calls["SetIpInterfaceEntry"] == 0
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    assert get("NlMtu") == 1300


def test_without_changes_the_block_only_gets_the_rows(calls: Calls) -> None:
    with ipif.changed("Ethernet", None) as found:
        assert found == {f: ipif.get_interface("Ethernet", f) for f in ("ipv4", "ipv6")}
    assert calls["SetIpInterfaceEntry"] == 0


def test_blocks_can_be_nested() -> None:
    before = rows()
    with ipif.changed("Ethernet", "ipv4", Metric=5):
        with ipif.changed("Ethernet", "ipv4", Metric=3, NlMtu=1400):
            assert get("Metric") == 3
        assert (get("Metric"), get("UseAutomaticMetric")) == (5, False)
    assert rows() == before


def test_a_block_cannot_be_entered_twice() -> None:
    block = ipif.changed("Ethernet", "ipv4", NlMtu=1400)
    with block, pytest.raises(RuntimeError, match="before"):
        block.__enter__()
    with pytest.raises(RuntimeError, match="before"):
        block.__enter__()
    assert get("NlMtu") == 1500


# ---- the metric and whether it is automatic


def test_a_metric_turns_the_automatic_one_off_and_both_come_back() -> None:
    with ipif.changed("Ethernet", "ipv4", Metric=0):
        assert (get("Metric"), get("UseAutomaticMetric")) == (0, False)
    assert (get("Metric"), get("UseAutomaticMetric")) == (25, True)


def test_the_automatic_metric_goes_back_to_the_number_it_was() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=7)
    with ipif.changed("Ethernet", "ipv4", UseAutomaticMetric=True) as found:
        assert found["ipv4"]["Metric"] == 25
    assert (get("Metric"), get("UseAutomaticMetric")) == (7, False)


def test_an_automatic_metric_that_nothing_is_computed_from_comes_back() -> None:
    before = rows()
    adapter = netioapi.get_if_entry2(index=15)
    assert adapter["TransmitLinkSpeed"] == 0
    with ipif.changed(15, None, Metric=3):
        pass
    assert rows() == before


def test_a_recomputed_automatic_metric_is_not_a_conflict() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=7)
    with ipif.changed("Ethernet", "ipv4", UseAutomaticMetric=True):
        document = simulation.dump()
        for adapter in document["adapters"]:
            if adapter["Alias"] == "Ethernet":
                adapter["TransmitLinkSpeed"] = adapter["ReceiveLinkSpeed"] = 10**7
        simulation.load(document)
        assert get("Metric") == 55
    assert (get("Metric"), get("UseAutomaticMetric")) == (7, False)


@pytest.mark.parametrize("theirs", [{"Metric": 9}, {"UseAutomaticMetric": True}], ids=str)
def test_if_one_of_the_two_is_another_programs_both_are_left(theirs: Any) -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=7)
    with (
        pytest.warns(ipif.RestoreWarning, match="Metric"),
        ipif.changed("Ethernet", "ipv4", Metric=1, NlMtu=1400),
    ):
        _, row = ipif.update_interface("Ethernet", "ipv4", **theirs)
    assert get("Metric") == row["Metric"]
    assert get("UseAutomaticMetric") is row["UseAutomaticMetric"]
    assert get("NlMtu") == 1500


# ---- both families


def test_both_families_at_once() -> None:
    before = rows()
    with ipif.changed("Ethernet", None, NlMtu=1400) as found:
        assert list(found) == ["ipv4", "ipv6"]
        assert [get("NlMtu", family=family) for family in found] == [1400, 1400]
    assert rows() == before


def test_of_both_families_only_those_that_are_bound() -> None:
    with ipif.changed(TEREDO, None, NlMtu=1300) as found:
        assert list(found) == ["ipv6"]
    with pytest.raises(ipif.FamilyNotBound), ipif.changed(TEREDO, "ipv4", NlMtu=1300):
        pass
    simulation.unbind(TEREDO, "ipv6")
    with pytest.raises(ipif.FamilyNotBound), ipif.changed(TEREDO, None, NlMtu=1300):
        pass


def test_when_the_second_family_fails_the_first_is_rolled_back() -> None:
    before = rows()
    simulation.fail("SetIpInterfaceEntry", 5, after=1)
    with pytest.raises(ipif.AccessDenied) as caught, ipif.changed("Ethernet", None, Metric=1):
        pytest.fail("entered")
    assert caught.value.interface == "Ethernet"
    assert rows() == before


def test_a_first_change_that_cannot_be_rolled_back_is_reported() -> None:
    simulation.fail("SetIpInterfaceEntry", 5, times=100, after=1)
    with pytest.raises(ipif.ApplyError) as caught, ipif.changed("Ethernet", None, NlMtu=1400):
        pytest.fail("entered")
    assert caught.value.winerror == 5
    assert isinstance(caught.value.__cause__, ipif.AccessDenied)
    assert caught.value.not_rolled_back == [("Ethernet", "ipv4", "NlMtu", 1500, 1400)]


# ---- what is refused


@pytest.mark.parametrize(
    ("family", "changes", "places"),
    [
        ("ipv4", {"NlMtu": 100, "Mertic": 1, "Connected": True}, {"NlMtu", "Mertic", "Connected"}),
        ("ipv4", {"SitePrefixLength": 24}, {"SitePrefixLength"}),
        (None, {"NlMtu": 1000}, {"ipv6.NlMtu"}),
        (None, {"NlMtu": 100}, {"NlMtu"}),
        (None, {"Metric": 1, "UseAutomaticMetric": True}, {"Metric"}),
    ],
)
def test_bad_changes_are_refused_all_at_once(
    family: Any, changes: Any, places: set[str], calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.changed("Ethernet", family, **changes).__enter__()
    assert {problem.member for problem in caught.value.problems} == places
    assert calls["SetIpInterfaceEntry"] == 0


def test_a_change_that_could_not_be_restored_is_refused(calls: Calls) -> None:
    with (
        pytest.raises(ipif.ValidationError, match="4294967295") as caught,
        ipif.changed(LOOPBACK, "ipv4", NlMtu=1500, DadTransmits=1),
    ):
        pytest.fail("entered")
    assert [problem.member for problem in caught.value.problems] == ["NlMtu"]
    assert calls["SetIpInterfaceEntry"] == 0
    with ipif.changed(LOOPBACK, "ipv4", DadTransmits=1):
        pass


def test_a_metric_that_could_not_be_set_again_is_not_made_automatic() -> None:
    document = simulation.dump()
    for row in document["interfaces"]:
        row.update(UseAutomaticMetric=False, Metric=2**32 - 1)
    simulation.load(document)
    for changes in ({"UseAutomaticMetric": True}, {"Metric": 5}):
        with pytest.raises(ipif.ValidationError, match="4294967295"):
            ipif.changed("Ethernet", None, **changes).__enter__()


def test_arguments_that_name_nothing() -> None:
    with pytest.raises(ipif.ValidationError):
        ipif.changed("Ethernet", "ipv5", NlMtu=1400)  # type: ignore[arg-type]
    for interface in (0, "", ipif.Luid(0)):
        with pytest.raises(ipif.ValidationError), ipif.changed(interface, "ipv4", NlMtu=1400):
            pass
    with pytest.raises(ipif.InterfaceNotFound), ipif.changed("nobody", None, NlMtu=1400):
        pass


def test_a_change_without_elevation_is_access_denied() -> None:
    simulation.elevated(False)
    with pytest.raises(PermissionError), ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        pass


# ---- changes by another program meanwhile


def test_changes_of_other_programs_are_kept_with_a_warning() -> None:
    with (
        pytest.warns(ipif.RestoreWarning, match="NlMtu is 1300 now") as caught,
        ipif.changed("Ethernet", "ipv4", NlMtu=1400, DadTransmits=0),
    ):
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    assert caught[0].filename == __file__
    assert (get("NlMtu"), get("DadTransmits")) == (1300, 3)


def test_a_value_that_another_program_has_restored_is_not_written(calls: Calls) -> None:
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        ipif.update_interface("Ethernet", "ipv4", NlMtu=1500)
    assert calls["SetIpInterfaceEntry"] == 2


def test_a_value_that_windows_has_corrected_is_still_ours() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
    with ipif.changed("Ethernet", "ipv4", NlMtu=9000) as found:
        assert found["ipv4"]["NlMtu"] == 1500
    assert get("NlMtu") == 1400


def test_a_missing_interface_counts_as_restored() -> None:
    with ipif.changed("HMA VPN", None, NlMtu=1400):
        simulation.remove_interface("HMA VPN")
    with ipif.changed("Ethernet", None, NlMtu=1400):
        simulation.unbind("Ethernet", "ipv6")
    assert get("NlMtu") == 1500


def test_the_row_of_a_new_adapter_of_that_name_is_not_touched() -> None:
    luid = simulation.add_interface("VPN")
    with ipif.changed("VPN", "ipv4", NlMtu=1400):
        simulation.remove_interface(luid)
        simulation.add_interface("VPN", InterfaceLuid=luid + (9 << 24))
        ipif.update_interface("VPN", "ipv4", NlMtu=1400)
    assert get("NlMtu", "VPN") == 1400


# ---- exceptions of the block


class Failure(Exception):
    """What a block raises."""


def fail_after(action: Callable[[], object], error: BaseException) -> None:
    action()
    raise error


def test_an_exception_of_the_block_comes_out_and_everything_is_restored() -> None:
    before = rows()
    with pytest.raises(Failure) as caught, ipif.changed("Ethernet", None, NlMtu=1400):
        raise Failure
    assert not hasattr(caught.value, "__notes__")
    assert rows() == before


def test_a_warning_does_not_mask_it_but_is_a_note() -> None:
    with pytest.raises(Failure) as caught, ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        fail_after(lambda: ipif.update_interface("Ethernet", "ipv4", NlMtu=1300), Failure())
    assert "NlMtu is 1300 now" in caught.value.__notes__[0]


@pytest.mark.parametrize("kind", [Failure, KeyboardInterrupt, GeneratorExit])
def test_a_failing_restore_does_not_mask_it_but_is_a_note(kind: type[BaseException]) -> None:
    with pytest.raises(kind) as caught, ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        fail_after(lambda: simulation.elevated(False), kind())
    assert "could not be restored from 1400 to 1500" in caught.value.__notes__[0]
    assert "WinError 5" in caught.value.__notes__[1]


def test_an_exception_that_takes_no_notes_comes_out_too() -> None:
    error = Failure()
    error.__notes__ = "none of your business"  # type: ignore[assignment]
    with pytest.raises(Failure), ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        fail_after(lambda: simulation.elevated(False), error)


def test_a_failing_restore_after_a_good_block_is_an_error() -> None:
    with pytest.raises(ipif.ApplyError) as caught, ipif.changed("Ethernet", None, NlMtu=1400):
        simulation.fail("SetIpInterfaceEntry", 5)  # IPv6 is the first to be restored
    error = caught.value
    assert isinstance(error.__cause__, ipif.AccessDenied)
    assert (error.winerror, error.function) == (5, "SetIpInterfaceEntry")
    assert error.rolled_back == [("Ethernet", "ipv4", "NlMtu", 1500, 1400)]
    assert error.not_rolled_back == [("Ethernet", "ipv6", "NlMtu", 1492, 1400)]
    assert (get("NlMtu"), get("NlMtu", family="ipv6")) == (1500, 1400)


@pytest.mark.parametrize(
    ("earlier", "theirs", "text"),
    [
        (
            {},
            {"Metric": 7},
            "Metric is 7 now, not the 3 that was written, so it was not restored to automatic",
        ),
        (
            {"Metric": 42},
            {"UseAutomaticMetric": True},
            "Metric is automatic now, not the 3 that was written, so it was not restored to 42",
        ),
    ],
)
def test_a_message_speaks_of_the_metric_and_the_automatic_one_as_one_setting(
    earlier: Any, theirs: Any, text: str
) -> None:
    ipif.update_interface("Ethernet", "ipv4", **earlier)
    block = ipif.changed("Ethernet", "ipv4", Metric=3)
    block.__enter__()
    ipif.update_interface("Ethernet", "ipv4", **theirs)
    with pytest.warns(ipif.RestoreWarning, match=re.escape(text)) as caught:
        block.__exit__(None, None, None)
    [warning] = caught
    assert "UseAutomaticMetric" not in str(warning.message)


# ---- at the end of the interpreter

AT_EXIT = """
import atexit
atexit.register(lambda: print(ipif.get_interface("Ethernet", "ipv4")["NlMtu"]))
"""
GENERATOR = """
def work():
    with ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400):
        yield
kept = work()
next(kept)
import builtins
builtins.kept = kept  # nothing collects it before atexit
"""
DAEMON_THREAD = """
import threading, time
entered = threading.Event()
def work():
    with ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400):
        entered.set()
        time.sleep(1000)
threading.Thread(target=work, daemon=True).start()
assert entered.wait(30)
"""


@pytest.mark.parametrize("code", [GENERATOR, DAEMON_THREAD], ids=["generator", "daemon thread"])
def test_a_block_that_is_never_left_is_restored_at_exit(code: str) -> None:
    assert fresh.run(fresh.MACHINE + AT_EXIT + code).stdout == "1500\n"
    without = code.replace("at_exit=True, ", "")
    assert fresh.run(fresh.MACHINE + AT_EXIT + without).stdout == "1400\n"


def test_a_block_that_was_left_keeps_nothing_for_the_exit() -> None:
    good = ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400)
    bad = ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400)
    with good:
        pass
    simulation.elevated(False)
    with pytest.raises(PermissionError), bad:
        pass
    kept = weakref.ref(good), weakref.ref(bad)
    del good, bad
    gc.collect()
    assert [reference() for reference in kept] == [None, None]


def test_all_blocks_are_restored_at_exit_the_last_one_first() -> None:
    code = """
ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400).__enter__()
ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1300).__enter__()
ipif.changed("Ethernet", "ipv6", at_exit=True, NlMtu=1400).__enter__()
ipif.simulation.fail("SetIpInterfaceEntry", 5)
"""
    done = fresh.run(fresh.MACHINE + AT_EXIT + code)
    assert done.stdout == "1500\n"
    assert "ipv6: NlMtu could not be restored from 1400 to 1492" in done.stderr


def test_a_generator_that_is_collected_restores() -> None:
    def work() -> Iterator[None]:
        with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
            yield

    running = work()
    next(running)
    assert get("NlMtu") == 1400
    del running
    gc.collect()
    assert get("NlMtu") == 1500


class Dropped(ipif.changed):
    """A block as it is from CPython 3.14 on: there it restores when it is collected."""

    __del__ = ipif.changed._drop


def test_a_block_that_ctrl_c_takes_away_between_entry_and_body_restores(
    calls: Calls,
) -> None:
    block = Dropped("Ethernet", None, NlMtu=1400)
    block.__enter__()
    assert get("NlMtu") == 1400
    del block
    gc.collect()
    assert (get("NlMtu"), get("NlMtu", family="ipv6")) == (1500, 1492)


def test_a_block_that_was_left_does_nothing_when_it_is_collected(calls: Calls) -> None:
    block = Dropped("Ethernet", "ipv4", NlMtu=1400)
    with block:
        pass
    done = calls.total
    del block
    gc.collect()
    assert calls.total == done
    with pytest.raises(ipif.ValidationError):
        Dropped("Ethernet", "ipv5", NlMtu=1400)  # type: ignore[arg-type]
    gc.collect()
    assert calls.total == done


# ---- with asyncio


def test_an_asynchronous_block_has_the_rows_and_restores() -> None:
    before = rows()

    async def work() -> None:
        async with ipif.changed("Ethernet", None, NlMtu=1400) as found:
            assert {family: row["NlMtu"] for family, row in found.items()} == {
                "ipv4": 1400,
                "ipv6": 1400,
            }
            await asyncio.sleep(0)
            assert get("NlMtu") == 1400

    asyncio.run(work())
    assert rows() == before


def test_an_asynchronous_block_that_raises_or_is_cancelled_restores() -> None:
    before = rows()

    async def fail() -> None:
        async with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
            raise LookupError

    async def wait() -> None:
        async with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
            await asyncio.Event().wait()

    async def work() -> None:
        with pytest.raises(LookupError):
            await fail()
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        assert get("NlMtu") == 1400
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert rows() == before


def test_asynchronous_blocks_that_overlap_end_at_the_first_values() -> None:
    before = rows()

    async def work(value: int, entered: asyncio.Event, leave: asyncio.Event) -> None:
        async with ipif.changed("Ethernet", "ipv4", NlMtu=value):
            entered.set()
            await leave.wait()

    async def both() -> None:
        first, second, leave, last = (asyncio.Event() for _ in range(4))
        one = asyncio.create_task(work(1400, first, leave))
        await first.wait()
        other = asyncio.create_task(work(1300, second, last))
        await second.wait()
        leave.set()
        await one
        assert get("NlMtu") == 1300
        last.set()
        await other

    asyncio.run(both())
    assert rows() == before


def test_an_asynchronous_block_that_cannot_be_restored_raises_and_can_be_retried() -> None:
    before = rows()

    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(ipif.changed("Ethernet", "ipv4", NlMtu=1400))
            simulation.fail("SetIpInterfaceEntry", 31)

    with pytest.raises(ipif.ApplyError) as caught:
        asyncio.run(work())
    assert get("NlMtu") == 1400
    assert [change.member for change in caught.value.retry()] == ["NlMtu"]
    assert rows() == before


def test_entering_again_is_refused_and_restores_nothing() -> None:
    block = ipif.changed("Ethernet", "ipv4", NlMtu=1400)

    async def again() -> None:
        async with block:
            pytest.fail("entered again")

    with block:
        for enter in (block.__enter__, lambda: asyncio.run(again())):
            with pytest.raises(RuntimeError, match="has been entered before"):
                enter()
            assert get("NlMtu") == 1400
    assert get("NlMtu") == 1500


def test_a_rollback_acts_in_the_network_compartment_of_the_change() -> None:
    simulation.add_interface("Container", compartment=2)
    block = ipif.changed("Container", "ipv4", NlMtu=1400)
    with ipif.compartment(2):
        block.__enter__()
    block.__exit__(None, None, None)
    with ipif.compartment(2):
        assert get("NlMtu", "Container") == 1500
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        inner = ipif.compartment(2)
        inner.__enter__()
    assert ipif.netioapi.get_current_thread_compartment_id() == 2
    inner.__exit__(None, None, None)
    assert get("NlMtu") == 1500


def test_when_the_compartment_is_gone_the_change_is_named() -> None:
    simulation.add_interface("Container", compartment=2)
    block = ipif.changed("Container", "ipv4", NlMtu=1400)
    with ipif.compartment(2):
        block.__enter__()
    simulation.fail("SetCurrentThreadCompartmentId", 1168)
    with pytest.raises(ipif.ApplyError, match="NlMtu could not be restored"):
        block.__exit__(None, None, None)
    block.__exit__(None, None, None)
    with ipif.compartment(2):
        assert get("NlMtu", "Container") == 1500


CTRL_C_AT_EXIT = """
import atexit
from ipif._desired import changed as module

@atexit.register
def look():
    print(*(ipif.get_interface(13, family)["NlMtu"] for family in ("ipv4", "ipv6")), flush=True)

for family in ("ipv4", "ipv6"):
    ipif.changed("Ethernet", family, at_exit=True, NlMtu=1400).__enter__()
restore, interrupts = module.restore, [KeyboardInterrupt()]

def interrupted(*arguments):
    if interrupts:
        raise interrupts.pop()
    return restore(*arguments)

module.restore = interrupted
"""


def test_ctrl_c_at_exit_keeps_no_block_from_being_restored() -> None:
    done = fresh.run(fresh.MACHINE + CTRL_C_AT_EXIT, check=False)
    assert done.stdout.split() == ["1500", "1492"]
    assert "KeyboardInterrupt" in done.stderr


def test_a_block_cannot_be_entered_when_nothing_would_restore_it_any_more() -> None:
    code = """
import atexit

@atexit.register
def late():
    try:
        ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1300).__enter__()
    except RuntimeError as error:
        print(error, ipif.get_interface(13, "ipv4")["NlMtu"], flush=True)

ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400).__enter__()
"""
    said = fresh.run(fresh.MACHINE + code).stdout
    assert said.strip() == "the interpreter exits: nothing would restore the values 1500"
