"""A with statement whose changes fail raises that, does not run its block and leaves no change."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.rows import get, rows

import ipif
from ipif import simulation

DOCUMENT = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}

BLOCKS: dict[str, Callable[[], Any]] = {
    "changed": lambda: ipif.changed("Ethernet", "ipv4", NlMtu=1400),
    "plan": lambda: ipif.plan(DOCUMENT),
}
blocks = pytest.mark.parametrize("name", BLOCKS)


def enter(block: Any) -> None:
    with block:
        pytest.fail("the block was entered")


def enter_async(block: Any) -> None:
    async def main() -> None:
        async with block:
            pytest.fail("the block was entered")

    asyncio.run(main())


@blocks
@pytest.mark.parametrize("enter", [enter, enter_async])
def test_a_refused_change_is_raised_from_the_with_statement(
    name: str, enter: Callable[[Any], None]
) -> None:
    before = rows()
    block = BLOCKS[name]()
    simulation.fail("SetIpInterfaceEntry", 31)
    with pytest.raises(ipif.Error) as caught:
        enter(block)
    assert caught.value.winerror == 31
    assert rows() == before


@pytest.mark.parametrize("enter", [enter, enter_async])
def test_an_invalid_change_is_raised_from_the_with_statement(enter: Callable[[Any], None]) -> None:
    with pytest.raises(ipif.ValidationError):
        enter(ipif.changed("Ethernet", "ipv4", NlMtu=1))


@pytest.mark.parametrize("enter", [enter, enter_async])
def test_a_guard_that_cannot_watch_is_raised_from_the_with_statement(
    enter: Callable[[Any], None],
) -> None:
    guard = ipif.guard(DOCUMENT)
    simulation.fail("NotifyIpInterfaceChange", 31)
    with pytest.raises(ipif.Error) as caught:
        enter(guard)
    assert caught.value.winerror == 31
    assert get("NlMtu") == 1500


def test_a_plan_that_failed_in_a_with_statement_can_be_applied_later() -> None:
    plan = ipif.plan(DOCUMENT)
    simulation.fail("SetIpInterfaceEntry", 31)
    with pytest.raises(ipif.Error):
        enter(plan)
    with plan:
        assert get("NlMtu") == 1400
    assert get("NlMtu") == 1500
