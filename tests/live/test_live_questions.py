"""Unpublished behaviour of SetIpInterfaceEntry, tried on an expendable adapter and recorded.

Nothing here asserts an answer; the fixture asserts that everything is as before afterwards.
"""

import struct
from typing import Any

import pytest
import support.real  # noqa: F401

import ipif
from ipif import netioapi

ONES = 2**32 - 1
FAMILY = {"ipv4": 2, "ipv6": 23}
FIELD = {field.name: field for field in ipif.FIELDS}

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])


def outcome(adapter: ipif.Luid, family: Any, member: str, **changes: Any) -> str:
    """Change members through the raw API; return the code and what is read afterwards."""
    try:
        code = ipif.get_interface(adapter, family)["Family"]
        netioapi.update_ip_interface_entry(code, changes, luid=int(adapter))
        result = "accepted"
    except ipif.Error as error:
        result = f"WinError {error.winerror}"
    return f"{result}, then reads {ipif.get_interface(adapter, family)[member]}"  # type: ignore[literal-required]


def keyed(api: Any, adapter: ipif.Luid, family: str) -> bytearray:
    """Return an initialised row with the keys of the adapter."""
    image: bytearray = api.initialized()
    struct.pack_into("<H", image, 0, FAMILY[family])
    struct.pack_into("<QI", image, 8, int(adapter), 0)
    return image


@either_family
@pytest.mark.parametrize(
    "member", ["NlMtu", "BaseReachableTime", "RetransmitTime", "PathMtuDiscoveryTimeout"]
)
def test_question_2_zero_and_all_ones(
    adapter: ipif.Luid, family: str, member: str, answer: Any
) -> None:
    for value in (0, ONES):
        found = outcome(adapter, family, member, **{member: value})
        answer("Q2", f"{family} {member}={value}", found)


@pytest.mark.parametrize(
    "member", ["DadTransmits", "LinkLocalAddressTimeout", "Metric", "SitePrefixLength"]
)
def test_question_2_all_ones_in_the_other_numbers(
    adapter: ipif.Luid, member: str, answer: Any
) -> None:
    found = outcome(adapter, "ipv6", member, UseAutomaticMetric=False, **{member: ONES})
    answer("Q2", f"ipv6 {member}={ONES}", found)


@either_family
def test_question_3_a_zeroed_row(adapter: ipif.Luid, family: Any, api: Any, answer: Any) -> None:
    before: Any = ipif.get_interface(adapter, family)
    image = bytearray(168)
    struct.pack_into("<HxxxxxxQ", image, 0, FAMILY[family], int(adapter))
    code = api.call("SetIpInterfaceEntry", image)
    after: Any = ipif.get_interface(adapter, family)
    changed = {n: (before[n], after[n]) for n in before if before[n] != after[n]}
    answer("Q3", f"{family} zeroed row", f"{code}, changes {changed}")


def test_question_5_keys_that_disagree(adapter: ipif.Luid, api: Any, answer: Any) -> None:
    image = keyed(api, adapter, "ipv4")
    struct.pack_into(
        "<I", image, 16, 1
    )  # the loopback, which a call without changes does not touch
    code = api.call("SetIpInterfaceEntry", image)
    luid, index = struct.unpack_from("<QI", image, 8)
    answer(
        "Q5", "SetIpInterfaceEntry, LUID of the adapter and index 1", f"{code}, {luid=}, {index=}"
    )
    image = keyed(api, adapter, "ipv4")
    struct.pack_into("<I", image, 16, 1)
    code = api.call("GetIpInterfaceEntry", image)
    luid, index = struct.unpack_from("<QI", image, 8)
    answer(
        "Q5", "GetIpInterfaceEntry, LUID of the adapter and index 1", f"{code}, {luid=}, {index=}"
    )
    image = keyed(api, adapter, "ipv4")
    api.call("SetIpInterfaceEntry", image)
    answer("Q5", "index after a call by LUID", struct.unpack_from("<I", image, 16)[0])


