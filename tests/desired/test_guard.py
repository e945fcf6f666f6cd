"""guard(): the interfaces stay as they are wanted, whoever changes them.

Most tests take each step of a guard themselves, with a clock of their own; those about its thread
are at the end.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from support import fresh
from support.driven import DrivenGuard
from support.eventually import SOON, eventually
from support.machine import Calls, control
from support.rows import get, rows

import ipif
from ipif import simulation
from ipif._desired import guard as guard_module


def want(alias: str, expect: str = "one", **section: Any) -> dict[str, Any]:
    """Return a document about IPv4 of one alias."""
    return {"interfaces": [{"match": {"alias": alias}, "expect": expect, "ipv4": section}]}


def both(*documents: dict[str, Any]) -> dict[str, Any]:
    """Return one document with the entries of several."""
    return {"interfaces": [entry for document in documents for entry in document["interfaces"]]}


WANTED = want("Ethernet", Metric=1, NlMtu=1400)
TWO_ROWS = both(want("Ethernet", NlMtu=1400), want("Wi-Fi", NlMtu=1300))


def change(alias: str = "Ethernet", **members: Any) -> None:
    """Change IPv4 of an interface, as another program does."""
    ipif.update_interface(alias, "ipv4", **members)


def refuse_always_off() -> None:
    """Let Windows refuse LinkLocalAddressBehavior AlwaysOff for IPv4 from now on."""
    simulation.profile("sentinel", link_local_always_off_refused=True)


# ---- entering


def test_it_applies_on_entry_and_restores_nothing_on_exit(calls: Calls) -> None:
    with ipif.guard(WANTED) as guard:
        assert (get("Metric"), get("NlMtu")) == (1, 1400)
    assert (get("Metric"), get("NlMtu")) == (1, 1400)
    assert (guard.reverts, guard.applied, guard.errors, guard.last_error) == (0, 0, 0, None)
    assert (guard.unachievable, guard.missing) == ((), ())
    assert calls["CancelMibChangeNotify2"] == 1


def test_a_document_with_problems_is_not_guarded(calls: Calls) -> None:
    with pytest.raises(ipif.ValidationError), ipif.guard(want("Ethernet", NlMtu=1)):
        pytest.fail("entered")
    with pytest.raises(ipif.ValidationError, match="matches"), ipif.guard(want("*", NlMtu=1400)):
        pytest.fail("entered")
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 2


def test_on_entry_all_rows_are_set_or_none(calls: Calls) -> None:
    before = rows()
    simulation.fail("SetIpInterfaceEntry", 31, after=1)
    with pytest.raises(ipif.ApplyError), ipif.guard(TWO_ROWS):
        pytest.fail("entered")
    assert rows() == before
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 1


def test_the_document_may_change_afterwards() -> None:
    wanted = want("Ethernet", NlMtu=1400)
    with DrivenGuard(wanted) as driven:
        wanted["interfaces"].clear()
        change(NlMtu=1300)
        driven.step()
        assert get("NlMtu") == 1400


@pytest.mark.parametrize("interval", [-1, float("nan"), float("inf"), "1", True, None])
def test_an_interval_that_is_none_is_refused(interval: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="interval"):
        ipif.guard(WANTED, interval=interval)


# ---- setting again


def test_a_reverted_row_is_set_again_and_counted() -> None:
    told: list[list[ipif.Change]] = []
    with DrivenGuard(both(WANTED, want("Wi-Fi", Metric=9)), on_revert=told.append) as driven:
        change(UseAutomaticMetric=True)
        driven.step()
        assert told == [
            [
                ("Ethernet", "ipv4", "UseAutomaticMetric", True, False),
                ("Ethernet", "ipv4", "Metric", 25, 1),
            ]
        ]
        assert (get("Metric"), get("UseAutomaticMetric")) == (1, False)
        assert driven.counts() == (1, 1, 0)
        row = driven.row()
        assert (row.interface, row.family, row.luid.alias) == ("Ethernet", "ipv4", "Ethernet")
        assert (row.reverts, row.applied, row.errors, row.last_error) == (1, 1, 0, None)
        assert repr(row) == "<ipif.GuardedRow: Ethernet ipv4, 1 reverts, 1 applied, 0 errors>"
        other = driven.row("Wi-Fi")
        assert (other.reverts, other.applied) == (0, 0)


def test_only_the_rows_and_members_that_differ_are_written(calls: Calls) -> None:
    with DrivenGuard(both(WANTED, want("Wi-Fi", NlMtu=1300)), interval=0) as driven:
        change(DadTransmits=0)
        change("Wi-Fi", Metric=9)
        sets = calls["SetIpInterfaceEntry"]
        driven.step()
        assert calls["SetIpInterfaceEntry"] == sets
        change(NlMtu=1300)
        driven.step()
        assert calls["SetIpInterfaceEntry"] == sets + 2
        assert (get("DadTransmits"), get("Metric", "Wi-Fi")) == (0, 9)


def test_a_look_costs_two_tables_and_each_row_that_is_set_three_calls(calls: Calls) -> None:
    with DrivenGuard(TWO_ROWS) as driven:
        before = calls.total
        driven.step()
        assert calls.total - before - calls["FreeMibTable"] // 2 == 2
        change(NlMtu=1300)
        before, freed = calls.total, calls["FreeMibTable"]
        driven.step()
        guid = 1  # compared before the row is set
        assert calls.total - before - (calls["FreeMibTable"] - freed) == 2 + 3 + guid


def test_each_row_is_set_at_most_once_every_interval() -> None:
    with DrivenGuard(TWO_ROWS, interval=3.0) as driven:
        change(NlMtu=1200)
        driven.step()
        assert get("NlMtu") == 1400
        change(NlMtu=1200)
        change("Wi-Fi", NlMtu=1200)
        assert driven.step(1.0) == 2.0
        assert (get("NlMtu"), get("NlMtu", "Wi-Fi")) == (1200, 1300)
        assert driven.step(1.5) == 0.5
        assert get("NlMtu") == 1200
        driven.step(0.5)
        assert get("NlMtu") == 1400
        assert driven.counts() == (3, 3, 0)


def test_it_looks_every_five_seconds() -> None:
    with DrivenGuard(WANTED) as driven:
        assert driven.step() == 5.0


def test_an_interface_that_appears_is_guarded_too() -> None:
    simulation.add_interface("VPN 0")
    with DrivenGuard(want("VPN*", "some", Metric=1)) as driven:
        simulation.add_interface("VPN 1")
        driven.step()
        assert (get("Metric", "VPN 0"), get("Metric", "VPN 1")) == (1, 1)
        assert set(driven.guard.rows) == {("VPN 0", "ipv4"), ("VPN 1", "ipv4")}


@pytest.mark.parametrize("expect", ["one", "some", "any"])
def test_one_that_does_not_exist_yet_is_waited_for(expect: str) -> None:
    """Case: the adapter of a virtual switch comes later than the program that configures it."""
    wanted = both(want("vEthernet (New)", expect, ForwardingEnabled=True), want("Wi-Fi", Metric=9))
    with DrivenGuard(wanted) as driven:
        assert get("Metric", "Wi-Fi") == 9
        assert driven.missing() == ("interfaces[0]",)
        simulation.add_interface("vEthernet (New)", families=["ipv6"])
        driven.step()
        assert driven.missing() == ("interfaces[0]",)
        simulation.bind("vEthernet (New)", "ipv4")
        driven.step()
        assert get("ForwardingEnabled", "vEthernet (New)")
        assert driven.missing() == ()
        assert driven.counts() == (1, 1, 0)


def test_one_that_goes_is_waited_for() -> None:
    luid = simulation.add_interface("VPN")
    with DrivenGuard(want("VPN", Metric=1), interval=0) as driven:
        simulation.remove_interface("VPN")
        driven.step()
        assert set(driven.guard.rows) == {("VPN", "ipv4")}
        simulation.add_interface("VPN", InterfaceLuid=int(luid))
        driven.step()
        assert get("Metric", "VPN") == 1
        simulation.unbind("VPN", "ipv4")
        driven.step()
        simulation.bind("VPN", "ipv4", UseAutomaticMetric=False, Metric=70)
        driven.step()
        assert get("Metric", "VPN") == 1
        assert driven.guard.last_error is None


def test_a_renamed_interface_keeps_its_counters() -> None:
    with DrivenGuard({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]}) as driven:
        change(NlMtu=1300)
        driven.step()
        simulation.rename_interface("Ethernet", "LAN")
        driven.step()
        assert {key: row.reverts for key, row in driven.guard.rows.items()} == {("LAN", "ipv4"): 1}


# ---- when Windows refuses


def test_a_row_that_is_refused_does_not_keep_the_others_from_being_set() -> None:
    failed: list[tuple[BaseException, ipif.Change | None]] = []
    wanted = both(want("Ethernet", LinkLocalAddressBehavior="AlwaysOff"), want("Wi-Fi", NlMtu=1300))
    with DrivenGuard(wanted, on_error=lambda *given: failed.append(given)) as driven:
        refuse_always_off()
        change(LinkLocalAddressBehavior="Delayed")
        change("Wi-Fi", NlMtu=1200)
        for _ in range(3):
            driven.step(1.0)
            assert get("NlMtu", "Wi-Fi") == 1300
            change("Wi-Fi", NlMtu=1200)
        ethernet, wifi = driven.row(), driven.row("Wi-Fi")
        assert (ethernet.reverts, ethernet.applied, ethernet.errors) == (1, 0, 2)
        assert (wifi.reverts, wifi.applied, wifi.errors, wifi.last_error) == (3, 3, 0, None)
        assert driven.counts() == (4, 3, 2)
    error, about = failed[0]
    assert isinstance(error, ipif.ApplyError)
    assert (error.winerror, error.interface, error.family) == (87, "Ethernet", "ipv4")
    assert about == ("Ethernet", "ipv4", "LinkLocalAddressBehavior", 1, 0)
    assert ethernet.last_error is driven.guard.last_error is failed[-1][0]


def attempts(driven: DrivenGuard, seconds: float) -> list[float]:
    """Step for so many seconds; return when it has tried in vain to set the row."""
    found = []
    start, errors = driven.now, driven.row().errors
    pause = driven.step()
    while True:
        if driven.row().errors > errors:
            errors = driven.row().errors
            found.append(driven.now - start)
        if driven.now + pause > start + seconds:
            return found
        pause = driven.step(pause)


def test_the_pauses_after_failures_double_up_to_a_minute() -> None:
    told: list[object] = []
    with DrivenGuard(WANTED, on_revert=told.append) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31, times=1000)
        assert attempts(driven, 300) == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]
        assert driven.counts() == (1, 0, 10)
        assert len(told) == 1
        control().clear_faults()
        driven.step(60)
        assert get("NlMtu") == 1400
        assert driven.counts() == (1, 1, 10)
        # After a success it begins with the shortest pause again.
        change(NlMtu=1300)
        driven.now += 1
        simulation.fail("SetIpInterfaceEntry", 31, times=2)
        assert attempts(driven, 100) == [0, 1]
        assert driven.counts() == (2, 2, 12)


def test_a_change_of_the_row_ends_the_pause() -> None:
    with DrivenGuard(TWO_ROWS, interval=0) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31, times=1000)
        assert attempts(driven, 10) == [0, 1, 3, 7]
        simulation.set_link("Wi-Fi", up=False)  # another row
        assert attempts(driven, 4) == []
        simulation.set_link("Ethernet", up=False)
        assert attempts(driven, 4) == [0, 1, 3]
        assert driven.guard.reverts == 2


def test_a_value_that_changes_by_itself_does_not_end_the_pause() -> None:
    with DrivenGuard(WANTED) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31, times=1000)
        assert attempts(driven, 10) == [0, 1, 3, 7]
        document = simulation.dump()
        for row in document["interfaces"]:
            row["ReachableTime"] += 1
        simulation.load(document)
        assert attempts(driven, 4) == []


def test_its_own_attempts_do_not_end_the_pause(calls: Calls) -> None:
    """Not even when Windows notifies of a change that it has refused."""
    simulation.profile("sentinel", unchanged_set_notifies=True)
    with DrivenGuard(WANTED) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31, times=1000)
        driven.step()
        tried = calls["SetIpInterfaceEntry"]
        for _ in range(3):
            driven.step(0.25)
        assert calls["SetIpInterfaceEntry"] == tried


def test_a_row_that_gets_its_value_otherwise_has_recovered() -> None:
    with DrivenGuard(WANTED) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31)
        driven.step()
        change(NlMtu=1400)
        driven.step()
        change(NlMtu=1300)
        driven.step(1.0)
        assert get("NlMtu") == 1400
        assert driven.counts() == (2, 1, 1)


@pytest.mark.parametrize("code", [2, 1168])
def test_a_row_that_vanishes_when_it_is_to_be_set_is_no_error(code: int) -> None:
    with DrivenGuard(WANTED) as driven:
        change(NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", code, times=3)
        assert driven.step() == 1.0
        assert driven.counts() == (1, 0, 0)
        # It is still there, so it is one.
        driven.step(1.0)
        assert driven.counts() == (1, 0, 1)


def test_when_the_interfaces_cannot_be_listed_it_waits_too(calls: Calls) -> None:
    failed: list[tuple[BaseException, ipif.Change | None]] = []
    with DrivenGuard(WANTED, on_error=lambda *given: failed.append(given)) as driven:
        change(NlMtu=1300)
        simulation.fail("GetIpInterfaceTable", 8, times=3)
        pauses: list[float] = []
        for _ in range(3):
            pauses.append(driven.step(0.0 if not pauses else pauses[-1]))
        assert pauses == [1, 2, 4]
        before = calls["GetIpInterfaceTable"]
        assert driven.step(3.0) == 1.0
        assert calls["GetIpInterfaceTable"] == before
        driven.step(1.0)
        assert get("NlMtu") == 1400
        assert driven.counts() == (1, 1, 3)
        simulation.fail("GetIpInterfaceTable", 8)
        assert driven.step() == 1.0
    assert [(type(error), about) for error, about in failed] == [(ipif.Error, None)] * 4


# ---- values that Windows does not show


def test_a_value_that_does_not_stick_is_unachievable_and_is_not_fought_for(calls: Calls) -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    failed: list[tuple[BaseException, ipif.Change | None]] = []
    wanted = want("Ethernet", NlMtu=9000, Metric=1)
    with DrivenGuard(wanted, on_error=lambda *given: failed.append(given)) as driven:
        driven.notify()
        assert driven.step() == 0.5  # so long it takes to see whether another program has done it
        assert driven.unachievable() == []
        for _ in range(5):
            driven.step(0.5)
        assert (get("NlMtu"), get("Metric")) == (1500, 1)
        assert driven.unachievable() == [("Ethernet", "ipv4", "NlMtu", 1500, 9000)]
        assert list(driven.row().unachievable) == driven.unachievable()
        assert driven.counts() == (0, 0, 1)
        assert calls["SetIpInterfaceEntry"] == 1
        error, about = failed[0]
        assert isinstance(error, ipif.ApplyError)
        assert error.strerror == "Ethernet ipv4 was given NlMtu 9000 and shows 1500"
        assert (error.winerror, error.interface, error.family) == (None, "Ethernet", "ipv4")
        assert about == driven.unachievable()[0]
        # Other members are guarded, and it is left out.
        change(Metric=2)
        driven.step(1.0)
        assert (get("NlMtu"), get("Metric")) == (1500, 1)
        # Another program changes it: it is set again, once, with the same result.
        change(NlMtu=1300)
        sets = calls["SetIpInterfaceEntry"]
        for _ in range(3):
            driven.step(1.0)
        assert get("NlMtu") == 1500
        assert calls["SetIpInterfaceEntry"] == sets + 1
        assert driven.counts() == (2, 2, 1)
        assert len(failed) == 1


def test_other_members_are_set_while_that_is_open() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    with DrivenGuard(want("Ethernet", NlMtu=9000, Metric=1)) as driven:
        change(Metric=2)
        driven.step()
        assert get("Metric") == 1
        driven.step(0.5)
        assert [each.member for each in driven.unachievable()] == ["NlMtu"]
        assert driven.counts() == (1, 1, 1)


@pytest.mark.parametrize("dropped", [False, True])
def test_a_value_that_another_program_changes_at_once_is_not_unachievable(dropped: bool) -> None:
    """The other program changes it before the guard has read the row after setting it."""
    told: list[list[ipif.Change]] = []
    with DrivenGuard(WANTED, on_revert=told.append) as driven:
        change(NlMtu=1300)
        simulation.profile("sentinel", mtu_clamped=True)
        clamp_to("Ethernet", 1350)
        for _ in range(3):
            driven.step(1.0)
            assert get("NlMtu") == 1350
            # That of the guard, and that of the other program.
            driven.guard._guarding.note_dropped() if dropped else driven.notify(times=2)
            assert driven.step(0.6) == pytest.approx(0.4)
            driven.now -= 0.6
        simulation.profile("sentinel")
        driven.step(1.0)
        assert get("NlMtu") == 1400
        assert driven.unachievable() == []
        assert driven.counts() == (4, 4, 0)
        assert [change.before for (change,) in told] == [1300, 1350, 1350, 1350]


def test_an_attempt_that_fails_makes_no_value_of_another_program_unachievable() -> None:
    """The other program changes the value at once; then the next attempt is refused."""
    with DrivenGuard(WANTED) as driven:
        change(NlMtu=1300)
        simulation.profile("sentinel", mtu_clamped=True)
        clamp_to("Ethernet", 1350)
        driven.step(1.0)
        assert get("NlMtu") == 1350
        simulation.profile("sentinel")
        simulation.fail("SetIpInterfaceEntry", 5)
        driven.notify(times=2)
        driven.step(1.0)
        assert (get("NlMtu"), driven.guard.errors) == (1350, 1)
        driven.step(1.0)
        assert get("NlMtu") == 1400
        assert driven.unachievable() == []


def test_a_value_that_never_sticks_is_unachievable_however_often_windows_notifies() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    with DrivenGuard(want("Ethernet", NlMtu=9000)) as driven:
        for _ in range(10):
            driven.notify(times=2)
            driven.step(1.0)
        assert [each.member for each in driven.unachievable()] == ["NlMtu"]
        assert driven.guard.reverts == 4


def clamp_to(alias: str, mtu: int) -> None:
    """Let the adapter limit NlMtu to *mtu*."""
    document = simulation.dump()
    for adapter in document["adapters"]:
        if adapter["Alias"] == alias:
            adapter["Mtu"] = mtu
    simulation.load(document)


def test_a_value_that_has_become_achievable_is_no_longer_listed() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    with DrivenGuard(want("Ethernet", NlMtu=9000)) as driven:
        driven.step(1.0)
        simulation.profile("sentinel")
        driven.step(1.0)
        assert get("NlMtu") == 1500
        change(NlMtu=1300)
        driven.step(1.0)
        assert get("NlMtu") == 9000
        assert driven.unachievable() == []
        # When that is over, it is reported again.
        simulation.profile("sentinel", mtu_clamped=True)
        change(NlMtu=1300)
        for _ in range(2):
            driven.step(1.0)
        assert driven.unachievable() == [("Ethernet", "ipv4", "NlMtu", 1500, 9000)]
        assert driven.guard.errors == 2


# ---- which adapter


def test_an_entry_that_has_become_ambiguous_does_not_stop_the_others() -> None:
    failed: list[tuple[BaseException, ipif.Change | None]] = []
    wanted = both(want("Wi-Fi*", NlMtu=1300), want("Ethernet", NlMtu=1400))
    with DrivenGuard(wanted, on_error=lambda *given: failed.append(given)) as driven:
        for times in (1, 2):
            simulation.add_interface("Wi-Fi 2")
            for _ in range(3):
                change(NlMtu=1200)
                change("Wi-Fi", NlMtu=1200)
                driven.step(1.0)
                assert (get("NlMtu"), get("NlMtu", "Wi-Fi")) == (1400, 1200)
            error, about = failed[-1]
            assert isinstance(error, ipif.ValidationError)
            assert "interfaces[0].match" in str(error)
            assert about is None
            assert (len(failed), driven.guard.errors) == (times, times)
            simulation.remove_interface("Wi-Fi 2")
            driven.step(1.0)
            assert get("NlMtu", "Wi-Fi") == 1300


def by(**match: Any) -> dict[str, Any]:
    return {"interfaces": [{"match": match, "ipv4": {"NlMtu": 1400}}]}


class Number:
    """A number as numpy has them."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value


