"""plan(): many interfaces as a document wants them, all or none, and back again."""

import asyncio
import copy
import threading
import uuid
from typing import Any

import pytest
from support import fresh
from support.eventually import eventually
from support.ids import in_order
from support.machine import Calls
from support.rows import get, rows

import ipif
from ipif import simulation

TEREDO = "Teredo Tunneling Pseudo-Interface"
LOOPBACK = "Loopback Pseudo-Interface 1"
ETHERNET = 0x0006_0080_0100_0000
GUID = "{0000000D-1111-4222-8333-0123456789AB}"
WIFI = {"Wi-Fi", "Local Area Connection* 1", "Local Area Connection* 2"}
EVERYBODY = {"alias": "*"}

FIVE_ROWS = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"Metric": 10, "NlMtu": 1400}},
        {"match": {"alias": "Ethernet"}, "ipv6": {"Metric": 11, "DadTransmits": 0}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"Metric": 50}, "ipv6": {"NlMtu": 1300}},
        {"match": {"type": "virtual", "connected": True}, "ipv4": {"WeakHostSend": True}},
    ]
}


def want(match: Any = None, expect: Any = None, **sections: Any) -> dict[str, Any]:
    """Return a document of one entry."""
    entry = {"match": {"alias": "Ethernet"} if match is None else match, **sections}
    if expect is not None:
        entry["expect"] = expect
    return {"interfaces": [entry]}


def problems_of(desired: Any) -> dict[str, str]:
    """Return the problems of a document by their places; nothing may have been set."""
    before = rows()
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.plan(desired)
    assert rows() == before
    return {
        problem.member: f"{problem.rule}; {problem.advice}" for problem in caught.value.problems
    }


def selected(match: Any) -> set[str]:
    """Return the interfaces that *match* finds."""
    section = {"DadTransmits": 77, "when_bound": True}
    desired = want(match, "any", ipv4=section, ipv6=section)
    return {change.interface for change in ipif.plan(desired).changes}


# ---- what a plan says


def test_the_changes_are_in_the_plan_and_nothing_is_set(calls: Calls) -> None:
    plan = ipif.plan(FIVE_ROWS)
    assert plan.changes == [
        ("Ethernet", "ipv4", "UseAutomaticMetric", True, False),
        ("Ethernet", "ipv4", "Metric", 25, 10),
        ("Ethernet", "ipv4", "NlMtu", 1500, 1400),
        ("Ethernet", "ipv6", "UseAutomaticMetric", True, False),
        ("Ethernet", "ipv6", "DadTransmits", 1, 0),
        ("Ethernet", "ipv6", "Metric", 25, 11),
        ("Wi-Fi", "ipv4", "UseAutomaticMetric", True, False),
        ("Wi-Fi", "ipv6", "NlMtu", 1492, 1300),
        ("HMA VPN", "ipv4", "WeakHostSend", False, True),
    ]
    assert plan
    assert plan.state == "planned"
    assert calls["SetIpInterfaceEntry"] == 0
    assert str(plan).splitlines()[1] == "Ethernet ipv4 Metric: 25 -> 10"


def test_a_change_has_names_too_and_unpacks() -> None:
    change = ipif.plan(want(ipv4={"NlMtu": 1400})).changes[0]
    interface, family, member, before, after = change
    assert (interface, change.interface) == ("Ethernet", "Ethernet")
    assert (family, change.family) == ("ipv4", "ipv4")
    assert (member, change.member) == ("NlMtu", "NlMtu")
    assert (before, change.before, after, change.after) == (1500, 1500, 1400, 1400)
    assert change.luid == ETHERNET
    assert isinstance(change.luid, ipif.Luid)
    assert copy.copy(change) == change
    assert copy.deepcopy(change).luid == ETHERNET


@pytest.mark.parametrize("section", [{"NlMtu": 1500}, {"SitePrefixLength": 0}, {}])
def test_a_plan_without_changes_is_false_and_does_nothing(section: Any, calls: Calls) -> None:
    plan = ipif.plan(want(ipv4=section))
    assert not plan
    assert plan.changes == plan.apply() == plan.revert() == []
    assert str(plan) == "nothing to change"
    assert calls["SetIpInterfaceEntry"] == 0


