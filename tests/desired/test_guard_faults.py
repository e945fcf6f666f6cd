"""What a guard leaves behind when calls fail on entry, and that it survives when they fail later.

Each function that it calls fails with each code: once, twice or always.
"""

from typing import Any

import pytest
from support.driven import DrivenGuard
from support.machine import Calls, control
from support.rows import get, rows

import ipif
from ipif import simulation

FUNCTIONS = [
    "GetIpInterfaceEntry",
    "SetIpInterfaceEntry",
    "ConvertInterfaceLuidToGuid",
    "GetIpInterfaceTable",
    "GetIfTable2Ex",
]
# 2 and 1168 say that a row or an adapter is not there.
CODES = [5, 2, 87, 1168, 8, 31]
TIMES = {"once": 1, "twice": 2, "always": 100_000}
WANTED: dict[tuple[str, str], dict[str, Any]] = {
    ("Ethernet", "ipv4"): {"Metric": 10, "NlMtu": 1400},
    ("Ethernet", "ipv6"): {"DadTransmits": 0},
    ("Wi-Fi", "ipv4"): {"Metric": 40},
    ("HMA VPN", "ipv4"): {"WeakHostSend": True, "ForwardingEnabled": True},
}
DESIRED = {
    "interfaces": [
        {"match": {"alias": alias}, family: members} for (alias, family), members in WANTED.items()
    ]
}

each_function = pytest.mark.parametrize("function", FUNCTIONS)
any_code = pytest.mark.parametrize("code", CODES)
any_times = pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)


def reached() -> list[tuple[str, str]]:
    """Return the rows that have all wanted values."""
    return [
        (alias, family)
        for (alias, family), members in WANTED.items()
        if all(get(name, alias, family) == value for name, value in members.items())
    ]


def revert_all() -> None:
    """Change every wanted member, as other programs do."""
    for (alias, family), members in WANTED.items():
        others = {
            name: value + 1 if type(value) is int else not value for name, value in members.items()
        }
        ipif.update_interface(alias, family, **others)  # type: ignore[call-overload]


def step_for(driven: DrivenGuard, seconds: float) -> None:
    """Take every step that is due within so many seconds."""
    end = driven.now + seconds
    pause = driven.step()
    while driven.now + pause <= end:
        pause = driven.step(pause)


@each_function
@any_code
@any_times
def test_when_calls_fail_on_entry_nothing_has_changed(
    function: str, code: int, times: int, calls: Calls
) -> None:
    before = rows()
    simulation.fail(function, code, times)
    # Windows answers 1168 when a table would be empty, and 87 when it does not know a level: then
    # another one is asked for.
    if (function, code) == ("GetIpInterfaceTable", 1168) or (
        (function, code, times) == ("GetIfTable2Ex", 87, 1)
    ):
        with DrivenGuard(DESIRED) as driven:
            control().clear_faults()
            driven.step()
            assert reached() == list(WANTED)
        return
    with pytest.raises(ipif.Error) as caught, DrivenGuard(DESIRED):
        pytest.fail("entered")
    assert (caught.value.winerror, caught.value.function) == (code, function)
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 1
    control().clear_faults()
    assert rows() == before


@pytest.mark.parametrize("after", range(len(WANTED)))
@any_code
def test_when_one_row_cannot_be_set_on_entry_the_others_are_rolled_back(
    after: int, code: int
) -> None:
    before = rows()
    simulation.fail("SetIpInterfaceEntry", code, after=after)
    with pytest.raises(ipif.ApplyError), DrivenGuard(DESIRED):
        pytest.fail("entered")
    assert rows() == before


@each_function
@any_code
@any_times
def test_when_calls_fail_later_it_goes_on_and_every_row_is_set_in_the_end(
    function: str, code: int, times: int
) -> None:
    with DrivenGuard(DESIRED) as driven:
        revert_all()
        assert reached() == []
        simulation.fail(function, code, times)
        step_for(driven, 300)
        if times < 100:
            assert reached() == list(WANTED)
        errors = driven.guard.errors
        control().clear_faults()
        step_for(driven, 60)
        assert reached() == list(WANTED)
        assert driven.guard.errors == errors
        assert driven.guard.reverts == len(WANTED)
        # No row has been tried more often than the pauses allow: at 0, 1, 3, 7 ... 63, 123 ... s.
        assert errors <= 11 * len(WANTED)
        # Nothing of the failures remains.
        revert_all()
        step_for(driven, 1)
        assert reached() == list(WANTED)


@pytest.mark.parametrize("function", ["GetIpInterfaceEntry", "SetIpInterfaceEntry"])
@pytest.mark.parametrize("after", range(len(WANTED)))
@any_code
def test_when_one_row_fails_the_others_are_set_at_once(
    function: str, after: int, code: int
) -> None:
    with DrivenGuard(DESIRED) as driven:
        revert_all()
        simulation.fail(function, code, after=after)
        driven.step()
        missed = [row for row in WANTED if row not in reached()]
        assert len(missed) <= 1
        assert function == "GetIpInterfaceEntry" or missed == [list(WANTED)[after]]
        for row in missed:
            known = driven.guard.rows[row]
            assert known.applied == 0
            # A row that is not there may be gone for good, which the next attempt shows.
            assert known.errors == (0 if code in (2, 1168) else 1)
        driven.step(1.0)
        assert reached() == list(WANTED)