def foreign(**members: Any) -> None:
    simulation.add_interface(
        "Foreign", InterfaceGuid="{AAAAAAAA-1111-4222-8333-0123456789AB}", **members
    )


@pytest.mark.parametrize("index", [77, [13, 77], Number(77)], ids=["int", "list", "index"])
def test_by_index_it_follows_the_adapter_that_had_it_first(index: Any) -> None:
    failed: list[tuple[BaseException, ipif.Change | None]] = []
    mine = simulation.add_interface("Tunnel", InterfaceIndex=77)
    other = int(mine) | 0xFFFF << 24
    guid = mine.guid
    document = by(index=index)
    document["interfaces"][0]["expect"] = "some"
    with DrivenGuard(
        MappingProxyType(document), on_error=lambda *given: failed.append(given)
    ) as driven:
        simulation.remove_interface(mine)
        foreign(InterfaceIndex=77, InterfaceLuid=other)
        for _ in range(2):
            driven.step(1.0)
        assert get("NlMtu", "Foreign") == 1500
        ((error, about),) = failed
        assert isinstance(error, ipif.InterfaceNotFound)
        assert "index 77 belongs to another adapter now, 'Foreign'" in str(error)
        assert (error.interface, about) == (77, None)
        assert driven.missing() == (() if isinstance(index, list) else ("interfaces[0]",))
        # It comes back with another index.
        simulation.add_interface(
            "Tunnel", InterfaceIndex=78, InterfaceLuid=int(mine), InterfaceGuid=guid
        )
        driven.step(1.0)
        assert (get("NlMtu", "Tunnel"), get("NlMtu", "Foreign")) == (1400, 1500)
        assert driven.counts() == (1, 1, 1)
        # When that was over, it is said again.
        simulation.remove_interface("Foreign")
        driven.step(1.0)
        foreign(InterfaceIndex=77, InterfaceLuid=other)
        driven.step(1.0)
        assert len(failed) == 2


