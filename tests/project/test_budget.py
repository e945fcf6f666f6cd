"""The budget of system calls: what docs/reference/speed.md says of each function is counted."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from support.command import run
from support.fresh import ROOT
from support.machine import Calls

import ipif
from ipif import simulation

PAGE = ROOT / "docs" / "reference" / "speed.md"
LINE = re.compile(r"^\| `([^`]+)`(.*?) \| +(\d+) \|$", re.MULTILINE)

if not PAGE.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)

SEVEN = {"DadTransmits": 7, "when_bound": True}
ALL = {"interfaces": [{"match": {"alias": "*"}, "expect": "some", "ipv4": SEVEN}]}
ONE = {"interfaces": [{"match": {"index": 13}, "ipv4": {"NlMtu": 1400}, "ipv6": {"NlMtu": 1400}}]}


def entered(family: Any = "ipv4", **changes: Any) -> ipif.changed:
    block = ipif.changed(13, family, **changes)
    block.__enter__()
    return block


def leave(block: ipif.changed) -> None:
    block.__exit__(None, None, None)


def applied() -> ipif.Plan:
    plan = ipif.plan(ONE)
    plan.apply()
    return plan


def overtaken() -> ipif.Plan:
    """Return a plan whose rows have got the wanted values since it was made."""
    plan = ipif.plan(ONE)
    ipif.update_interface(13, None, NlMtu=1400)
    return plan


def full_row() -> Any:
    return {**ipif.get_interface(13, "ipv4"), "NlMtu": 1400}


Work = tuple[Callable[[], Any], Callable[[Any], object]]

# For each line of the table: what comes before, and what is counted.
COUNTED: dict[str, Work] = {
    "get_interface(13, 'ipv4')": (dict, lambda _: ipif.get_interface(13, "ipv4")),
    "get_interface('Ethernet', 'ipv4')": (dict, lambda _: ipif.get_interface("Ethernet", "ipv4")),
    "get_interface(guid, 'ipv4')": (
        lambda: ipif.Luid.of(13).guid,
        lambda guid: ipif.get_interface(guid, "ipv4"),
    ),
    "get_interface(luid, 'ipv4')": (
        lambda: ipif.Luid.of(13),
        lambda luid: ipif.get_interface(luid, "ipv4"),
    ),
    "set_interface(row)": (full_row, ipif.set_interface),
    "differences(row)": (full_row, ipif.differences),
    "update_interface(13, 'ipv4', NlMtu=1400)": (
        dict,
        lambda _: ipif.update_interface(13, "ipv4", NlMtu=1400),
    ),
    "update_interface('Ethernet', 'ipv4', NlMtu=1400)": (
        dict,
        lambda _: ipif.update_interface("Ethernet", "ipv4", NlMtu=1400),
    ),
    "update_interface(13, None, NlMtu=1400), both families": (
        dict,
        lambda _: ipif.update_interface(13, None, NlMtu=1400),
    ),
    "changed(13, 'ipv4', NlMtu=1400), to enter": (dict, lambda _: entered(NlMtu=1400)),
    "changed(13, 'ipv4', NlMtu=1400), to leave": (lambda: entered(NlMtu=1400), leave),
    "changed(13, None, NlMtu=1400), both families, to enter": (
        dict,
        lambda _: entered(None, NlMtu=1400),
    ),
    "changed(13, None, NlMtu=1400), both families, to leave": (
        lambda: entered(None, NlMtu=1400),
        leave,
    ),
    "changed(13, 'ipv4', NlMtu=1500), to enter when it has the value already": (
        dict,
        lambda _: entered(NlMtu=1500),
    ),
    "changed(13, 'ipv4', NlMtu=1500), to leave then": (lambda: entered(NlMtu=1500), leave),
    "plan(document), any number of rows": (dict, lambda _: ipif.plan(ALL)),
    "plan(document), with a selector by address": (
        dict,
        lambda _: ipif.plan(
            {
                "interfaces": [
                    {"match": {"address": "0.0.0.0/0"}, "expect": "any", "ipv4": {"Metric": 3}}
                ]
            }
        ),
    ),
    "plan.apply(), 2 rows that differ": (lambda: ipif.plan(ONE), lambda plan: plan.apply()),
    "plan.apply(), 2 rows that have the values by now": (overtaken, lambda plan: plan.apply()),
    "plan.revert(), 2 rows": (applied, lambda plan: plan.revert()),
    "list_interfaces()": (dict, lambda _: ipif.list_interfaces()),
    "get_adapter(13)": (dict, lambda _: ipif.get_adapter(13)),
    "list_adapters()": (dict, lambda _: ipif.list_adapters()),
}


def table() -> dict[str, int]:
    """Return the lines of the table on the page."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## System calls\n")[2].partition("\n## ")[0]
    return {call + rest: int(count) for call, rest, count in LINE.findall(section)}


def test_the_table_has_a_line_for_everything_that_is_counted() -> None:
    assert table().keys() == {*COUNTED, "ipif list"}


@pytest.mark.parametrize("line", COUNTED)
def test_a_function_makes_as_many_system_calls_as_the_page_says(line: str) -> None:
    simulation.reset()
    before, work = COUNTED[line]
    done = before()
    calls = Calls()
    work(done)
    assert calls.system == table()[line]


def test_the_command_list_makes_as_many_system_calls_as_the_page_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = Calls()
    assert run(capsys, "list").status == 0
    assert calls.system == table()["ipif list"]


def test_a_restore_in_a_block_costs_nothing_more_when_nothing_else_happened() -> None:
    block = entered(NlMtu=1400)
    calls = Calls()
    leave(block)
    leave(block)  # it is done
    assert calls.system == table()["changed(13, 'ipv4', NlMtu=1400), to leave"]
