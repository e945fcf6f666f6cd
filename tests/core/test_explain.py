"""explain_route: every route that leads to a destination, and why it is not taken."""

import copy
import pickle
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import simulation


def reasons(destination: str, **options: Any) -> list[tuple[bool, str, str | None, str]]:
    return [
        (one.chosen, str(one.route["DestinationPrefix"]), one.alias, one.reason)
        for one in ipif.explain_route(destination, **options)
    ]


def change(index: int, section: str = "interfaces", **members: Any) -> None:
    """Change rows of the machine that have the *index*."""
    document = simulation.dump()
    for row in document[section]:
        if row["InterfaceIndex"] == index:
            row.update(members)
    simulation.load(document)


def test_of_routes_with_one_prefix_the_higher_metric_loses() -> None:
    first, second = ipif.explain_route("8.8.8.8")
    assert (first.chosen, first.reason, first.alias) == (True, "", "Ethernet")
    assert (first.route_metric, first.interface_metric, first.metric) == (0, 25, 25)
    assert (second.chosen, second.alias, second.metric) == (False, "Wi-Fi", 50)
    assert second.reason == "metric 50 is higher than 25 (Ethernet)"
    assert first.route == ipif.best_route("8.8.8.8")


def test_a_shorter_prefix_loses_to_a_longer_one() -> None:
    assert reasons("192.168.1.7") == [
        (True, "192.168.1.0/24", "Ethernet", ""),
        (False, "192.168.1.0/24", "Wi-Fi", "metric 306 is higher than 281 (Ethernet)"),
        (False, "0.0.0.0/0", "Ethernet", "192.168.1.0/24 is a longer prefix (Ethernet)"),
        (False, "0.0.0.0/0", "Wi-Fi", "192.168.1.0/24 is a longer prefix (Ethernet)"),
    ]


@pytest.mark.parametrize(
    ("section", "members", "reason"),
    [
        ("interfaces", {"Connected": False}, "the interface is disconnected"),
        ("adapters", {"OperStatus": 2}, "the adapter is not up (OperStatus)"),
        (
            "interfaces",
            {"DisableDefaultRoutes": True},
            "the interface ignores default routes (DisableDefaultRoutes)",
        ),
    ],
)
def test_a_route_that_cannot_be_taken_loses_whatever_its_metric(
    section: str, members: dict[str, Any], reason: str
) -> None:
    change(13, section, **members)
    assert reasons("8.8.8.8") == [
        (True, "0.0.0.0/0", "Wi-Fi", ""),
        (False, "0.0.0.0/0", "Ethernet", reason),
    ]


def test_a_source_restricts_the_routes_to_its_interface() -> None:
    assert reasons("8.8.8.8", source="192.168.1.11") == [
        (True, "0.0.0.0/0", "Wi-Fi", ""),
        (
            False,
            "0.0.0.0/0",
            "Ethernet",
            "the interface does not have the source 192.168.1.11 (strong host model)",
        ),
    ]


def test_an_unspecified_source_restricts_nothing() -> None:
    assert reasons("8.8.8.8", source="0.0.0.0") == reasons("8.8.8.8")
    assert reasons("2001:db8::1", source="::") == reasons("2001:db8::1")


def test_the_given_interface_restricts_the_routes() -> None:
    assert reasons("8.8.8.8", interface="Wi-Fi") == [
        (True, "0.0.0.0/0", "Wi-Fi", ""),
        (False, "0.0.0.0/0", "Ethernet", "it is not the given interface"),
    ]


def test_a_link_local_destination_has_the_zone_of_one_interface() -> None:
    document = simulation.dump()
    for index, luid in ((13, 0x6008001000000), (17, 0x47008000000000)):
        document["routes"].append(
            {"InterfaceLuid": luid, "InterfaceIndex": index, "DestinationPrefix": "fe80::/64"}
        )
    simulation.load(document)
    first, second, *_ = reasons("fe80::5%17")
    assert first == (True, "fe80::/64", "Wi-Fi", "")
    assert second[2:] == ("Ethernet", "the link-local address is in the zone of another interface")


def test_a_family_that_is_not_bound_has_no_interface_metric() -> None:
    document = simulation.dump()
    document["interfaces"] = [
        row
        for row in document["interfaces"]
        if (row["InterfaceIndex"], row["Family"]) != (13, "ipv6")
    ]
    simulation.load(document)
    [candidate] = ipif.explain_route("2001:db8::1")
    assert candidate.reason == "IPv6 is not bound to the interface"
    assert (candidate.interface_metric, candidate.metric) == (None, None)