def test_selected_has_every_row_of_the_document_and_what_it_wants_there() -> None:
    current = ipif.get_interface("Ethernet", "ipv4")
    wanted = {"NlMtu": current["NlMtu"], "Metric": 7}
    plan = ipif.plan(want(ipv4=wanted, ipv6={}))
    assert plan.selected == [
        (current, {**wanted, "UseAutomaticMetric": False}),
        (ipif.get_interface("Ethernet", "ipv6"), {}),
    ]
    plan.selected[0][1].clear()
    assert len(plan.apply()) == 2
    assert plan.selected[0][0] == current
    assert ipif.plan(want({"alias": "nobody"}, "any", ipv4={})).selected == []


def test_nothing_wanted_is_a_plan_too() -> None:
    assert not ipif.plan({"interfaces": []})


def test_zero_and_false_are_values_like_any_other() -> None:
    wanted = {"Metric": 0, "DadTransmits": 0, "UseNeighborUnreachabilityDetection": False}
    ipif.plan(want(ipv4=wanted)).apply()
    row: dict[str, Any] = {**ipif.get_interface("Ethernet", "ipv4")}
    assert {name: row[name] for name in wanted} == wanted
    assert row["UseAutomaticMetric"] is False
    assert not ipif.plan(want(ipv4=wanted))


@pytest.mark.parametrize("value", ["Disabled", "disabled", 0, ipif.RouterDiscoveryBehavior(0)])
def test_enumerators_may_be_named(value: Any) -> None:
    plan = ipif.plan(want(ipv4={"RouterDiscoveryBehavior": value}))
    assert plan.changes == [("Ethernet", "ipv4", "RouterDiscoveryBehavior", 2, 0)]


def test_lists_are_good_for_zone_indices() -> None:
    zones = list(get("ZoneIndices", family="ipv6"))
    assert not ipif.plan(want(ipv6={"ZoneIndices": zones}))
    zones[5] += 1
    ipif.plan(want(ipv6={"ZoneIndices": zones})).apply()
    assert get("ZoneIndices", family="ipv6") == tuple(zones)


def test_the_document_is_not_changed_and_not_needed_any_more() -> None:
    desired = copy.deepcopy(FIVE_ROWS)
    plan = ipif.plan(desired)
    assert desired == FIVE_ROWS
    desired["interfaces"].clear()
    plan.apply()
    assert not ipif.plan(FIVE_ROWS)


def test_entries_may_be_about_the_same_row_when_they_agree() -> None:
    desired = want(EVERYBODY, "some", ipv6={"DadTransmits": 5, "when_bound": True})
    desired["interfaces"] += want(ipv6={"DadTransmits": 5, "Metric": 3})["interfaces"]
    desired["interfaces"] += want(ipv6={"UseAutomaticMetric": False})["interfaces"]
    changes = [change for change in ipif.plan(desired).changes if change.interface == "Ethernet"]
    assert [change.member for change in changes] == ["UseAutomaticMetric", "DadTransmits", "Metric"]


# ---- selectors


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"alias": "Ethernet"}, {"Ethernet"}),
        ({"alias": "ETHERNET"}, {"Ethernet"}),
        ({"alias": "eth*"}, {"Ethernet"}),
        ({"alias": "?????net"}, {"Ethernet"}),
        ({"alias": "[ew]*"}, {"Ethernet", "Wi-Fi"}),
        ({"alias": "Local Area Connection* 1"}, {"Local Area Connection* 1"}),
        ({"alias": "Local Area Connection*"}, WIFI - {"Wi-Fi"}),
        ({"alias": "*-WFP *"}, set()),
        ({"luid": ETHERNET}, {"Ethernet"}),
        ({"luid": ipif.Luid(ETHERNET)}, {"Ethernet"}),
        ({"guid": GUID}, {"Ethernet"}),
        ({"guid": GUID.lower()[1:-1]}, {"Ethernet"}),
        ({"guid": uuid.UUID(GUID)}, {"Ethernet"}),
        ({"index": 13}, {"Ethernet"}),
        ({"index": 4711}, set()),
        ({"type": 71}, WIFI),
        ({"type": "wifi"}, WIFI),
        ({"type": "WiFi", "connected": True}, {"Wi-Fi"}),
        ({"type": "wifi", "connected": False}, WIFI - {"Wi-Fi"}),
        ({"type": "loopback"}, {LOOPBACK}),
        ({"type": "tunnel"}, {TEREDO}),
        ({"type": "ppp"}, set()),
        ({"description": "*wintun*", "connected": True}, {"HMA VPN"}),
        ({"description": "Intel(R) Wi-Fi 6 AX201 160MHz"}, {"Wi-Fi"}),
        ({"alias": "Ethernet", "index": 17}, set()),
    ],
    ids=in_order,
)
def test_a_selector_finds(match: Any, found: set[str]) -> None:
    assert selected(match) == found