def test_an_excluded_index_stays_with_its_adapter_too() -> None:
    mine = simulation.add_interface("Tunnel", InterfaceIndex=77)
    match = {"alias": ["Tunnel", "Foreign"], "not": [{"index": 77}]}
    wanted = {"interfaces": [{"match": match, "expect": "any", "ipv4": {"NlMtu": 1400}}]}
    with DrivenGuard(wanted) as driven:
        simulation.remove_interface(mine)
        foreign(InterfaceIndex=77, InterfaceLuid=int(mine) | 0xFFFF << 24)
        driven.step()
        assert get("NlMtu", "Foreign") == 1400
        assert driven.guard.errors == 1


@pytest.mark.parametrize("selector", ["index", "luid", "guid"])
def test_an_adapter_with_the_same_luid_and_another_guid_is_another_one(selector: str) -> None:
    mine = simulation.add_interface("Tunnel", InterfaceIndex=77)
    match = {"index": 77, "luid": mine, "guid": mine.guid}[selector]
    with DrivenGuard(by(**{selector: match})) as driven:
        simulation.remove_interface(mine)
        foreign(InterfaceIndex=77, InterfaceLuid=int(mine))
        driven.step()
        assert get("NlMtu", "Foreign") == 1500
        assert driven.missing() == ("interfaces[0]",)
        assert driven.guard.errors == (0 if selector == "guid" else 1)


