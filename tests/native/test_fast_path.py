"""The fast path of ipif.set_interface, in C, against the rules in Python, on generated rows."""

import socket
from random import Random
from typing import Any

import pytest
from support.machine import control, native

import ipif
from ipif import netioapi, simulation

set_valid_row = native.set_valid_row

V4, V6 = int(socket.AF_INET), int(socket.AF_INET6)
ETHERNET, WIFI = 13, 17
ONES = 2**32 - 1
ROWS = 3000  # of each kind and family
NUMBERS = [-(2**63) - 1, -1, 0, 1, 2, 3, 64, 128, 129, 575, 576, 1279, 1280, 1500, 2**31 - 1]
NUMBERS += [2**31, ONES - 1, ONES, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 2**200]
BOOLS = [True, False]
# What the fast path leaves to Python, whether it is valid or not.
ODD = [1.5, "1", b"1", (), object(), ipif.Luid(1), socket.AF_INET, [1] * 16, range(16)]
READ_ONLY_ODD = [None, 2**32, "text", 1.5, -1, 2**200, [], ipif.Luid(5)]


def zones(rng: Random, odd: bool) -> object:
    """Return ZoneIndices: default ones, any others, or with one bad item, or of a wrong length."""
    index = rng.choice([ETHERNET, WIFI, 0, 255, 256, 70000])
    items = [0, index, index] + [1] * 13
    if rng.random() < 0.5:
        items[rng.randrange(16)] = rng.choice([*NUMBERS, *([True, "1", None] if odd else [])])
    if rng.random() < 0.1:
        items = items[: rng.randrange(16)] * rng.choice([1, 2])
    return list(items) if odd and rng.random() < 0.3 else tuple(items)


def value(rng: Random, field: Any, odd: bool) -> object:
    """Return a value of a member, valid or not; *odd* ones may be of any type."""
    if odd and rng.random() < 0.3:
        return rng.choice(ODD)
    if field.access != "key" and rng.random() < 0.1:
        return None
    if field.kind == "bool":
        return rng.choice(BOOLS if not odd else [*BOOLS, 0, 1])
    if field.kind == "uint32[16]":
        return zones(rng, odd)
    if field.kind == "family":
        return rng.choice([V4, V6])
    assert field.ranges is not None
    low, high = field.ranges[rng.choice(["ipv4", "ipv6"])]
    if field.access == "read-only" and not odd:  # Python leaves out what cannot be stored
        return rng.randint(low, high)
    near = [low - 1, low, low + 1, high - 1, high, high + 1, *field.unchanged]
    return rng.choice([*near, rng.choice(NUMBERS)])


def generated(rng: Random, family: int, odd: bool) -> dict[object, object]:
    """Return a row: a whole one, a part of it, or only keys, with some members replaced."""
    index = rng.choice([ETHERNET, WIFI])
    row: dict[object, object] = dict(netioapi.get_ip_interface_entry(family, index=index))
    shape = rng.random()
    if shape < 0.6:
        kept = {"Family", "InterfaceLuid", "InterfaceIndex"}
        if shape < 0.2:
            kept.discard(rng.choice(sorted(kept)))
        row = {name: item for name, item in row.items() if name in kept or rng.random() < 0.3}
    for field in rng.sample(ipif.FIELDS, rng.choice([0, 1, 1, 2, 3, 6])):
        if field.access != "key" or rng.random() < 0.2:
            row[field.name] = value(rng, field, odd)
    if rng.random() < 0.3:  # the rule about the pair
        row["Metric"] = rng.choice([5, 25, 4000, ONES])
        row["UseAutomaticMetric"] = rng.choice([*BOOLS, None])
        if rng.random() < 0.3:
            del row["UseAutomaticMetric"]
    if rng.random() < 0.1:
        row["InterfaceIndex"] = rng.choice([0, ETHERNET, WIFI, 4242])
    if odd:
        if rng.random() < 0.2:
            row["Family"] = rng.choice(["ipv4", 4, 6, "IPv6", socket.AF_INET6, 99, True, None, -1])
        if rng.random() < 0.2:
            row["ReachableTime"] = rng.choice(READ_ONLY_ODD)
        if rng.random() < 0.1:
            row[rng.choice(["NlMTU", 5, None, "Mtu"])] = 1
    if rng.random() < 0.3:
        items = list(row.items())
        rng.shuffle(items)
        row = dict(items)
    return row


def explained(row: dict[str, object]) -> bool:
    """Return whether a valid row needs an explanation: its keys disagree, or its Metric is lost."""
    key = {"luid": row.get("InterfaceLuid") or 0, "index": row.get("InterfaceIndex") or 0}
    current = netioapi.get_ip_interface_entry(row["Family"], **key)  # type: ignore[arg-type]
    if key["luid"] and key["index"] and key["index"] != current["InterfaceIndex"]:
        return True
    return (
        current["UseAutomaticMetric"]
        and row.get("UseAutomaticMetric") is not False
        and row.get("Metric") not in (None, ONES, current["Metric"])
    )


def outcome(function, row: object) -> tuple[object, ...]:
    """Return what a call on a fresh machine returns or raises, and the machine afterwards."""
    simulation.reset()
    copy = dict(row)  # type: ignore[call-overload]
    try:
        result: object = function(copy)
    except ipif.ValidationError:
        result = "refused"
    except ipif.Error as error:
        members = getattr(error, "members", ())
        result = (type(error), error.winerror, error.function, error.interface, members)
    assert copy == row  # the row of the caller is not changed
    return result, control().dump()


@pytest.fixture
def python_path(monkeypatch: pytest.MonkeyPatch):
    """Return ipif.set_interface without its fast path."""

    def call(row):
        with monkeypatch.context() as patch:
            patch.setattr(native, "set_valid_row", lambda row: None)
            return ipif.set_interface(row)

    return call


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("family", [V4, V6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_fast_path_agrees_with_the_python_rules_on_generated_rows(odd, family, seed, python_path):
    rng = Random(f"{seed} {family == V4} {odd}")
    taken = refused = 0
    for _ in range(ROWS // 2):
        simulation.reset()
        row = generated(rng, family, odd)
        problems = ipif.validate(row)
        fast, fast_machine = outcome(set_valid_row, row)
        slow, slow_machine = outcome(python_path, row)
        if fast is None:
            simulation.reset()
            unchanged = control().dump()
            assert fast_machine == unchanged, row  # nothing has been set
            refused += 1
            # A valid row of the exact types of GetIpInterfaceEntry always takes the fast path.
            if not odd:
                assert problems or explained(row), row
                assert slow == "refused", row
        else:
            taken += 1
            assert not problems, row
            if not isinstance(fast, tuple) or fast[2] == "SetIpInterfaceEntry":
                simulation.reset()
                assert not explained(row), row
            assert (fast, fast_machine) == (slow, slow_machine), row
    assert taken > ROWS // 20
    assert refused > ROWS // 20


@pytest.mark.parametrize("row", [None, 5, [], "row", [("Family", V4)], object()])
def test_fast_path_leaves_anything_but_a_dict_to_python(row):
    assert set_valid_row(row) is None


def test_fast_path_a_whole_row_from_get_is_taken():
    for row in netioapi.get_ip_interface_table():
        assert set_valid_row(row) is not None
    assert set_valid_row({"Family": V4, "InterfaceIndex": ETHERNET}) is not None
