"""Validation: every rule of the field table, every problem at once, and no system call."""

import copy
import itertools
import math
import socket
from collections import ChainMap, UserDict
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.machine import Calls

import ipif
from ipif import netioapi, simulation
from ipif._core.names import OTHER_NAMES

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
INTEGERS = [field for field in SETTABLE if field.ranges is not None and field.kind != "uint32[16]"]
NAMES = {field.name for field in ipif.FIELDS}
ONES = 2**32 - 1

either_family = pytest.mark.parametrize("family", ["ipv4", "ipv6"])
any_integer = pytest.mark.parametrize("field", INTEGERS, ids=lambda field: field.name)
any_settable = pytest.mark.parametrize("field", SETTABLE, ids=lambda field: field.name)


def of_changes(family: Any, /, **changes: Any) -> list[ipif.Problem]:
    return ipif.validate(changes, family=family)


def of_row(family: Any, /, **members: Any) -> list[ipif.Problem]:
    return ipif.validate({"Family": family, "InterfaceIndex": 13, **members})


@pytest.fixture(autouse=True)
def no_system_call(request: pytest.FixtureRequest, calls: Calls) -> Any:
    """Assert that validation makes no system call; the tests with the simulation do make some."""
    yield
    if "simulation" not in request.node.name:
        assert calls.total == 0


# ---- ranges


@either_family
@any_integer
def test_the_ends_of_a_range_are_valid(field: Any, family: str) -> None:
    for value in field.ranges[family]:
        assert of_changes(family, **{field.name: value}) == []
        assert of_row(family, **{field.name: value}) == []


@either_family
@any_integer
def test_values_just_outside_a_range_are_refused_in_changes(field: Any, family: str) -> None:
    low, high = field.ranges[family]
    for value in (low - 1, high + 1, -1, -(2**31) - 1, 2**32, 2**64, 2**200, -(2**200)):
        [problem] = of_changes(family, **{field.name: value})
        assert (problem.member, problem.value) == (field.name, value)
        assert problem.rule
        assert problem.advice


@either_family
@any_integer
def test_values_just_outside_a_range_are_refused_in_rows_unless_they_are_sentinels(
    field: Any, family: str
) -> None:
    low, high = field.ranges[family]
    if (family, field.name) == ("ipv4", "SitePrefixLength"):
        low, high = 0, ONES  # set_interface writes 0 over all of these
    for value in (low - 1, high + 1, 2**32, 2**200):
        found = of_row(family, **{field.name: value})
        assert [problem.member for problem in found] == (
            [] if value in field.unchanged else [field.name]
        )


@either_family
@any_integer
def test_an_unchanged_sentinel_is_valid_in_a_row_and_refused_in_changes(
    field: Any, family: str
) -> None:
    assert field.unchanged
    for value in field.unchanged:
        assert of_row(family, **{field.name: value}) == []
        [problem] = of_changes(family, **{field.name: value})
        if (family, field.name) != ("ipv4", "SitePrefixLength"):
            assert "unchanged sentinel" in problem.rule


@pytest.mark.parametrize(
    ("family", "member", "low", "high"),
    [
        ("ipv4", "NlMtu", 576, ONES - 1),
        ("ipv6", "NlMtu", 1280, ONES - 1),
        ("ipv4", "SitePrefixLength", 0, 0),
        ("ipv6", "SitePrefixLength", 0, 128),
        ("ipv4", "Metric", 0, 2**31 - 1),
        ("ipv6", "Metric", 0, 2**31 - 1),
        ("ipv4", "DadTransmits", 0, ONES - 1),
        ("ipv6", "BaseReachableTime", 1, ONES - 1),
        ("ipv4", "RouterDiscoveryBehavior", 0, 2),
        ("ipv6", "LinkLocalAddressBehavior", 0, 2),
    ],
)
def test_the_ranges_are_those_of_the_reference_pages(
    family: str, member: str, low: int, high: int
) -> None:
    assert of_changes(family, **{member: low}) == of_changes(family, **{member: high}) == []
    assert len(of_changes(family, **{member: low - 1})) == 1
    assert len(of_changes(family, **{member: high + 1})) == 1