def test_an_adapter_with_another_guid_has_counters_of_its_own() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    mine = simulation.add_interface("Tunnel")
    with DrivenGuard(want("Tunnel", NlMtu=9000)) as driven:
        driven.step(1.0)
        assert driven.unachievable() == [("Tunnel", "ipv4", "NlMtu", 1500, 9000)]
        simulation.remove_interface(mine)
        simulation.add_interface(
            "Tunnel",
            Mtu=9000,
            InterfaceLuid=int(mine),
            InterfaceGuid="{AAAAAAAA-1111-4222-8333-0123456789AB}",
        )
        change("Tunnel", NlMtu=1300)
        simulation.fail("SetIpInterfaceEntry", 31)
        assert driven.step() == 1.0
        driven.step(1.0)
        assert driven.row("Tunnel").errors == 1
        assert driven.counts() == (1, 1, 2)
        assert driven.unachievable() == []
        assert get("NlMtu", "Tunnel") == 9000


def test_the_guid_is_compared_before_a_row_is_set() -> None:
    """The adapter is replaced after the guard has looked, and before it sets the row."""
    mine = simulation.add_interface("Tunnel")

    def replace(changes: list[ipif.Change]) -> None:
        simulation.remove_interface(mine)
        foreign(InterfaceLuid=int(mine))

    with DrivenGuard(by(alias="Tunnel"), on_revert=replace) as driven:
        change("Tunnel", NlMtu=1300)
        driven.step()
        driven.step(1.0)
        assert get("NlMtu", "Foreign") == 1500
        assert driven.counts() == (1, 0, 0)


