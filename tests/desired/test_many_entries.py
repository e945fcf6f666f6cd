"""Documents with thousands of entries, on machines with thousands of adapters.

Costs are compared with each other, best of several, so that a busy computer does not matter.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import simulation

SECTION = {"DadTransmits": 77, "when_bound": True}


def document(matches: list[dict[str, Any]], expect: str = "one") -> dict[str, Any]:
    return {
        "interfaces": [{"match": match, "expect": expect, "ipv4": SECTION} for match in matches]
    }


ALL = document([{"alias": "*"}], "some")


def seconds(call: Callable[[], object], times: int = 3) -> float:
    """Return the shortest processor time of so many calls."""
    shortest = float("inf")
    for _ in range(times):
        start = time.process_time()
        call()
        shortest = min(shortest, time.process_time() - start)
    return shortest


def refused(desired: dict[str, Any]) -> list[ipif.Problem]:
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.plan(desired)
    return caught.value.problems


def test_5000_entries_for_5000_adapters_take_at_most_3_times_as_long_as_one_for_all() -> None:
    for number in range(5000):
        hardware = f"0A-00-00-00-{number >> 8:02X}-{number & 255:02X}"
        simulation.add_interface(f"Adapter {number}", families=["ipv4"], PhysicalAddress=hardware)
    adapters = [row for row in ipif.list_adapters() if row["Alias"].startswith("Adapter ")]
    documents = {
        "alias": document([{"alias": row["Alias"]} for row in adapters]),
        "luid": document([{"luid": row["InterfaceLuid"]} for row in adapters]),
        "guid": document([{"guid": row["InterfaceGuid"]} for row in adapters]),
        "index": document([{"index": row["InterfaceIndex"]} for row in adapters]),
        "hardware_address": document(
            [{"hardware_address": row["PhysicalAddress"].hex("-")} for row in adapters]
        ),
        "alias and type": document(
            [{"alias": row["Alias"], "type": "ethernet", "connected": True} for row in adapters]
        ),
    }
    assert len(ipif.plan(ALL).changes) > 5000
    assert {
        name: len(ipif.plan(each).changes) for name, each in documents.items()
    } == dict.fromkeys(documents, 5000)
    limit = 3 * seconds(lambda: ipif.plan(ALL), 5)
    costs = {name: seconds(lambda: ipif.plan(each)) for name, each in documents.items()}
    assert {name: cost for name, cost in costs.items() if cost > limit} == {}


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
    assert seconds(lambda: refused(desired)) < 15 * seconds(lambda: ipif.plan(ALL), 5)


def test_after_100_unknown_aliases_nothing_is_suggested() -> None:
    problems = refused(document([{"alias": "Ehternet"}] * 150))
    suggested = [problem for problem in problems if "did you mean" in problem.advice]
    assert suggested == problems[:100]
    assert problems[100].advice.startswith("there are 'Loopback Pseudo-Interface 1', ")


def test_5000_entries_that_match_nothing_cost_no_more_than_those_that_do() -> None:
    for number in range(2000):
        simulation.add_interface(f"Adapter {number}", families=["ipv4"])
        simulation.add_address(f"Adapter {number}", f"10.1.{number >> 8}.{number & 255}")
    for selector, value in [("address", "10.99.{}.{}"), ("address", "10.{}.{}.0/24")]:
        right = [{selector: f"10.1.{n >> 8}.{n & 255}"} for n in range(2000)]
        wrong = [{selector: value.format(100 + (n >> 8), n & 255)} for n in range(2000)]
        limit = 3 * seconds(lambda: ipif.plan(document(right)))
        desired = document(wrong)
        assert seconds(lambda: refused(desired)) < limit
