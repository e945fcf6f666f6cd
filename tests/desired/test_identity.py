"""The right adapter or none: another one that has got its LUID and index is never written to."""

from collections.abc import Callable
from typing import Any

import pytest
from support.faults import heal
from support.machine import Calls
from support.rows import get

import ipif
from ipif import simulation

FOREIGN = "{AAAAAAAA-1111-4222-8333-0123456789AB}"


@pytest.fixture
def tunnel() -> ipif.Luid:
    return simulation.add_interface("Tunnel", Type=53)


def replace(luid: ipif.Luid, **members: Any) -> None:
    """Let another adapter have the LUID and the index, with the values that were written."""
    index = luid.index
    simulation.remove_interface(luid)
    assert simulation.add_interface("Foreign", Type=53, InterfaceGuid=FOREIGN) == luid
    assert luid.index == index
    ipif.update_interface("Foreign", "ipv4", **members)


NAMES: list[Callable[[ipif.Luid], Any]] = [
    lambda luid: luid,
    lambda luid: luid.index,
    lambda luid: luid.alias,
    lambda luid: luid.guid,
    lambda luid: ipif.get_interface(luid, "ipv4"),
]
each_name = pytest.mark.parametrize("name", NAMES, ids=["luid", "index", "alias", "guid", "row"])


@each_name
@pytest.mark.parametrize("family", ["ipv4", None])
def test_a_block_does_not_restore_another_adapter(
    name: Callable[[ipif.Luid], Any], family: Any, tunnel: ipif.Luid, calls: Calls
) -> None:
    with ipif.changed(name(tunnel), family, NlMtu=1400):
        replace(tunnel, NlMtu=1400)
        sets = calls["SetIpInterfaceEntry"]
    assert calls["SetIpInterfaceEntry"] == sets
    assert get("NlMtu", "Foreign") == 1400


def test_a_retry_does_not_restore_another_adapter(tunnel: ipif.Luid) -> None:
    block = ipif.changed(tunnel, "ipv4", NlMtu=1400)
    block.__enter__()
    simulation.fail("SetIpInterfaceEntry", 31)
    with pytest.raises(ipif.ApplyError) as caught:
        block.__exit__(None, None, None)
    replace(tunnel, NlMtu=1400)
    assert caught.value.retry() == []
    assert get("NlMtu", "Foreign") == 1400


def plan_of(match: dict[str, Any]) -> ipif.Plan:
    return ipif.plan({"interfaces": [{"match": match, "ipv4": {"NlMtu": 1400}}]})


@pytest.mark.parametrize("selector", ["luid", "index", "alias", "guid"])
def test_a_plan_that_was_made_before_is_not_applied_to_another_adapter(
    selector: str, tunnel: ipif.Luid, calls: Calls
) -> None:
    value: Any = {
        "luid": int(tunnel),
        "index": tunnel.index,
        "alias": "Tunnel",
        "guid": f"{{{tunnel.guid}}}",
    }[selector]
    plan = plan_of({selector: value})
    replace(tunnel, NlMtu=1300)
    sets = calls["SetIpInterfaceEntry"]
    with pytest.raises(ipif.ApplyError, match="'Tunnel' is gone, and another one has its LUID"):
        plan.apply()
    assert calls["SetIpInterfaceEntry"] == sets
    assert (get("NlMtu", "Foreign"), plan.state) == (1300, "planned")


def test_when_one_adapter_is_another_one_nothing_of_the_plan_is_set(
    tunnel: ipif.Luid, calls: Calls
) -> None:
    plan = ipif.plan(
        {
            "interfaces": [
                {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}},
                {"match": {"alias": "Tunnel"}, "ipv4": {"NlMtu": 1400}},
            ]
        }
    )
    replace(tunnel, NlMtu=1300)
    sets = calls["SetIpInterfaceEntry"]
    with pytest.raises(ipif.ApplyError):
        plan.apply()
    assert calls["SetIpInterfaceEntry"] == sets
    assert get("NlMtu") == 1500


def test_a_revert_does_not_restore_another_adapter(tunnel: ipif.Luid, calls: Calls) -> None:
    plan = plan_of({"alias": "Tunnel"})
    plan.apply()
    replace(tunnel, NlMtu=1400)
    sets = calls["SetIpInterfaceEntry"]
    assert plan.revert() == []
    assert plan.state == "reverted"
    assert calls["SetIpInterfaceEntry"] == sets
    assert get("NlMtu", "Foreign") == 1400


def test_a_failed_transaction_does_not_roll_back_another_adapter(
    tunnel: ipif.Luid, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of({"alias": "Tunnel"})
    simulation.fail("SetIpInterfaceEntry", 31, after=1, times=100)
    plan.apply()
    with pytest.raises(ipif.ApplyError) as caught:
        plan.revert()
    heal()
    replace(tunnel, NlMtu=1400)
    assert caught.value.retry() == []
    assert (get("NlMtu", "Foreign"), plan.state) == (1400, "reverted")


def test_one_call_compares_the_adapter_and_only_where_something_is_written(
    tunnel: ipif.Luid, calls: Calls
) -> None:
    with ipif.changed(tunnel.index, "ipv4", NlMtu=1500):  # that is so already
        pass
    assert calls["ConvertInterfaceLuidToGuid"] == 0
    with ipif.changed(tunnel, "ipv4", NlMtu=1400):
        assert calls["ConvertInterfaceLuidToGuid"] == 1
    assert calls["ConvertInterfaceLuidToGuid"] == 2


def test_an_adapter_that_was_only_renamed_is_restored(tunnel: ipif.Luid) -> None:
    with ipif.changed("Tunnel", "ipv4", NlMtu=1400):
        simulation.rename_interface("Tunnel", "VPN")
    assert get("NlMtu", "VPN") == 1500