# ---- callbacks and logging


@pytest.mark.parametrize("kind", [ValueError, SystemExit])
def test_a_failing_callback_is_counted_and_the_guard_continues(kind: type[BaseException]) -> None:
    def fail(*given: object) -> None:
        raise kind("no")

    with DrivenGuard(TWO_ROWS, on_revert=fail, on_error=fail) as driven:
        change(NlMtu=1300)
        change("Wi-Fi", NlMtu=1200)
        simulation.fail("SetIpInterfaceEntry", 31)
        with pytest.warns(RuntimeWarning) as caught:
            driven.step()
        assert [str(each.message) for each in caught] == [
            f"on_revert of an ipif.guard raised {kind.__name__}: no",
            f"on_error of an ipif.guard raised {kind.__name__}: no",
            f"on_revert of an ipif.guard raised {kind.__name__}: no",
        ]
        assert driven.counts() == (2, 1, 4)
        assert driven.row().errors == 3
        assert type(driven.guard.last_error) is kind


def test_each_row_that_is_set_again_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "ipif"), DrivenGuard(WANTED) as driven:
        driven.step()
        assert caplog.records == []
        change(NlMtu=1300)
        driven.step()
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("ipif", logging.INFO)
    assert record.getMessage() == "a guard has set again: Ethernet ipv4: NlMtu 1300 -> 1400"
    assert vars(record)["interface"] == "Ethernet"
    assert vars(record)["family"] == "ipv4"
    assert vars(record)["members"] == {"NlMtu": (1300, 1400)}