@pytest.mark.parametrize("length", [0, 1, 24, 32, 33, 64])
def test_question_6_site_prefix_length_of_ipv4(
    adapter: ipif.Luid, length: int, answer: Any
) -> None:
    found = outcome(adapter, "ipv4", "SitePrefixLength", SitePrefixLength=length)
    answer("Q6", f"ipv4 SitePrefixLength={length}", found)


@either_family
def test_question_7_metrics(adapter: ipif.Luid, family: str, answer: Any) -> None:
    for metric in (2**31 - 1, 2**31, ONES - 1):
        found = outcome(adapter, family, "Metric", UseAutomaticMetric=False, Metric=metric)
        answer("Q7", f"{family} Metric={metric}", found)
    found = outcome(adapter, family, "Metric", UseAutomaticMetric=True, Metric=77)
    answer("Q7", f"{family} Metric=77 with UseAutomaticMetric TRUE", found)
    found = outcome(adapter, family, "Metric", Metric=78)
    answer("Q7", f"{family} Metric=78 while it stays TRUE", found)


@either_family
def test_question_8_mtus(adapter: ipif.Luid, family: str, answer: Any) -> None:
    for mtu in (1, 575, 576, 1279, 1280, 9000, 65535, 65536, ONES - 1):
        answer("Q8", f"{family} NlMtu={mtu}", outcome(adapter, family, "NlMtu", NlMtu=mtu))


@either_family
def test_question_9_other_members(adapter: ipif.Luid, family: str, answer: Any) -> None:
    member = "UseNeighborUnreachabilityDetection"
    for value in (True, False):
        found = outcome(adapter, family, member, **{member: value})
        answer("Q9", f"{family} {member}={value}", found)
    for member in ("LinkLocalAddressBehavior", "RouterDiscoveryBehavior"):
        for number in (0, 1, 2, 3):
            found = outcome(adapter, family, member, **{member: number})
            answer("Q9", f"{family} {member}={number}", found)
    for count in (0, 10, 255, 256, 65536):
        found = outcome(adapter, family, "DadTransmits", DadTransmits=count)
        answer("Q9", f"{family} DadTransmits={count}", found)
    zones = list(ipif.get_interface(adapter, family)["ZoneIndices"])  # type: ignore[arg-type]
    zones[5] += 1
    found = outcome(adapter, family, "ZoneIndices", ZoneIndices=tuple(zones))
    answer("Q9", f"{family} ZoneIndices[5]={zones[5]}", found)


def test_question_11_a_boolean_of_2(adapter: ipif.Luid, api: Any, answer: Any) -> None:
    place = FIELD["WeakHostReceive"].offset
    for value in (2, 254, 255):
        image = keyed(api, adapter, "ipv4")
        image[place] = value
        code = api.call("SetIpInterfaceEntry", image)
        image = keyed(api, adapter, "ipv4")
        api.call("GetIpInterfaceEntry", image)
        answer("Q11", f"WeakHostReceive={value}", f"{code}, then the byte is {image[place]}")


def test_question_17_a_set_of_which_one_member_is_wrong(adapter: ipif.Luid, answer: Any) -> None:
    dad = ipif.get_interface(adapter, "ipv6")["DadTransmits"]
    found = outcome(adapter, "ipv6", "DadTransmits", DadTransmits=dad + 1, NlMtu=1)
    answer("Q17", f"DadTransmits from {dad} to {dad + 1} with NlMtu=1", found)


def test_question_4_the_order_of_the_checks_when_elevated(
    adapter: ipif.Luid, api: Any, answer: Any
) -> None:
    for what, place, form, value in (
        ("Family 0", 0, "<H", 0),
        ("an unknown LUID", 8, "<Q", 0x00FF_FFFF_FF00_0000),
        ("no key", 8, "<Q", 0),
        ("NlMtu 1", 152, "<I", 1),
    ):
        image = keyed(api, adapter, "ipv6")
        struct.pack_into(form, image, place, value)
        answer("Q4", f"elevated, {what}", api.call("SetIpInterfaceEntry", image))