def test_all_adapters_with_a_row_are_found_by_a_star_and_no_filter_modules() -> None:
    found = selected(EVERYBODY)
    assert found == {ipif.Luid(row["InterfaceLuid"]).alias for row in ipif.list_interfaces()}
    assert len(found) < len(ipif.list_adapters())


def test_an_alias_that_equals_the_pattern_is_meant_by_it() -> None:
    assert selected({"alias": "Ethernet [2]"}) == set()
    simulation.add_interface("Ethernet 2")
    assert selected({"alias": "Ethernet [2]"}) == {"Ethernet 2"}
    simulation.add_interface("ETHERNET [2]")
    assert selected({"alias": "Ethernet [2]"}) == {"ETHERNET [2]"}


@pytest.mark.parametrize(
    ("expect", "count", "good"),
    [
        (None, 0, False),
        (None, 1, True),
        (None, 2, False),
        ("one", 0, False),
        ("one", 1, True),
        ("one", 2, False),
        ("some", 0, False),
        ("some", 1, True),
        ("some", 2, True),
        ("any", 0, True),
        ("any", 1, True),
        ("any", 2, True),
    ],
)
def test_expect_limits_how_many_interfaces_match(expect: Any, count: int, good: bool) -> None:
    match = {"alias": ["nobody", "Wi-Fi", "Local*"][count]}
    desired = want(match, expect, ipv4={"DadTransmits": 7})
    if good:
        assert len(ipif.plan(desired).changes) == count
    else:
        assert list(problems_of(desired)) == ["interfaces[0].match"]


def test_a_family_that_is_missing_is_an_error_or_skipped() -> None:
    wanted = {"DadTransmits": 7}
    match = {"alias": TEREDO}
    assert "no row" in problems_of(want(match, ipv4=wanted, ipv6=wanted))["interfaces[0].ipv4"]
    plan = ipif.plan(want(match, ipv4={**wanted, "when_bound": True}, ipv6=wanted))
    assert [change.family for change in plan.changes] == ["ipv6"]
    assert problems_of(want(match, ipv4={**wanted, "when_bound": False})).keys()


def test_without_any_row_nothing_is_found() -> None:
    document = simulation.dump()
    simulation.load({**document, "interfaces": []})
    assert not ipif.plan(want(EVERYBODY, "any", ipv4={"NlMtu": 1400}))


# ---- bad documents