def test_what_goes_wrong_is_logged_as_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    wanted = both(want("Ethernet", NlMtu=9000), want("Wi-Fi*", NlMtu=1300))
    with caplog.at_level(logging.DEBUG, "ipif"), DrivenGuard(wanted) as driven:
        driven.step(1.0)
        change("Wi-Fi", NlMtu=1200)
        simulation.fail("SetIpInterfaceEntry", 5)
        driven.step()
        simulation.add_interface("Wi-Fi 2")
        driven.step()
        simulation.fail("GetIpInterfaceTable", 8)
        driven.step()
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    unachievable, refused, ambiguous, unlisted = (each.getMessage() for each in caplog.records)
    assert unachievable == "a guard cannot achieve: Ethernet ipv4: NlMtu 1500 -> 9000"
    assert refused.startswith("a guard could not set, next attempt in 1 s ([WinError 5]")
    assert refused.endswith("): Wi-Fi ipv4: NlMtu 1200 -> 1300")
    assert ambiguous.startswith("a guard: interfaces[1].match")
    assert unlisted.startswith("a guard cannot list the interfaces, next attempt in 1 s: [WinError")
    assert vars(caplog.records[1])["members"] == {"NlMtu": (1200, 1300)}


# ---- other changes of the same members


@pytest.mark.parametrize("reverted", [False, True])
def test_a_block_that_ends_while_the_guard_runs_does_not_leave_its_value_to_it(
    reverted: bool,
) -> None:
    block = ipif.changed("Ethernet", "ipv4", NlMtu=1350)
    block.__enter__()
    with DrivenGuard(WANTED) as driven:
        if reverted:
            change(NlMtu=1350)
            driven.step()
        with pytest.warns(ipif.RestoreWarning, match="is 1400 now, not the 1350"):
            block.__exit__(None, None, None)


