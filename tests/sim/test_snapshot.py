"""Snapshots: bad documents are refused, with the place of each problem, and change nothing."""

import copy
import json
from collections import ChainMap, UserDict
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.costs import costs_at_most
from support.machine import native

import ipif
from ipif import netioapi, simulation
from ipif._sim import snapshot

BUNDLED = json.loads(Path(snapshot.bundled_file("machine.json")).read_text(encoding="utf-8"))
SECTIONS = ("adapters", "interfaces", "routes", "addresses")

ADAPTER = {"InterfaceLuid": 0x0006_0000_0500_0000, "InterfaceIndex": 5, "Alias": "one"}
INTERFACE = {"Family": "ipv4", "InterfaceLuid": ADAPTER["InterfaceLuid"], "InterfaceIndex": 5}
ROUTE = {"InterfaceLuid": ADAPTER["InterfaceLuid"], "DestinationPrefix": "10.0.0.0/8"}
ADDRESS = {"InterfaceLuid": ADAPTER["InterfaceLuid"], "Address": "10.0.0.1"}


def small(**sections: Any) -> dict[str, Any]:
    """Return the smallest document with one row of everything, with some sections replaced."""
    document: dict[str, Any] = {
        "ipif_snapshot": 1,
        "adapters": [ADAPTER],
        "interfaces": [INTERFACE],
    }
    return document | {"routes": [ROUTE], "addresses": [ADDRESS]} | sections


def refused(document: Any) -> list[ipif.Problem]:
    """Return the problems of a snapshot that is refused; the machine must be as before."""
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.load(document)
    assert simulation.dump() == before
    assert all(problem.rule and problem.advice for problem in caught.value.problems)
    return caught.value.problems


def places(document: Any) -> list[str]:
    return [problem.member for problem in refused(document)]


# ---- valid documents