def test_no_route_and_no_family_give_no_candidate_that_is_chosen() -> None:
    change(13, Connected=False)
    change(17, Connected=False)
    assert [one.chosen for one in ipif.explain_route("8.8.8.8")] == [False, False]
    document = simulation.dump()
    document["routes"] = []
    simulation.load(document)
    assert ipif.explain_route("8.8.8.8") == []
    simulation.fail("GetIpForwardTable2", 50)
    simulation.fail("GetBestRoute2", 50)
    assert ipif.explain_route("8.8.8.8") == []


def test_windows_own_answer_counts_when_the_rules_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wifi = ipif.best_route("8.8.8.8", interface="Wi-Fi")
    monkeypatch.setattr("ipif._core.explain.best_route", lambda *_, **__: wifi)
    assert reasons("8.8.8.8") == [
        (True, "0.0.0.0/0", "Wi-Fi", ""),
        (False, "0.0.0.0/0", "Ethernet", "Windows takes 0.0.0.0/0 (Wi-Fi)"),
    ]
    elsewhere = {**wifi, "InterfaceLuid": 5, "InterfaceIndex": 5}
    monkeypatch.setattr("ipif._core.explain.best_route", lambda *_, **__: elsewhere)
    assert reasons("8.8.8.8") == [
        (False, "0.0.0.0/0", "Ethernet", "Windows takes 0.0.0.0/0 (index 5)"),
        (False, "0.0.0.0/0", "Wi-Fi", "metric 50 is higher than 25 (Ethernet)"),
    ]


def test_of_equal_routes_windows_takes_one() -> None:
    ipif.update_interface("Wi-Fi", "ipv4", Metric=25)
    assert reasons("8.8.8.8") == [
        (True, "0.0.0.0/0", "Ethernet", ""),
        (
            False,
            "0.0.0.0/0",
            "Wi-Fi",
            "its metric is the same, but Windows takes the other route (Ethernet)",
        ),
    ]


def test_a_failing_best_route_leaves_a_reason() -> None:
    simulation.fail("GetBestRoute2", 1231)
    assert reasons("8.8.8.8")[0][2:] == ("Ethernet", "Windows answers that there is no route")


def test_an_adapter_that_disappears_in_between_does_not_end_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapters = [row for row in ipif.list_adapters() if row["InterfaceIndex"] != 17]
    monkeypatch.setattr("ipif._core.explain.native.get_if_table2", lambda level: adapters)
    first, second = ipif.explain_route("8.8.8.8")
    assert first.alias == "Ethernet"
    assert (second.alias, second.reason) == (None, "the adapter has disappeared")


def test_metrics_whose_sum_exceeds_32_bits_are_added_correctly() -> None:
    change(13, "routes", Metric=2**32 - 1)
    assert [one.metric for one in ipif.explain_route("8.8.8.8")] == [50, 2**32 + 24]


def test_each_table_is_read_once(calls: Calls) -> None:
    ipif.explain_route("8.8.8.8", source="192.168.1.11")
    for function in (
        "GetIpForwardTable2",
        "GetIpInterfaceTable",
        "GetIfTable2Ex",
        "GetUnicastIpAddressTable",
        "GetBestRoute2",
    ):
        assert calls[function] == 1
    assert calls.total - calls["FreeMibTable"] == 5


def test_a_candidate_can_be_copied_and_pickled() -> None:
    for candidate in ipif.explain_route("8.8.8.8"):
        assert pickle.loads(pickle.dumps(candidate)) == copy.deepcopy(candidate) == candidate


@pytest.mark.parametrize(
    ("arguments", "member"),
    [
        ({"destination": "example.org"}, "destination"),
        ({"destination": None}, "destination"),
        ({"destination": "8.8.8.8", "source": "::1"}, "source"),
        ({"destination": "8.8.8.8", "source": 5}, "source"),
        ({"destination": "8.8.8.8", "interface": 0}, "interface"),
        ({"destination": "8.8.8.8", "interface": 1.5}, "interface"),
    ],
)
def test_bad_arguments_are_refused_before_any_call(
    arguments: dict[str, Any], member: str, calls: Calls
) -> None:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.explain_route(**arguments)
    assert [problem.member for problem in caught.value.problems] == [member]
    assert calls.total == 0


def test_an_interface_that_does_not_exist_is_an_error() -> None:
    for interface in ("Quokka", ipif.Luid(5), 999):
        with pytest.raises(ipif.InterfaceNotFound):
            ipif.explain_route("8.8.8.8", interface=interface)