def test_a_block_around_a_guard_restores_the_first_value() -> None:
    before = rows()
    wanted = want("Ethernet", NlMtu=1400)
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400), DrivenGuard(wanted) as driven:
        change(NlMtu=1300)
        driven.step()
    assert rows() == before


# ---- its thread


def test_the_thread_sets_a_reverted_row_again() -> None:
    told: queue.Queue[list[ipif.Change]] = queue.Queue()
    with ipif.guard(WANTED, on_revert=told.put) as guard:
        change(NlMtu=1300)
        assert told.get(timeout=SOON) == [("Ethernet", "ipv4", "NlMtu", 1300, 1400)]
        eventually(lambda: guard.applied == 1)
        assert get("NlMtu") == 1400
        assert (guard.reverts, guard.errors) == (1, 0)


def test_a_change_without_a_notification_is_noticed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipif._desired.guarding.LOOK_AGAIN", 0.02)
    before = simulation.dump()
    with ipif.guard(WANTED) as guard:
        simulation.load(before)  # without a notification
        eventually(lambda: guard.applied == 1)
        assert get("NlMtu") == 1400


def test_it_acts_in_the_network_compartment_of_its_caller() -> None:
    simulation.add_interface("Container", compartment=2)
    with ipif.compartment(2), ipif.guard(want("Container", NlMtu=1400), interval=0) as guard:
        for count in (1, 2):
            change("Container", NlMtu=1300)
            eventually(lambda count=count: guard.applied == count)  # type: ignore[misc]
        assert get("NlMtu", "Container") == 1400
        assert guard.missing == ()


def test_when_its_compartment_is_gone_it_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone() -> None:
        raise ipif.Error(22, "no such compartment")

    monkeypatch.setattr(guard_module, "in_compartment_of_caller", lambda function: gone)
    with ipif.guard(WANTED) as guard:
        eventually(lambda: guard._loop.finished)
        assert guard.errors == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "a guard has ended" in caplog.text


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


def test_an_error_of_the_thread_itself_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with ipif.guard(WANTED) as guard:
        monkeypatch.setattr(guard._guarding, "_tell", None)
        change(NlMtu=1300)
        eventually(lambda: guard.errors)
        assert isinstance(guard.last_error, TypeError)
        monkeypatch.undo()
        change(NlMtu=1200)
        eventually(lambda: guard.applied)