@any_integer
def test_the_problem_of_a_range_names_the_source_of_the_rule(field: Any) -> None:
    [problem] = of_changes("ipv6", **{field.name: -2})
    low, high = field.ranges["ipv6"]
    assert f"{low}..{high}" in problem.rule
    assert field.source in problem.rule
    assert field.unit in problem.advice


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_every_rule_of_the_table_has_a_source(field: Any) -> None:
    assert field.source
    assert field.summary
    assert set(field.families) <= {"ipv4", "ipv6"}


# ---- types


@either_family
@any_settable
def test_a_wrong_type_is_refused_with_advice(field: Any, family: str) -> None:
    wrong: list[Any] = ["5", b"5", 5.0, math.nan, [], {}, (), object(), 5j, socket]
    wrong.append(1 if field.kind == "bool" else True)
    for value in wrong:
        for problems in (
            of_changes(family, **{field.name: value}),
            of_row(family, **{field.name: value}),
        ):
            [problem] = problems
            assert problem.member == field.name
            assert problem.value is value
            assert problem.advice.startswith("write")


@any_settable
def test_none_is_valid_in_a_row_and_refused_in_changes(field: Any) -> None:
    assert of_row("ipv6", **{field.name: None}) == []
    [problem] = of_changes("ipv6", **{field.name: None})
    assert (problem.member, problem.rule) == (field.name, "None is not a value")


@pytest.mark.parametrize("member", ["Family", "InterfaceLuid", "InterfaceIndex"])
def test_a_key_cannot_be_none(member: str) -> None:
    row = {"Family": "ipv4", "InterfaceLuid": 1, "InterfaceIndex": 13, member: None}
    assert [problem.member for problem in ipif.validate(row)] == [member]


@pytest.mark.parametrize("value", [-1, 2**64, "13", 1.5, True])
@pytest.mark.parametrize("member", ["InterfaceLuid", "InterfaceIndex"])
def test_an_invalid_key_is_refused(member: str, value: Any) -> None:
    row = {"Family": "ipv4", "InterfaceLuid": 1, "InterfaceIndex": 13, member: value}
    assert [problem.member for problem in ipif.validate(row)] == [member]


def test_an_index_is_not_a_luid() -> None:
    assert [p.member for p in of_row("ipv4", InterfaceIndex=2**32)] == ["InterfaceIndex"]
    assert of_row("ipv4", InterfaceIndex=2**32 - 1, InterfaceLuid=2**64 - 1) == []


def test_a_row_without_a_key_or_a_family_is_refused() -> None:
    assert [p.member for p in ipif.validate({"InterfaceIndex": 13})] == ["Family"]
    for row in ({}, {"InterfaceIndex": 0}, {"InterfaceLuid": 0, "InterfaceIndex": 0}):
        [problem] = ipif.validate({"Family": 4, **row})
        assert problem.member == "InterfaceLuid"


@pytest.mark.parametrize("value", [None, [], "row", 5, object(), [("Family", 4)]])
def test_anything_but_a_dict_is_one_problem(value: Any) -> None:
    for family in (None, "ipv4"):
        [problem] = ipif.validate(value, family=family)
        assert "dict" in problem.rule


@pytest.mark.parametrize("family", [0, 5, "IPv5", 4.0, [], math.nan])
def test_an_unknown_family_is_one_problem(family: Any) -> None:
    assert [p.member for p in ipif.validate({"NlMtu": 1}, family=family)] == ["family"]


# ---- ZoneIndices


@pytest.mark.parametrize("length", [0, 1, 15, 17, 1000])
def test_zone_indices_of_another_length_are_refused(length: int) -> None:
    for value in ((1,) * length, [1] * length):
        for problems in (of_changes("ipv6", ZoneIndices=value), of_row("ipv6", ZoneIndices=value)):
            [problem] = problems
            assert problem.member == "ZoneIndices"


def test_each_invalid_zone_index_is_named() -> None:
    zones = [1] * 16
    zones[3], zones[7], zones[15] = -1, 2**32, "x"  # type: ignore[call-overload]
    expected = ["ZoneIndices[3]", "ZoneIndices[7]", "ZoneIndices[15]"]
    assert [problem.member for problem in of_changes("ipv6", ZoneIndices=zones)] == expected
    assert [problem.member for problem in of_row("ipv6", ZoneIndices=zones)] == expected