@pytest.mark.parametrize(
    ("desired", "places"),
    [
        (None, {"desired"}),
        ([], {"desired"}),
        ({}, {"interfaces"}),
        ({"interfaces": {}}, {"interfaces"}),
        ({"interfaces": [], "interface": []}, {"interface"}),
        ({"interfaces": [3]}, {"interfaces[0]"}),
        (want({}, ipv4={}), {"interfaces[0].match"}),
        ({"interfaces": [{"ipv4": {}}]}, {"interfaces[0].match"}),
        (want(), {"interfaces[0]"}),
        (want(ipv4=3), {"interfaces[0].ipv4"}),
        (want(ipv4=None), {"interfaces[0].ipv4"}),
        (want(ipv5={}, ipv4={}), {"interfaces[0].ipv5"}),
        (want(expect="two", ipv4={}), {"interfaces[0].expect"}),
        (want(expect=1, ipv4={}), {"interfaces[0].expect"}),
        (want(expect=["one"], ipv4={}), {"interfaces[0].expect"}),
        (want(ipv4={"when_bound": 1}), {"interfaces[0].ipv4.when_bound"}),
        (want({"allias": "x"}, ipv4={}), {"interfaces[0].match.allias"}),
        (want({3: "x"}, ipv4={}), {"interfaces[0].match.3"}),
        *(
            (want({name: value}, ipv4={}), {f"interfaces[0].match.{name}"})
            for name, value in [
                ("alias", ""),
                ("alias", 3),
                ("luid", 0),
                ("luid", "x"),
                ("luid", True),
                ("luid", 2**64),
                ("guid", "x"),
                ("guid", 3),
                ("index", -1),
                ("index", 2**32),
                ("type", "token ring"),
                ("type", []),
                ("description", None),
                ("connected", 1),
            ]
        ),
        (want(ipv4={"NlMtu": None}), {"interfaces[0].ipv4.NlMtu"}),
        (want(ipv4={"NlMtu": 0}), {"interfaces[0].ipv4.NlMtu"}),
        (want(ipv4={"NlMtu": "1400"}), {"interfaces[0].ipv4.NlMtu"}),
        (want(ipv4={"NlMtu": 1400.0}), {"interfaces[0].ipv4.NlMtu"}),
        (want(ipv4={"Connected": True}), {"interfaces[0].ipv4.Connected"}),
        (want(ipv4={"Family": "ipv4"}), {"interfaces[0].ipv4.Family"}),
        (want(ipv4={"SitePrefixLength": 64}), {"interfaces[0].ipv4.SitePrefixLength"}),
        (want(ipv4={"Metric": 1, "UseAutomaticMetric": True}), {"interfaces[0].ipv4.Metric"}),
        *(
            (want(ipv6={name: value}), {f"interfaces[0].ipv6.{name}"})
            for name in ("RouterDiscoveryBehavior", "LinkLocalAddressBehavior")
            for value in ("Disbled", "Unchanged", -1, 3, True)
        ),
        (want(ipv6={"ZoneIndices": [0] * 15}), {"interfaces[0].ipv6.ZoneIndices"}),
        (want(ipv6={"ZoneIndices": [-1] + [0] * 15}), {"interfaces[0].ipv6.ZoneIndices[0]"}),
        (want({"type": "loopback"}, ipv4={"NlMtu": 1500}), {"interfaces[0].ipv4.NlMtu"}),
    ],
    ids=lambda value: in_order(value)[:60],
)
def test_a_problem_names_its_place(desired: Any, places: set[str]) -> None:
    assert problems_of(desired).keys() == places


def test_every_problem_is_reported_at_once() -> None:
    desired = {
        "interface": [],
        "interfaces": [
            {"match": {"alias": "Ethernt"}, "ipv4": {"Mtu": 1}},
            {"match": EVERYBODY, "ipv4": {"DadTransmits": 1}},
            {"match": {"index": 13}, "ipv6": {"NlMtu": 1, "Connected": True}},
            {"match": {"index": 13}, "ipv6": {"Metric": 5, "DadTransmits": 3}},
            {"match": {"alias": "eth*"}, "ipv6": {"UseAutomaticMetric": True, "DadTransmits": 4}},
            {"match": {"alias": TEREDO}, "ipv4": {"NlMtu": 1400}},
        ],
    }
    found = problems_of(desired)
    assert found.keys() == {
        "interface",
        "interfaces[0].ipv4.Mtu",
        "interfaces[0].match",
        "interfaces[1].match",
        "interfaces[2].ipv6.NlMtu",
        "interfaces[2].ipv6.Connected",
        "interfaces[4].ipv6.UseAutomaticMetric",
        "interfaces[4].ipv6.DadTransmits",
        "interfaces[5].ipv4",
    }
    assert "did you mean interfaces?" in found["interface"]
    assert "did you mean NlMtu?" in found["interfaces[0].ipv4.Mtu"]
    assert "did you mean 'Ethernet'?" in found["interfaces[0].match"]
    assert "interfaces[3].ipv6.Metric" in found["interfaces[4].ipv6.UseAutomaticMetric"]


def test_a_metric_contradicts_an_automatic_one_in_either_order() -> None:
    desired = want(ipv4={"UseAutomaticMetric": True})
    desired["interfaces"] += want({"index": 13}, ipv4={"Metric": 5})["interfaces"]
    found = problems_of(desired)
    assert "turns UseAutomaticMetric off" in found["interfaces[1].ipv4.Metric"]