class Broken(UserDict[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, name: str) -> Any:
        raise OSError("gone")


def wrapped(value: Any, mapping: Callable[[Any], Any]) -> Any:
    """Return a document in which every object is a *mapping* and every array is a tuple."""
    if isinstance(value, dict):
        return mapping({name: wrapped(member, mapping) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(wrapped(item, mapping) for item in value)
    return value


@pytest.mark.parametrize("mapping", [MappingProxyType, ChainMap, UserDict])
def test_a_snapshot_may_be_made_of_any_mapping(mapping: Any) -> None:
    document = {**BUNDLED, "profile": {"name": "doc_zero", "mtu_clamped": True}}
    simulation.load(document)
    expected = simulation.dump()
    simulation.reset()
    simulation.load(wrapped(document, mapping))
    assert simulation.dump() == expected


@pytest.mark.parametrize("mapping", [dict, MappingProxyType])
def test_the_rows_of_an_adapter_with_a_problem_are_not_problems_too(mapping: Any) -> None:
    adapter = mapping(ADAPTER | {"Alias": 5})
    assert places(small(adapters=[adapter])) == ["adapters[0].Alias"]
    assert len(places(small(adapters=[]))) == 3


def test_a_problem_of_a_row_that_is_any_mapping_has_its_place() -> None:
    row = MappingProxyType(ADAPTER | {"Alais": "one"})
    assert places(small(adapters=[row])) == ["adapters[0].Alais"]
    assert places(small(adapters=[UserDict(InterfaceLuid=5)])).count("adapters[0].Alias") == 1
    for section in SECTIONS:
        row = Broken(small()[section][0])
        problems = refused(small(**{section: [row]}))
        assert problems[0].member == f"{section}[0]"
        assert problems[0].rule == "reading it raised OSError('gone')"
    assert places(Broken(small())) == ["snapshot"]
    assert places(small(profile=Broken(name="sentinel"))) == ["profile"]


def test_machines_of_published_listings_can_be_loaded() -> None:
    loopback = ADAPTER | {"InterfaceLuid": 0x0018 << 48, "InterfaceIndex": 1, "Alias": "Loopback"}
    unplugged = ADAPTER | {"MediaConnectState": 2, "TransmitLinkSpeed": 2**64 - 1}
    rows = [
        {"Family": family, "InterfaceLuid": loopback["InterfaceLuid"], "InterfaceIndex": 1}
        for family in ("ipv4", "ipv6")
    ]
    rows[0]["NlMtu"] = 1500  # beside the usual 4294967295 of IPv6
    rows[1]["NlMtu"] = 2**32 - 1
    adapters = [loopback, unplugged]  # the second has IPv4 only
    simulation.load({"ipif_snapshot": 1, "adapters": adapters, "interfaces": [*rows, INTERFACE]})
    mtus = [ipif.get_interface(1, "ipv4")["NlMtu"], ipif.get_interface(1, "ipv6")["NlMtu"]]
    assert mtus == [1500, 2**32 - 1]
    wired = ipif.get_interface(5, "ipv4")
    assert (wired["Metric"], wired["Connected"]) == (5, False)
    with pytest.raises(ipif.FamilyNotBound):
        ipif.get_interface(5, "ipv6")


def test_the_smallest_snapshots_are_filled_in_with_the_defaults_of_windows() -> None:
    simulation.load({"ipif_snapshot": 1})
    assert simulation.dump()["adapters"] == []
    assert ipif.list_interfaces() == ipif.list_adapters() == ipif.list_routes() == []

    simulation.load(small())
    row = ipif.get_interface("one", "ipv4")
    assert (row["NlMtu"], row["Metric"], row["UseAutomaticMetric"]) == (1500, 25, True)
    assert (row["SitePrefixLength"], row["DadTransmits"], row["Connected"]) == (64, 3, True)
    assert str(ipif.best_route("10.1.2.3")["DestinationPrefix"]) == "10.0.0.0/8"
    assert ipif.list_addresses()[0]["OnLinkPrefixLength"] == 24


def test_a_snapshot_equals_the_dump_and_can_be_loaded() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400, ZoneIndices=tuple(range(16)))
    simulation.add_interface("Ümläut 🦎", families=["ipv6"], Description="x" * 256)
    snapshot = ipif.snapshot()
    dump = simulation.dump()
    assert snapshot == dump
    simulation.reset()
    simulation.load(json.loads(json.dumps(snapshot)))
    assert simulation.dump() == dump
    assert ipif.snapshot() == snapshot


def test_a_snapshot_leaves_out_rows_without_an_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    adapters = netioapi.get_if_table2(2)
    monkeypatch.setattr(native, "get_if_table2", lambda level: adapters[:1])
    document = ipif.snapshot()
    assert len(document["interfaces"]) == 2
    simulation.load(document)


def test_loading_takes_time_in_proportion_to_the_number_of_rows() -> None:
    def load(count: int) -> None:
        luids = [0x0006_0000_0000_0000 + (number << 24) for number in range(1, count // 2 + 1)]
        document = {
            "ipif_snapshot": 1,
            "adapters": [
                {"InterfaceLuid": luid, "InterfaceIndex": number, "Alias": f"adapter {number}"}
                for number, luid in enumerate(luids, 1)
            ],
            "interfaces": [
                {"Family": family, "InterfaceLuid": luid, "InterfaceIndex": number}
                for number, luid in enumerate(luids, 1)
                for family in ("ipv4", "ipv6")
            ],
        }
        simulation.load(document)
        assert len(ipif.list_interfaces()) == count
        assert ipif.get_interface(f"adapter {count // 2}", "ipv6")["InterfaceIndex"] == count // 2

    # 10 times as many rows; quadratic would be 100 times.
    assert costs_at_most(40, lambda: load(20_000), lambda: load(2_000))


# ---- the document as a whole


@pytest.mark.parametrize("document", [None, 5, [], True, b"{}", object(), [("ipif_snapshot", 1)]])
def test_anything_but_an_object_is_refused(document: Any) -> None:
    assert places(document) == ["snapshot"]


@pytest.mark.parametrize("version", [None, 0, 2, "1", 1.0, True, [1], -1, 2**200])
def test_another_version_is_refused(version: Any) -> None:
    assert places(small(ipif_snapshot=version)) == ["ipif_snapshot"]


def test_a_missing_version_is_refused() -> None:
    document = small()
    del document["ipif_snapshot"]
    assert places(document) == ["ipif_snapshot"]
    assert places({}) == ["ipif_snapshot"]


def test_an_unknown_member_is_refused_with_a_suggestion() -> None:
    [problem] = refused(small(interface=[]))
    assert (problem.member, problem.advice) == ("interface", "did you mean interfaces?")
    assert places(small(x=1, y=2)) == ["x", "y"]
    assert len(refused({"ipif_snapshot": 1, 5: 6, None: 7, ("a",): 8})) == 3


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [None, 5, "x", {}, True, {"0": {}}])
def test_a_section_that_is_not_an_array_is_refused(section: str, value: Any) -> None:
    document = {"ipif_snapshot": 1, section: value}
    assert places(document) == [section]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("row", [None, 5, "x", [], True])
def test_a_row_that_is_not_an_object_is_refused(section: str, row: Any) -> None:
    assert f"{section}[1]" in places(small(**{section: [*small()[section], row]}))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("Sentinel", "profile"),
        (None, "profile"),
        (5, "profile"),
        ([], "profile"),
        ({"name": "x"}, "profile"),
        ({"mtu_clampt": True}, "profile.mtu_clampt"),
        ({"mtu_clamped": 1}, "profile.mtu_clamped"),
        ({5: True}, "profile.5"),
    ],
)
def test_an_invalid_profile_is_refused(value: Any, place: str) -> None:
    assert places(small(profile=value)) == [place]


@pytest.mark.parametrize("value", [1, 0, None, "true", []])
def test_an_invalid_elevated_is_refused(value: Any) -> None:
    assert places(small(elevated=value)) == ["elevated"]


def test_every_problem_is_reported_at_once_with_its_place() -> None:
    document = small(
        elevated=1,
        adapters=[ADAPTER | {"Mtu": -1, "Alais": "x"}],
        interfaces=[INTERFACE, INTERFACE | {"Family": "ipv6", "NlMtu": "1500", "Connected": 1}],
        routes=[ROUTE, {"Metric": 5}],
    )
    expected = {"elevated", "adapters[0].Mtu", "adapters[0].Alais", "interfaces[1].NlMtu"}
    expected |= {"interfaces[1].Connected", "routes[1].InterfaceLuid"}
    expected |= {"routes[1].DestinationPrefix"}
    assert set(places(document)) == expected


# ---- rows


@pytest.mark.parametrize(
    ("section", "row", "missing"),
    [
        *(("adapters", ADAPTER, name) for name in ADAPTER),
        *(("interfaces", INTERFACE, name) for name in INTERFACE),
        *(("routes", ROUTE, name) for name in ROUTE),
        *(("addresses", ADDRESS, name) for name in ADDRESS),
    ],
)
def test_a_row_without_a_required_member_is_refused(
    section: str, row: dict[str, Any], missing: str
) -> None:
    less = {name: value for name, value in row.items() if name != missing}
    assert f"{section}[0].{missing}" in places(small(**{section: [less]}))


STRUCTURES = {
    "adapters": "MIB_IF_ROW2",
    "interfaces": "MIB_IPINTERFACE_ROW",
    "routes": "MIB_IPFORWARD_ROW2",
    "addresses": "MIB_UNICASTIPADDRESS_ROW",
}
MEMBERS = [
    (section, field)
    for section, structure in STRUCTURES.items()
    for field in netioapi.FIELDS[structure]
]


@pytest.mark.parametrize(
    ("section", "field"), MEMBERS, ids=[f"{section}.{field.name}" for section, field in MEMBERS]
)
def test_a_member_of_a_wrong_type_is_refused(section: str, field: Any) -> None:
    row = small()[section][0]
    wrong: list[Any] = [None, 1.5, float("nan"), float("inf"), {}, [], [1], 10**5000, -(2**64)]
    wrong += ["\0", "x" * 10_000, "\ud800", object(), b"x"]
    wrong += [True] if field.kind not in ("bool", "flag") else [1, 0, "true"]
    if field.kind not in ("str", "bytes"):
        wrong.append("")
    for value in wrong:
        found = refused(small(**{section: [row | {field.name: value}]}))
        assert f"{section}[0].{field.name}" in [problem.member for problem in found]
        assert all(len(str(problem)) < 1000 for problem in found)


@pytest.mark.parametrize(
    "zones", [[0] * 15, [0] * 17, [-1] + [0] * 15, [2**32] + [0] * 15, [True] * 16, ["0"] * 16]
)
def test_invalid_zone_indices_are_refused(zones: list[Any]) -> None:
    row = INTERFACE | {"ZoneIndices": zones}
    assert places(small(interfaces=[row])) == ["interfaces[0].ZoneIndices"]


@pytest.mark.parametrize(
    ("section", "member", "value"),
    [
        (section, member, value)
        for section, member, values in (
            ("adapters", "InterfaceGuid", ["0000000D-1111-4222-8333-0123456789AB"]),
            ("adapters", "PhysicalAddress", ["02:00", "0", "02-", "GG", "00-" * 33]),
            ("adapters", "Alias", ["x" * 257, "🦎" * 129]),
            ("routes", "DestinationPrefix", ["10.0.0.1/8", "::/129", "x", "fe80::1%1/64"]),
            ("routes", "NextHop", ["10.0.0.256", "localhost", "fe80::1%eth0", " "]),
            ("addresses", "Address", ["fe80::1%99999999999", "10.0.0.1/8"]),
            ("interfaces", "Family", ["ipv5", 2, 23, "IPv4", 4]),
        )
        for value in values
    ],
)
def test_a_meaningless_text_is_refused(section: str, member: str, value: Any) -> None:
    row = small()[section][0] | {member: value}
    assert f"{section}[0].{member}" in places(small(**{section: [row]}))


OTHER = {"InterfaceLuid": 0x0006_0000_0600_0000, "InterfaceIndex": 6, "Alias": "two"}


@pytest.mark.parametrize("member", ADAPTER)
def test_two_adapters_with_the_same_luid_index_or_alias_are_refused(member: str) -> None:
    adapters = [ADAPTER, OTHER | {member: ADAPTER[member]}]
    assert places(small(adapters=adapters)) == [f"adapters[1].{member}"]


def test_two_aliases_that_differ_in_case_only_are_refused() -> None:
    assert places(small(adapters=[ADAPTER, OTHER | {"Alias": "ONE"}])) == ["adapters[1].Alias"]


@pytest.mark.parametrize("member", ["InterfaceLuid", "InterfaceIndex"])
def test_an_adapter_with_a_key_of_zero_is_refused(member: str) -> None:
    document = {"ipif_snapshot": 1, "adapters": [ADAPTER | {member: 0}]}
    assert places(document) == [f"adapters[0].{member}"]


def test_two_rows_of_one_interface_and_family_are_refused() -> None:
    assert places(small(interfaces=[INTERFACE, INTERFACE])) == ["interfaces[1].Family"]


@pytest.mark.parametrize("section", SECTIONS[1:])
def test_a_row_without_an_adapter_is_refused(section: str) -> None:
    row = small()[section][0] | {"InterfaceLuid": 77}
    assert places(small(**{section: [row]})) == [f"{section}[0].InterfaceLuid"]


@pytest.mark.parametrize("section", SECTIONS[1:])
@pytest.mark.parametrize("index", [0, 6])
def test_a_row_whose_index_is_not_that_of_its_adapter_is_refused(section: str, index: int) -> None:
    row = small()[section][0] | {"InterfaceIndex": index}
    assert places(small(**{section: [row]})) == [f"{section}[0].InterfaceIndex"]


@pytest.mark.parametrize(
    ("section", "members", "member"),
    [
        ("routes", {"NextHop": "fe80::1"}, "NextHop"),
        ("addresses", {"OnLinkPrefixLength": 33}, "OnLinkPrefixLength"),
        ("adapters", {"PhysicalAddressLength": 6}, "PhysicalAddressLength"),
        ("adapters", {"PhysicalAddressLength": 33}, "PhysicalAddressLength"),
        (
            "adapters",
            {"PhysicalAddress": "02-00", "PermanentPhysicalAddress": "02"},
            "PermanentPhysicalAddress",
        ),
    ],
)
def test_members_that_contradict_each_other_are_refused(
    section: str, members: dict[str, Any], member: str
) -> None:
    row = small()[section][0] | members
    assert places(small(**{section: [row]})) == [f"{section}[0].{member}"]


def test_a_deeply_nested_document_is_refused_in_memory_too() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    for document, place in (
        (small(adapters=[nested]), "adapters[0]"),
        (small(adapters=nested), "adapters[0]"),
        (small(profile={"name": nested}), "profile"),
        (small(routes=[ROUTE | {"Metric": nested}]), "routes[0].Metric"),
    ):
        assert place in places(document)


# ---- mutations of the bundled machine


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
junk = scalars | st.lists(scalars, max_size=17) | st.dictionaries(st.text(max_size=6), scalars)


@st.composite
def mutated(draw: Callable[..., Any]) -> dict[str, Any]:
    """Return the bundled machine with some of its parts replaced, removed, doubled or swapped."""
    document = copy.deepcopy(BUNDLED)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while True:
            keys = sorted(place) if isinstance(place, dict) else range(len(place))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if isinstance(inner, (dict, list)) and draw(st.integers(0, 9)) > 0:
                place = inner
                continue
            action = draw(st.sampled_from(["replace", "remove", "double", "swap"]))
            if action == "remove":
                del place[key]
            elif action == "double" and isinstance(place, list):
                place.append(copy.deepcopy(inner))
            elif action == "swap":
                other = draw(st.sampled_from(keys))
                place[key], place[other] = place[other], place[key]
            else:
                place[key] = draw(junk)
            break
    return document


@settings(max_examples=250)
@given(document=mutated())
def test_a_mutated_snapshot_is_loaded_or_refused_as_a_whole(document: dict[str, Any]) -> None:
    before = simulation.dump()
    problems: list[ipif.Problem] = []
    try:
        simulation.load(document)
    except ipif.ValidationError as error:
        problems = error.problems
    if problems:
        assert simulation.dump() == before
        assert all(str(problem) for problem in problems)
    else:
        after = simulation.dump()
        simulation.load(after)
        assert simulation.dump() == after
        for row in ipif.list_adapters():
            ipif.Luid(row["InterfaceLuid"]).name  # noqa: B018


# ---- files


def refused_file(path: Path | str) -> list[ipif.Problem]:
    found = refused(path)
    for problem in found:
        assert problem.value == str(path) or problem.member.startswith(f"{path}: ")
    return found


@pytest.mark.parametrize(
    "data",
    [
        b"", b"x", b"{", b"{}x", b"[1,", b"\xff\xfe{\x00", b"\xc3(", b"\0", b"nul",
        b'{"ipif_snapshot": 1, "ipif_snapshot": 1}', b'{"ipif_snapshot": NaN}',
        b'{"ipif_snapshot": Infinity}',
        b'{"ipif_snapshot": 1, "adapters": [{"Mtu": 1, "Mtu": 1}]}', b"{'ipif_snapshot': 1}",
        b'{"ipif_snapshot": 1,}', b'{"ipif_snapshot": 1, "about": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_a_file_that_is_not_json_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_bytes(data)
    [problem] = refused_file(file)
    assert problem.member == "snapshot file"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"ipif_snapshot": 1, "adapters": ['])
def test_ten_megabytes_of_nesting_are_refused(opening: bytes, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_bytes(opening + b"[" * 10_000_000)
    [problem] = refused_file(file)
    assert "deep" in problem.rule


def test_a_file_of_more_than_64_mib_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    with file.open("wb") as stream:
        stream.truncate(64 * 2**20 + 1)
    [problem] = refused_file(file)
    assert "larger" in problem.rule


def test_the_problems_of_a_file_name_the_file_and_the_place(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps(small(adapters=[ADAPTER | {"Mtu": -1}])), encoding="utf-8")
    [problem] = refused_file(file)
    assert problem.member == f"{file}: adapters[0].Mtu"


def test_a_file_with_half_a_surrogate_pair_in_an_alias_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text(json.dumps(small(adapters=[ADAPTER | {"Alias": "\ud800"}])), encoding="ascii")
    assert refused_file(file)[0].member.endswith("adapters[0].Alias")


def test_a_missing_file_and_a_folder_are_os_errors(tmp_path: Path) -> None:
    before = simulation.dump()
    with pytest.raises(FileNotFoundError):
        simulation.load(tmp_path / "none.json")
    with pytest.raises(OSError):  # noqa: PT011 - which one differs from system to system
        simulation.load(tmp_path)
    assert simulation.dump() == before


def test_an_impossible_path_is_refused() -> None:
    before = simulation.dump()
    for path in ("a\0b", ""):
        with pytest.raises((ipif.ValidationError, OSError)):
            simulation.load(path)
    assert simulation.dump() == before


# ---- documents of other tools


def test_adapters_may_have_no_alias() -> None:
    document: Any = simulation.dump()
    for row in document["adapters"][-2:]:
        row["Alias"] = ""
    simulation.load(document)
    assert [row["Alias"] for row in ipif.list_adapters()].count("") >= 2


def test_a_document_is_checked_without_being_loaded() -> None:
    before = simulation.dump()
    snapshot.check({**before, "routes": []})
    with pytest.raises(ipif.ValidationError):
        snapshot.check({})
    assert simulation.dump() == before