def test_a_zone_index_of_all_ones_is_an_unchanged_sentinel() -> None:
    zones = (0, ONES) * 8
    assert of_row("ipv6", ZoneIndices=zones) == []
    found = of_changes("ipv6", ZoneIndices=zones)
    assert [p.member for p in found] == [f"ZoneIndices[{place}]" for place in range(1, 16, 2)]


def test_zone_indices_may_be_a_list() -> None:
    assert of_changes("ipv6", ZoneIndices=[5] * 16) == []


# ---- members that cannot be changed


@pytest.mark.parametrize(
    "field",
    [field for field in ipif.FIELDS if field.access != "settable"],
    ids=lambda field: field.name,
)
def test_only_settable_members_can_be_changed(field: Any) -> None:
    [problem] = of_changes("ipv6", **{field.name: 1})
    assert problem.member == field.name
    assert problem.advice.startswith("leave it out")


@pytest.mark.parametrize(
    "field",
    [field for field in ipif.FIELDS if field.access == "read-only"],
    ids=lambda field: field.name,
)
def test_read_only_members_of_a_row_may_hold_anything(field: Any) -> None:
    for value in (None, 0, -1, 2**200, "x", [], object()):
        assert of_row("ipv6", **{field.name: value}) == []


def test_a_metric_together_with_the_automatic_metric_is_a_problem_in_changes_only() -> None:
    found = of_changes("ipv4", Metric=5, UseAutomaticMetric=True)
    assert [problem.member for problem in found] == ["Metric"]
    assert of_changes("ipv4", Metric=5, UseAutomaticMetric=False) == []
    assert of_row("ipv4", Metric=5, UseAutomaticMetric=True) == []


# ---- unknown members


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_a_misspelt_member_is_suggested(field: Any) -> None:
    name = field.name
    for wrong in (name[:-1], name.lower(), name + "s", name[0] + name[2] + name[1] + name[3:]):
        if wrong in NAMES:
            continue
        [problem] = of_row("ipv4", **{wrong: 5})
        assert (problem.member, problem.value) == (wrong, 5)
        assert f"did you mean {name}?" in problem.advice
        [problem] = of_changes("ipv4", **{wrong: 5})
        assert (problem.member, problem.value) == (wrong, 5)
        assert (f"did you mean {name}?" in problem.advice) == (field.access == "settable")


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("InterfaceMetric", "Metric"),
        ("interface_metric", "Metric"),
        ("RouterDiscovery", "RouterDiscoveryBehavior"),
        ("NlMtuBytes", "NlMtu"),
        ("AutomaticMetric", "UseAutomaticMetric"),
        ("IgnoreDefaultRoutes", "DisableDefaultRoutes"),
        ("mtu", "NlMtu"),
    ],
)
def test_the_name_of_another_tool_is_advised_with_the_member(name: str, member: str) -> None:
    for [problem] in (of_changes("ipv4", **{name: 5}), of_row("ipv4", **{name: 5})):
        assert problem.advice == f"did you mean {member}?"


def test_every_name_of_another_tool_stands_for_a_member_and_is_none_itself() -> None:
    lower = {name.lower() for name in NAMES}
    for name, member in OTHER_NAMES.items():
        assert member in NAMES
        assert name == name.lower()
        assert name not in lower


def test_a_read_only_member_is_advised_for_rows_but_not_for_changes() -> None:
    [problem] = of_row("ipv4", ConnectionState=5)
    assert problem.advice == "did you mean Connected?"
    [problem] = of_changes("ipv4", ConnectionState=5)
    assert "Connected" not in problem.advice


@pytest.mark.parametrize(
    ("value", "advice"),
    [("Enabled", "write True"), ("DISABLED", "write False"), ("maybe", "write True or False")],
)
def test_the_word_of_another_tool_for_a_bool_is_advised_with_the_bool(
    value: str, advice: str
) -> None:
    for [problem] in (of_changes("ipv4", WeakHostSend=value), of_row("ipv4", WeakHostSend=value)):
        assert (problem.rule, problem.advice) == ("expected bool, got str", advice)