def test_a_failing_list_is_an_error_of_windows() -> None:
    for function in ("GetIpInterfaceTable", "GetIfTable2Ex"):
        simulation.fail(function, 8)
        with pytest.raises(ipif.Error) as caught:
            ipif.plan(FIVE_ROWS)
        assert caught.value.winerror == 8


# ---- applying


def test_each_row_is_set_once_and_only_if_it_differs(calls: Calls) -> None:
    plan = ipif.plan(FIVE_ROWS)
    assert plan.apply() == plan.changes
    assert calls["SetIpInterfaceEntry"] == 5
    assert plan.state == "applied"
    again = ipif.plan(FIVE_ROWS)
    assert not again
    assert again.apply(verify=True) == []
    assert calls["SetIpInterfaceEntry"] == 5


def test_a_plan_that_has_grown_old_reads_again(calls: Calls) -> None:
    plan = ipif.plan(FIVE_ROWS)
    ipif.update_interface("Ethernet", "ipv6", Metric=11, DadTransmits=0)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    sets = calls["SetIpInterfaceEntry"]
    made = plan.apply()
    assert calls["SetIpInterfaceEntry"] == sets + 4
    assert ("Ethernet", "ipv4", "NlMtu", 1300, 1400) in made
    plan.revert()
    assert (get("NlMtu"), get("Metric", family="ipv6")) == (1300, 11)


def test_a_plan_is_applied_once() -> None:
    plan = ipif.plan(FIVE_ROWS)
    plan.apply()
    with pytest.raises(RuntimeError, match="already"):
        plan.apply()
    plan.confirm()
    with pytest.raises(RuntimeError, match="already"):
        plan.apply()
    plan.revert()
    assert plan.apply()


def test_verify_finds_a_value_that_windows_has_altered() -> None:
    simulation.profile("sentinel", mtu_clamped=True)
    before = rows()
    desired = want(ipv4={"Metric": 3, "NlMtu": 9000})
    desired["interfaces"].insert(0, want(ipv6={"Metric": 3})["interfaces"][0])
    with pytest.raises(ipif.ApplyError, match="NlMtu 9000 and shows 1500") as caught:
        ipif.plan(desired).apply(verify=True)
    assert rows() == before
    error = caught.value
    assert (error.winerror, error.__cause__, error.not_rolled_back) == (None, None, [])
    assert ("Ethernet", "ipv6", "Metric", 25, 3) in error.rolled_back
    assert error.done == error.rolled_back
    assert ipif.plan(desired).apply()
    assert get("NlMtu") == 1500


def test_verify_wants_no_number_of_an_automatic_metric() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=3)
    assert len(ipif.plan(want(ipv4={"UseAutomaticMetric": True})).apply(verify=True)) == 2


def test_who_is_not_elevated_gets_the_failing_call_as_the_cause() -> None:
    simulation.elevated(False)
    plan = ipif.plan(FIVE_ROWS)
    with pytest.raises(ipif.ApplyError, match="nothing was changed") as caught:
        plan.apply()
    error = caught.value
    assert isinstance(error.__cause__, ipif.AccessDenied)
    assert (error.winerror, error.function) == (5, "SetIpInterfaceEntry")
    assert "elevated" in error.hint
    assert plan.state == "planned"
    simulation.elevated(True)
    assert plan.apply()


def test_a_value_that_came_in_meanwhile_and_could_not_be_rolled_back(calls: Calls) -> None:
    plan = ipif.plan(want({"alias": "HMA VPN"}, ipv4={"NlMtu": 1400}))
    document = simulation.dump()
    for row in document["interfaces"]:
        row["NlMtu"] = 2**32 - 1
    simulation.load(document)
    with pytest.raises(ipif.ValidationError, match="could not be rolled back"):
        plan.apply()
    assert calls["SetIpInterfaceEntry"] == 0


# ---- reverting


def test_revert_restores_everything_exactly() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    made = plan.apply()
    assert sorted(plan.revert()) == sorted(change.reversed() for change in made)
    assert rows() == before
    assert plan.state == "reverted"
    assert plan.revert() == []
    assert bool(ipif.plan(FIVE_ROWS))


