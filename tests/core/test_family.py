"""What names an address family, and what does not."""

import socket
from enum import IntEnum

import pytest
import support.machine  # noqa: F401

import ipif
from ipif._core.family import AF_UNSPEC, NAMES, find_af, read_af, read_af_or_both


class Text(str):
    """A str that fails when it is compared or hashed."""

    def _fail(self, *_: object) -> bool:
        raise RuntimeError

    __eq__ = __hash__ = __len__ = _fail  # type: ignore[assignment]


class Family(IntEnum):
    """A number that is not the AF_ number of socket, but equals a family."""

    IPV6 = 6


@pytest.mark.parametrize("family", [socket.AF_INET, int(socket.AF_INET), 4, "ipv4", "IPv4", "IPV4"])
def test_each_of_these_means_ipv4(family: object) -> None:
    assert find_af(family) == read_af(family) == read_af_or_both(family) == socket.AF_INET


@pytest.mark.parametrize(
    "family", [socket.AF_INET6, int(socket.AF_INET6), 6, Family.IPV6, "ipv6", "IPv6"]
)
def test_each_of_these_means_ipv6(family: object) -> None:
    assert find_af(family) == read_af(family) == read_af_or_both(family) == socket.AF_INET6


def test_no_method_of_a_subclass_of_str_is_called() -> None:
    assert find_af(Text("IPv6")) == socket.AF_INET6
    assert find_af(Text("ipv5")) is None


@pytest.mark.parametrize(
    "family", [0, 1, 5, -4, True, 4.0, 6 + 0j, "", "4", "ipv5", "ipv4 ", b"ipv4", [], {}, object]
)
def test_none_of_these_is_a_family(family: object) -> None:
    assert find_af(family) is None
    for read in (read_af, read_af_or_both):
        with pytest.raises(ipif.ValidationError, match=r"family = .*: not an address family; "):
            read(family)


def test_none_means_both_only_where_both_are_possible() -> None:
    assert read_af_or_both(None) == AF_UNSPEC
    assert find_af(None) is None
    with pytest.raises(ipif.ValidationError):
        read_af(None)


def test_the_names_are_those_of_documents() -> None:
    assert NAMES == {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