# ---- enumerators


@pytest.mark.parametrize("text", ["Disabled", "disabled", "DISABLED"])
def test_the_simulation_is_changed_by_a_named_enumerator_in_any_case(text: str) -> None:
    assert of_changes("ipv4", RouterDiscoveryBehavior=text) == []
    before, after = ipif.update_interface("Ethernet", "ipv4", RouterDiscoveryBehavior=text)
    assert (before["RouterDiscoveryBehavior"], after["RouterDiscoveryBehavior"]) == (2, 0)
    with ipif.changed("Ethernet", "ipv4", LinkLocalAddressBehavior="alwaysOn"):
        assert ipif.get_interface("Ethernet", "ipv4")["LinkLocalAddressBehavior"] == 2


@pytest.mark.parametrize(
    ("value", "rule", "advice"),
    [
        ("Disable", "not a RouterDiscoveryBehavior", "did you mean Disabled?"),
        ("AlwaysOn", "not a RouterDiscoveryBehavior", "write one of Disabled, Enabled, Dhcp"),
        ("2", "not a RouterDiscoveryBehavior", "write one of Disabled, Enabled, Dhcp"),
        (
            ipif.LinkLocalAddressBehavior.AlwaysOn,
            "expected RouterDiscoveryBehavior, got LinkLocalAddressBehavior",
            "write one of Disabled, Enabled, Dhcp",
        ),
    ],
)
def test_an_enumerator_must_be_of_the_enumeration_of_the_member(
    value: Any, rule: str, advice: str
) -> None:
    [problem] = of_changes("ipv4", RouterDiscoveryBehavior=value)
    assert (problem.member, problem.rule, problem.advice) == (
        "RouterDiscoveryBehavior",
        rule,
        advice,
    )


def test_an_unchanged_sentinel_is_refused_by_name_too() -> None:
    [problem] = of_changes("ipv4", RouterDiscoveryBehavior="Unchanged")
    assert "unchanged sentinel" in problem.rule


def test_a_member_that_is_no_enumeration_has_no_named_values() -> None:
    [problem] = of_changes("ipv4", Metric="Disabled")
    assert problem.rule == "expected int, got str"


# ---- any mapping


def test_a_row_and_changes_of_the_simulation_may_be_any_mapping() -> None:
    row = ipif.get_interface("Ethernet", "ipv4")
    assert ipif.validate(MappingProxyType(row)) == []
    assert ipif.validate(UserDict({"NlMtu": 1400}), family="ipv4") == []
    [problem] = ipif.validate(ChainMap({"NlMtu": 5}, row))
    assert problem.member == "NlMtu"
    assert ipif.differences(ChainMap({"NlMtu": 1400}, row)) == {"NlMtu": (1500, 1400)}
    ipif.set_interface(ChainMap({"NlMtu": 1400}, row))
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1400


class FailingMapping(UserDict[str, Any]):
    """Raises when a value is read."""

    def __getitem__(self, name: str) -> Any:
        raise LookupError("gone")


class EndlessMapping(UserDict[str, Any]):
    """Has members without end."""

    def __iter__(self) -> Any:
        return map(str, itertools.count())

    def __getitem__(self, name: str) -> Any:
        return 0


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        (FailingMapping(Family=2), "reading it raised LookupError('gone')"),
        (EndlessMapping(), "it has more than 1000 members"),
        ([("Family", 2)], "expected dict, got list"),
    ],
)
def test_a_mapping_that_cannot_be_read_is_a_problem(mapping: Any, rule: str, calls: Calls) -> None:
    [problem] = ipif.validate(mapping)
    assert (problem.member, problem.rule) == ("row", rule)
    [problem] = ipif.validate(mapping, family="ipv4")
    assert (problem.member, problem.rule) == ("changes", rule)
    for function in (ipif.set_interface, ipif.differences):
        with pytest.raises(ipif.ValidationError) as caught:
            function(mapping)
        assert caught.value.problems[0].rule == rule
    assert calls.total == 0