def test_revert_keeps_changes_of_other_programs() -> None:
    plan = ipif.plan(FIVE_ROWS)
    plan.apply()
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    with pytest.warns(ipif.RestoreWarning, match="Ethernet ipv4: NlMtu is 1300 now") as caught:
        plan.revert()
    assert caught[0].filename == __file__
    assert (get("NlMtu"), get("Metric")) == (1300, 25)


def test_an_interface_that_goes_between_plan_and_apply() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    simulation.remove_interface("HMA VPN")
    with pytest.raises(ipif.ApplyError, match="nothing was changed") as caught:
        plan.apply()
    assert isinstance(caught.value.__cause__, ipif.InterfaceNotFound)
    assert [row for row in before if row["InterfaceIndex"] != 16] == rows()


def test_a_family_that_goes_between_apply_and_revert() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    plan.apply()
    simulation.unbind("Ethernet", "ipv6")
    simulation.remove_interface("HMA VPN")
    assert {change.interface for change in plan.revert()} == {"Ethernet", "Wi-Fi"}
    gone = [row for row in before if row not in rows()]
    assert {(row["InterfaceIndex"], row["Family"]) for row in gone} == {
        (13, "ipv6"),
        (16, "ipv4"),
        (16, "ipv6"),
    }


def test_a_revert_that_fails_can_be_tried_again() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    plan.apply()
    simulation.fail("SetIpInterfaceEntry", 5, times=2, after=1)
    with pytest.raises(ipif.ApplyError) as caught:
        plan.revert()
    assert {change[:2] for change in caught.value.not_rolled_back} == {
        ("Wi-Fi", "ipv6"),
        ("Wi-Fi", "ipv4"),
    }
    assert plan.state == "applied"
    plan.revert()
    assert rows() == before


# ---- confirming


def test_without_a_confirmation_everything_is_reverted() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    assert plan.apply(confirm_within=0.05)
    eventually(lambda: plan.state == "reverted")
    assert rows() == before
    with pytest.raises(TimeoutError, match=r"not confirmed within 0\.05 s, so it was reverted"):
        plan.confirm()
    assert plan.revert() == []


def test_confirmed_changes_stay() -> None:
    plan = ipif.plan(FIVE_ROWS)
    plan.apply(confirm_within=3600)
    plan.confirm()
    plan.confirm()
    assert plan.state == "confirmed"
    eventually(lambda: "ipif.confirm" not in [thread.name for thread in threading.enumerate()])
    assert not ipif.plan(FIVE_ROWS)
    plan.revert()
    assert get("Metric") == 25


def test_a_revert_before_the_time_ends_the_waiting() -> None:
    plan = ipif.plan(FIVE_ROWS)
    plan.apply(confirm_within=3600)
    plan.revert()
    eventually(lambda: "ipif.confirm" not in [thread.name for thread in threading.enumerate()])
    with pytest.raises(RuntimeError, match="reverted"):
        plan.confirm()


def test_a_failing_apply_leaves_no_timer_running() -> None:
    simulation.elevated(False)
    with pytest.raises(ipif.ApplyError):
        ipif.plan(FIVE_ROWS).apply(confirm_within=3600)
    eventually(lambda: "ipif.confirm" not in [thread.name for thread in threading.enumerate()])


def test_the_revert_survives_the_calling_thread() -> None:
    before = rows()
    plan = ipif.plan(FIVE_ROWS)
    thread = threading.Thread(
        target=plan.apply, kwargs={"confirm_within": 0.1, "verify": True}, daemon=True
    )
    thread.start()
    thread.join()
    assert plan.state in ("applied", "reverted")
    eventually(lambda: plan.state == "reverted")
    assert rows() == before


def test_the_interpreter_waits_for_the_revert() -> None:
    code = """
import atexit
def end():
    value = ipif.get_interface("Ethernet", "ipv4")["NlMtu"]
    print(value, control.calls("SetIpInterfaceEntry") - before, flush=True)
atexit.register(end)
before = control.calls("SetIpInterfaceEntry")
plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]})
[change] = plan.apply(confirm_within=0.3)
print(change.after, flush=True)
raise SystemExit(0)
"""
    assert fresh.run(fresh.MACHINE + code).stdout.split() == ["1400", "1500", "2"]