def once_without_memory(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return *function*, which raises ``MemoryError`` when it is called first."""
    left = [MemoryError()]

    def call(*arguments: Any) -> Any:
        if left:
            raise left.pop()
        return function(*arguments)

    return call


def test_a_lack_of_memory_outside_of_a_step_does_not_end_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = guard_module._Loop
    monkeypatch.setattr(loop, "_wait", once_without_memory(loop._wait))
    monkeypatch.setattr(guard_module, "get_ident", once_without_memory(threading.get_ident))
    monkeypatch.setattr(guard_module, "in_compartment_of_caller", once_without_memory)
    with ipif.guard(WANTED) as guard:
        eventually(lambda: guard.errors == 3)
        assert isinstance(guard.last_error, MemoryError)
        change(NlMtu=1300)
        eventually(lambda: guard.applied == 1)


# ---- its end


def threads() -> list[str]:
    """Return the names of the threads of guards."""
    alive = [thread for thread in threading.enumerate() if thread.is_alive()]
    return [thread.name for thread in alive if thread.name == "ipif.guard"]


def test_closing_again_does_nothing_and_a_closed_guard_is_over() -> None:
    guard = ipif.guard(WANTED)
    guard.close()
    guard.close()
    with pytest.raises(RuntimeError, match="before"):
        guard.__enter__()
    with ipif.guard(WANTED, interval=0) as guard:
        with pytest.raises(RuntimeError, match="before"):
            guard.__enter__()
        change(NlMtu=1300)
        eventually(lambda: guard.applied)  # it still runs
        guard.close()
        change(NlMtu=1300)
        guard.close()
    assert get("NlMtu") == 1300
    eventually(lambda: threads() == [])


def test_closing_waits_for_a_callback_and_no_row_is_set_after_it() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def wait(changes: list[ipif.Change]) -> None:
        entered.set()
        assert go_on.wait(SOON)

    with ipif.guard(WANTED, on_revert=wait) as guard:
        change(NlMtu=1300)
        assert entered.wait(SOON)
        closing = threading.Thread(target=guard.close)
        closing.start()
        eventually(lambda: guard._guarding.over)
        assert closing.is_alive()
        go_on.set()
        closing.join(SOON)
    assert get("NlMtu") == 1300
    assert (guard.reverts, guard.applied) == (1, 0)


def test_a_callback_may_close_it() -> None:
    closed = threading.Event()

    def close(changes: list[ipif.Change]) -> None:
        guard.close()
        closed.set()

    with ipif.guard(WANTED, on_revert=close) as guard:
        change(NlMtu=1300)
        assert closed.wait(SOON)
    assert get("NlMtu") == 1300
    assert (guard.reverts, guard.applied) == (1, 0)


def test_after_a_callback_has_closed_it_no_other_row_is_set() -> None:
    def close(*given: object) -> None:
        driven.guard.close()

    driven = DrivenGuard(TWO_ROWS, on_error=close)
    with driven:
        change(NlMtu=1200)
        change("Wi-Fi", NlMtu=1200)
        simulation.fail("SetIpInterfaceEntry", 31)
        driven.step()
        assert (get("NlMtu"), get("NlMtu", "Wi-Fi")) == (1200, 1200)
        assert driven.counts() == (1, 0, 1)


def test_closing_does_not_wait_for_a_pause_or_the_interval() -> None:
    with ipif.guard(WANTED, interval=3600) as guard:
        change(NlMtu=1300)
        eventually(lambda: guard.applied == 1)
        change(NlMtu=1300)
        closing = threading.Thread(target=guard.close)
        closing.start()
        closing.join(SOON)
        assert not closing.is_alive()
    assert get("NlMtu") == 1300


def test_a_forked_process_has_no_thread_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def wait(changes: list[ipif.Change]) -> None:
        entered.set()
        assert go_on.wait(SOON)

    with ipif.guard(WANTED, on_revert=wait) as guard:
        change(NlMtu=1300)
        assert entered.wait(SOON)
        closing = threading.Thread(target=guard.close)
        with monkeypatch.context() as context:
            context.setattr(guard_module, "getpid", lambda: -1)
            closing.start()
            closing.join(SOON)
            assert not closing.is_alive()
        go_on.set()


def test_a_guard_that_nobody_refers_to_ends(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipif._desired.guarding.LOOK_AGAIN", 0.02)
    guard = ipif.guard(WANTED)
    guard.__enter__()
    assert threads() == ["ipif.guard"]
    del guard
    eventually(lambda: threads() == [])
    assert calls["CancelMibChangeNotify2"] == 1


def test_a_thread_that_cannot_be_started_leaves_nothing_behind(
    calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows()

    def refuse(*given: object, **more: object) -> None:
        raise RuntimeError("can't start new thread")

    for name in ("ipif._core.threads.start_new_thread", "threading.Thread.start"):
        with monkeypatch.context() as context:
            context.setattr(name, refuse)
            with pytest.raises(RuntimeError, match="can't start"), ipif.guard(WANTED):
                pytest.fail("entered")
        assert rows() == before
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 2


def test_an_open_guard_does_not_keep_the_interpreter_alive() -> None:
    code = """
wanted = {"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]}
guard = ipif.guard(wanted)
guard.__enter__()
print("done")
"""
    assert fresh.run(fresh.MACHINE + code).stdout == "done\n"


# ---- with asyncio


def test_with_asyncio_the_callback_may_wait_for_the_loop() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        seen = []

        async def note(changes: list[ipif.Change]) -> None:
            seen.append(changes)

        def on_revert(changes: list[ipif.Change]) -> None:
            asyncio.run_coroutine_threadsafe(note(changes), loop).result(30)

        async with ipif.guard(WANTED, on_revert=on_revert, interval=0) as guard:
            change(NlMtu=1300)
            while not guard.reverts:
                await asyncio.sleep(0.001)
        assert len(seen) == 1
        assert guard._loop.finished

    asyncio.run(work())


def test_a_task_that_is_cancelled_is_cancelled_when_the_guard_has_ended() -> None:
    async def work() -> None:
        entered, go_on = threading.Event(), threading.Event()

        def wait(changes: list[ipif.Change]) -> None:
            entered.set()
            assert go_on.wait(SOON)

        guard = ipif.guard(WANTED, on_revert=wait)

        async def block() -> None:
            async with guard:
                change(NlMtu=1300)
                while not entered.is_set():
                    await asyncio.sleep(0.001)

        task = asyncio.create_task(block())
        while not guard._guarding.over:
            await asyncio.sleep(0.001)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0.001)
            assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert guard._loop.finished
        assert get("NlMtu") == 1300

    asyncio.run(work())


def test_it_can_be_in_an_exit_stack() -> None:
    async def work() -> None:
        async with contextlib.AsyncExitStack() as stack:
            guard = await stack.enter_async_context(ipif.guard(WANTED))
        assert guard._loop.finished

    asyncio.run(work())
    with contextlib.ExitStack() as stack:
        guard = stack.enter_context(ipif.guard(WANTED))
    assert guard._loop.finished


@pytest.mark.parametrize("name", ["on_revert", "on_error"])
@pytest.mark.parametrize("callback", ["x", 5, [print]])
def test_a_callback_that_is_no_function_is_refused(name: str, callback: Any) -> None:
    with pytest.raises(ipif.ValidationError, match=f"{name} = "):
        ipif.guard(want("Ethernet", NlMtu=1400), **{name: callback})