def test_a_name_that_resembles_no_member_gets_no_suggestion() -> None:
    for name in ("x", "", "Quokka", "\ud800", "x" * 100_000, "Metric\0"):
        [problem] = of_changes("ipv4", **{name: 5})
        assert problem.member == name
        assert problem.rule.startswith("not a member")
    assert "FIELDS" in of_changes("ipv4", Quokka=5)[0].advice


@pytest.mark.parametrize("key", [1, None, b"NlMtu", (), 1.5, frozenset()])
def test_a_key_that_is_not_a_str_is_refused(key: Any) -> None:
    for problems in (
        ipif.validate({key: 5}, family="ipv4"),
        ipif.validate({"Family": 4, "InterfaceIndex": 13, key: 5}),
    ):
        assert len(problems) == 1
        assert "str" in problems[0].rule


# ---- problems


def test_every_problem_is_listed_at_once_in_the_order_of_the_members() -> None:
    changes = {"NlMtu": 575, "Mertic": 5, "Connected": True, "DadTransmits": None, "Metric": -1}
    changes |= {"ForwardingEnabled": 1, "ZoneIndices": (), "InterfaceIndex": 5}
    assert [problem.member for problem in ipif.validate(changes, family="ipv4")] == list(changes)
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.update_interface("Ethernet", "ipv4", **changes)  # type: ignore[arg-type]
    assert caught.value.problems == ipif.validate(changes, family="ipv4")
    for problem in caught.value.problems:
        assert str(problem) in str(caught.value)


def test_validation_does_not_change_its_argument() -> None:
    row = {"Family": "ipv4", "InterfaceIndex": 13, "NlMtu": 5, "Connected": "x", "Bogus": []}
    before = copy.deepcopy(row)
    ipif.validate(row)
    ipif.validate(row, family="ipv4")
    assert row == before


def test_a_problem_has_member_value_rule_and_advice() -> None:
    [problem] = of_changes("ipv6", NlMtu=1279)
    assert (problem.member, problem.value) == ("NlMtu", 1279)
    for part in ("NlMtu = 1279", problem.rule, problem.advice):
        assert part in str(problem)
    assert repr(problem).startswith("Problem(member='NlMtu', value=1279, rule=")
    assert problem == copy.copy(problem)
    assert problem != of_changes("ipv6", NlMtu=1278)[0]
    assert problem != "NlMtu"


# ---- hostile objects


class Hostile:
    """Raises in every method."""

    def __init__(self, hash_value: int = 0) -> None:
        self._hash = hash_value

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def _raise(self, *arguments: object) -> Any:
        raise RuntimeError("hostile")

    __index__ = __int__ = __bool__ = __len__ = __iter__ = __repr__ = __str__ = _raise
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = _raise  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class HostileKey(Hostile):
    """Has the hash of a member's name; raises when it is compared or hashed again."""

    hashed = False
    name = "Family"

    def __hash__(self) -> int:
        if HostileKey.hashed:
            raise RuntimeError("hash")
        return hash(HostileKey.name)


class HostileStr(str):
    def _raise(self, *arguments: object) -> Any:
        raise RuntimeError("hostile")

    __eq__ = __hash__ = __len__ = encode = _raise  # type: ignore[assignment]


@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_a_hostile_value_is_reported_as_a_problem(field: Any) -> None:
    for value in (Hostile(), HostileStr("x"), (Hostile(),) * 16, 10**5000):
        row = {"Family": "ipv4", "InterfaceIndex": 13, field.name: value}
        assert bool(ipif.validate(row)) == (field.access != "read-only")
        problems = ipif.validate({field.name: value}, family="ipv4")
        assert problems
        assert all(str(problem) and repr(problem) for problem in problems)


@pytest.mark.parametrize("name", ["Family", "NlMtu", "UseAutomaticMetric", "InterfaceIndex"])
def test_a_hostile_key_is_reported_as_a_problem(name: str) -> None:
    HostileKey.name = name
    HostileKey.hashed = False
    row = {HostileKey(): 1, "x": 2}
    HostileKey.hashed = True
    assert len(ipif.validate(row, family="ipv4")) == 2
    assert len(ipif.validate(row)) >= 2