def test_nothing_can_be_confirmed_that_was_not_applied() -> None:
    with pytest.raises(RuntimeError, match="planned"):
        ipif.plan(FIVE_ROWS).confirm()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "1", True])
def test_a_time_that_cannot_be_waited_for_is_refused(seconds: Any, calls: Calls) -> None:
    plan = ipif.plan(FIVE_ROWS)
    with pytest.raises((TypeError, ValueError), match="confirm_within"):
        plan.apply(confirm_within=seconds)
    assert calls["SetIpInterfaceEntry"] == 0


def test_the_journal_lasts_until_the_confirmation_or_the_revert(tmp_path: Any) -> None:
    path = tmp_path / "journal"
    plan = ipif.plan(FIVE_ROWS)
    plan.apply(journal=path)
    assert path.exists()
    plan.confirm()
    assert not path.exists()
    plan.revert()
    ipif.plan(want(ipv4={"NlMtu": 1500})).apply(journal=path)  # nothing to change
    assert not path.exists()
    plan.apply(journal=path, confirm_within=0.05)
    eventually(lambda: plan.state == "reverted")
    assert not path.exists()


def test_the_interpreter_waits_a_bounded_time_for_a_revert_that_keeps_failing() -> None:
    code = """
import logging
from ipif._desired import deadline
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
deadline.AT_EXIT, deadline.FIRST_PAUSE = 0.3, 0.1
plan = ipif.plan({"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}}]})
ipif.simulation.fail("SetIpInterfaceEntry", 31, times=1000, after=1)
plan.apply(confirm_within=0.1)
"""
    said = fresh.run(fresh.MACHINE + code).stdout
    assert "WARNING not everything was reverted; next attempt in 0.1 s" in said
    assert said.splitlines()[-1] == (
        "ERROR not everything was reverted, and this was the last attempt"
    )


# ---- with asyncio


def test_an_asynchronous_block_applies_and_reverts() -> None:
    before = rows()

    async def work() -> ipif.Plan:
        async with ipif.plan(FIVE_ROWS) as plan:
            await asyncio.sleep(0)
            assert plan.state == "applied"
            assert get("NlMtu") == 1400
        return plan

    assert asyncio.run(work()).state == "reverted"
    assert rows() == before


def test_an_asynchronous_block_keeps_what_was_confirmed() -> None:
    async def work() -> ipif.Plan:
        async with ipif.plan(FIVE_ROWS) as plan:
            plan.confirm()
        return plan

    assert asyncio.run(work()).state == "confirmed"
    assert get("NlMtu") == 1400


def test_an_asynchronous_block_that_raises_or_is_cancelled_reverts() -> None:
    before = rows()

    async def fail() -> None:
        async with ipif.plan(FIVE_ROWS):
            raise LookupError

    async def wait() -> None:
        async with ipif.plan(FIVE_ROWS):
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


def test_an_asynchronous_block_whose_entry_fails_changes_nothing() -> None:
    before = rows()

    async def work() -> None:
        async with ipif.plan(FIVE_ROWS):
            pytest.fail("the block is not entered")

    simulation.fail("SetIpInterfaceEntry", 5, after=2)
    with pytest.raises(ipif.ApplyError):
        asyncio.run(work())
    assert rows() == before


def test_an_applied_plan_is_no_block_and_stays_applied() -> None:
    plan = ipif.plan(want(ipv4={"NlMtu": 1400}))
    plan.apply()

    async def again() -> None:
        async with plan:
            pytest.fail("entered")

    def enter() -> None:
        with plan:
            pytest.fail("entered")

    for attempt in (enter, lambda: asyncio.run(again())):
        with pytest.raises(RuntimeError, match="already applied"):
            attempt()
        assert (plan.state, get("NlMtu")) == ("applied", 1400)
    plan.revert()
    assert get("NlMtu") == 1500


def test_a_revert_acts_in_the_network_compartment_of_the_plan() -> None:
    simulation.add_interface("Container", compartment=2)
    with ipif.compartment(2):
        plan = ipif.plan(want(match={"alias": "Container"}, ipv4={"NlMtu": 1400}))
        plan.apply()
    assert [change.member for change in plan.revert()] == ["NlMtu"]
    with ipif.compartment(2):
        assert get("NlMtu", "Container") == 1500
