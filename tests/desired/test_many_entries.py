"""Documents with thousands of entries, on machines with thousands of adapters."""

import functools
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.costs import costs_at_most

import ipif
from ipif import simulation

SECTION = {"DadTransmits": 77, "when_bound": True}


def document(matches: list[dict[str, Any]], expect: str = "one") -> dict[str, Any]:
    return {
        "interfaces": [{"match": match, "expect": expect, "ipv4": SECTION} for match in matches]
    }


ALL = document([{"alias": "*"}], "some")


def refused(desired: dict[str, Any]) -> list[ipif.Problem]:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.plan(desired)
    return caught.value.problems


@pytest.mark.skipif(ipif.backend == "windows", reason="a measurement, made on Linux")
def test_5000_entries_for_5000_adapters_take_at_most_3_times_as_long_as_one_for_all() -> None:
    for number in range(5000):
        hardware = f"0A-00-00-00-{number >> 8:02X}-{number & 255:02X}"
        simulation.add_interface(f"Adapter {number}", families=["ipv4"], PhysicalAddress=hardware)
    adapters = [row for row in ipif.list_adapters() if row["Alias"].startswith("Adapter ")]
    one = functools.partial(ipif.plan, ALL)
    entries = document([{"alias": row["Alias"]} for row in adapters])
    assert len(ipif.plan(entries).changes) == 5000
    assert costs_at_most(3, functools.partial(ipif.plan, entries), one)
    # Fewer entries, within the same limit: a search of all adapters for each would take longer.
    some = adapters[::5]
    for matches in (
        [{"luid": row["InterfaceLuid"]} for row in some],
        [{"guid": row["InterfaceGuid"]} for row in some],
        [{"index": row["InterfaceIndex"]} for row in some],
        [{"hardware_address": row["PhysicalAddress"]} for row in some],
        [{"description": row["Description"], "alias": row["Alias"]} for row in some],
        [{"alias": row["Alias"], "type": "ethernet", "connected": True} for row in some],
    ):
        entries = document(matches)
        assert len(ipif.plan(entries).changes) == 1000
        assert costs_at_most(3, functools.partial(ipif.plan, entries), one), matches[0]


def test_60_misspelt_aliases_on_2000_adapters_cost_little_more_than_a_plan() -> None:
    for number in range(2000):
        simulation.add_interface(f"Local Area Connection* {number + 10}", families=["ipv4"])
    wrong = [
        spelling.format(number)
        for number in range(100, 115)
        for spelling in (
            "Local Area Conection* {}",
            "Lokal Aera Connection* {}",
            "Local Area Connection {}x",
            "Quokka {}",
        )
    ]
    desired = document([{"alias": alias} for alias in wrong])
    problems = refused(desired)
    assert len(problems) == 60
    assert problems[0].advice == "did you mean 'Local Area Connection* 100'?"
    # Each comparison of all names with difflib costs as much as a plan.
    assert costs_at_most(15, lambda: refused(desired), lambda: ipif.plan(ALL))


def test_after_100_unknown_aliases_nothing_is_suggested() -> None:
    problems = refused(document([{"alias": "Ehternet"}] * 150))
    suggested = [problem for problem in problems if "did you mean" in problem.advice]
    assert suggested == problems[:100]
    assert problems[100].advice.startswith("there are 'Loopback Pseudo-Interface 1', ")


@pytest.mark.parametrize("wrong", ["10.99.{}.{}", "10.{}.{}.0/24"])
def test_addresses_that_nobody_has_cost_little_more_than_those_of_adapters(
    wrong: str,
) -> None:
    parts = [(100 + number // 250, number % 250) for number in range(500)]
    for place, part in enumerate(parts):
        simulation.add_interface(f"Adapter {place}", families=["ipv4"])
        simulation.add_address(f"Adapter {place}", "10.1.{}.{}".format(*part))
    present = document([{"address": "10.1.{}.{}".format(*part)} for part in parts])
    absent = document([{"address": wrong.format(*part)} for part in parts])
    assert len(refused(absent)) == 500
    assert costs_at_most(3, lambda: refused(absent), lambda: ipif.plan(present))