def test_a_hostile_family_is_reported_as_a_problem() -> None:
    for family in (Hostile(), HostileStr("x")):
        assert [p.member for p in ipif.validate({}, family=family)] == ["family"]
    assert ipif.validate({}, family=HostileStr("IPv4")) == []  # read without its methods


class Meddler:
    """Changes the dict that it is in while it is read."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def __index__(self) -> int:
        self.row.clear()
        self.row.update(dict.fromkeys(map(str, range(1000)), self))
        return 1400


def test_a_row_that_changes_while_it_is_read_is_read_as_it_was() -> None:
    for family in (None, "ipv4"):
        row: dict[str, Any] = {} if family else {"Family": "ipv4", "InterfaceIndex": 13}
        row |= {"NlMtu": Meddler(row), "Metric": -1}
        assert [p.member for p in ipif.validate(row, family=family)] == ["Metric"]


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.binary(max_size=4) | st.sampled_from([0, 1, 2, 64, 575, 1279, ONES, 2**31, 2**64])
)  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=17) | st.tuples(inner))
keys = st.sampled_from(sorted(NAMES)) | st.text(max_size=12) | st.integers() | st.none()


@settings(max_examples=100)
@given(row=st.dictionaries(keys, values, max_size=8))
@example(row={"Family": "ipv4", "InterfaceIndex": 13, "ZoneIndices": [True] * 16})
def test_validate_never_raises_whatever_the_dict_holds(row: dict[Any, Any]) -> None:
    for family in (None, "ipv4", "ipv6"):
        for problem in ipif.validate(row, family=family):
            assert str(problem)
            assert type(problem.member) is str


# ---- the same rules in the simulation


def near(field: Any) -> st.SearchStrategy[Any]:
    """Return values that a member can store, mostly those at the ends of its ranges."""
    if field.kind == "bool":
        return st.booleans()
    if field.kind == "uint32[16]":
        zone = st.sampled_from([0, 1, 13, ONES - 1, ONES])
        return st.lists(zone, min_size=16, max_size=16).map(tuple)
    edges = {0, 1, *field.unchanged}
    for low, high in field.ranges.values():
        edges |= {low - 1, low, low + 1, high - 1, high, high + 1}
    low, high = (-(2**31), 2**31 - 1) if field.kind == "enum" else (0, ONES)
    edge = st.sampled_from(sorted(value for value in edges if low <= value <= high))
    return edge | edge | st.integers(low, high)


members = st.fixed_dictionaries({}, optional={field.name: near(field) for field in SETTABLE})
families = st.sampled_from(["ipv4", "ipv6"])


@settings(max_examples=300)
@given(family=families, changes=members, whole=st.booleans())
def test_a_valid_row_has_the_effect_in_the_simulation_that_differences_predict(
    family: Any, changes: dict[str, Any], whole: bool
) -> None:
    row: dict[str, Any] = {"Family": family, "InterfaceIndex": 13}
    if whole:
        row = dict(ipif.get_interface(13, family))
    row |= changes
    if ipif.validate(row):
        with pytest.raises(ipif.ValidationError):
            ipif.set_interface(row)
        return
    try:
        expected = ipif.differences(row)
        ipif.set_interface(row)
    except ipif.ValidationError:  # the only rule of set_interface that needs the current row
        current = ipif.get_interface(13, family)
        assert current["UseAutomaticMetric"]
        assert row["Metric"] != current["Metric"]
        return
    after: dict[str, Any] = dict(ipif.get_interface(13, family))
    for name, (_, wanted) in expected.items():
        assert after[name] == wanted


@settings(max_examples=300)
@given(family=families, changes=members, strict=st.booleans())
def test_changes_that_the_simulation_refuses_have_problems(
    family: Any, changes: dict[str, Any], strict: bool
) -> None:
    simulation.reset()
    af = socket.AF_INET if family == "ipv4" else socket.AF_INET6
    problems = ipif.validate(changes, family=family)
    try:
        netioapi.update_ip_interface_entry(af, changes, index=13)
    except ipif.InvalidRow:
        assert problems
    if not problems:
        _, after = ipif.update_interface(13, family, **changes)
        for name, value in changes.items():
            assert after[name] == value  # type: ignore[literal-required]
