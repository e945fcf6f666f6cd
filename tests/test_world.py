"""World documents: bad and hostile ones are refused by place and leave the machine alone."""

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipif
from ipif import netioapi, simulation

BUNDLED = json.loads(
    Path(ipif.__file__).with_name("bundled_world.json").read_text(encoding="utf-8")
)
SECTIONS = ("links", "interfaces", "routes", "addresses")

LINK = {"InterfaceLuid": 0x0006_0000_0500_0000, "InterfaceIndex": 5, "Alias": "one"}
INTERFACE = {"Family": "ipv4", "InterfaceLuid": LINK["InterfaceLuid"], "InterfaceIndex": 5}
ROUTE = {"InterfaceLuid": LINK["InterfaceLuid"], "DestinationPrefix": "10.0.0.0/8"}
ADDRESS = {"InterfaceLuid": LINK["InterfaceLuid"], "Address": "10.0.0.1"}


def small(**sections: Any) -> dict[str, Any]:
    """Return the smallest world with one row of everything, with some sections replaced."""
    world: dict[str, Any] = {"ipif_world": 1, "links": [LINK], "interfaces": [INTERFACE]}
    return world | {"routes": [ROUTE], "addresses": [ADDRESS]} | sections


def refused(world: Any) -> list[ipif.Problem]:
    """Return the problems of a world that is refused; the machine must be as before."""
    before = simulation.dump()
    with pytest.raises(ipif.ValidationError) as caught:
        simulation.load(world)
    assert simulation.dump() == before
    assert all(problem.rule and problem.advice for problem in caught.value.problems)
    return caught.value.problems


def places(world: Any) -> list[str]:
    return [problem.member for problem in refused(world)]


# ---- good ones


def test_the_smallest_worlds_are_filled_in_with_what_windows_shows() -> None:
    simulation.load({"ipif_world": 1})
    assert simulation.dump()["links"] == []
    assert ipif.list_interfaces() == ipif.list_links() == ipif.list_routes() == []

    simulation.load(small())
    row = ipif.get_interface("one", "ipv4")
    assert (row["NlMtu"], row["Metric"], row["UseAutomaticMetric"]) == (1500, 25, True)
    assert (row["SitePrefixLength"], row["DadTransmits"], row["Connected"]) == (64, 3, True)
    assert str(ipif.best_route("10.1.2.3")["DestinationPrefix"]) == "10.0.0.0/8"
    assert ipif.list_addresses()[0]["OnLinkPrefixLength"] == 24


def test_every_row_round_trips_through_json() -> None:
    tables = {
        "MIB_IPINTERFACE_ROW": ipif.list_interfaces(),
        "MIB_IF_ROW2": ipif.list_links(),
        "MIB_IPFORWARD_ROW2": ipif.list_routes(),
        "MIB_UNICASTIPADDRESS_ROW": ipif.list_addresses(),
        "MIB_IPFORWARDROW": [netioapi.get_best_route("192.168.1.7")],
    }
    for structure, rows in tables.items():
        assert rows
        for row in rows:
            document = json.loads(json.dumps(ipif.to_json(row)))  # type: ignore[arg-type]
            assert list(document) == list(row)
            assert ipif.from_json(structure, document) == row


def test_an_unchanged_member_is_left_out_of_json() -> None:
    row = netioapi.initialize_ip_interface_entry()
    document = ipif.to_json(row)
    assert document.keys() == {name for name, value in row.items() if value is not None}


def test_json_names_the_family_and_spells_guids_and_hardware_addresses() -> None:
    link = ipif.to_json(ipif.list_links()[1])
    assert link["InterfaceGuid"] == "{0000000D-1111-4222-8333-0123456789AB}"
    assert link["PhysicalAddress"] == "02-00-00-00-00-0D"
    families = [ipif.to_json(row)["Family"] for row in ipif.list_interfaces()]
    assert set(families) == {"ipv4", "ipv6"}


def test_a_snapshot_can_be_played_and_is_the_dump() -> None:
    ipif.update_interface("Ethernet", "ipv4", Metric=10, NlMtu=1400, ZoneIndices=tuple(range(16)))
    simulation.add_interface("Ümläut 🦎", families=["ipv6"], Description="x" * 256)
    snapshot = ipif.snapshot()
    dump = simulation.dump()
    assert snapshot == dump
    simulation.reset()
    simulation.load(json.loads(json.dumps(snapshot)))
    assert simulation.dump() == dump
    assert ipif.snapshot() == snapshot


def test_a_snapshot_leaves_out_what_belongs_to_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    links = netioapi.get_if_table2(2)
    monkeypatch.setattr(netioapi, "get_if_table2", lambda level: links[:1])
    snapshot = ipif.snapshot()
    assert len(snapshot["interfaces"]) == 2
    simulation.load(snapshot)


def test_loading_takes_time_in_proportion_to_the_world() -> None:
    def seconds(count: int) -> float:
        luids = [0x0006_0000_0000_0000 + (number << 24) for number in range(1, count // 2 + 1)]
        world = {
            "ipif_world": 1,
            "links": [
                {"InterfaceLuid": luid, "InterfaceIndex": number, "Alias": f"link {number}"}
                for number, luid in enumerate(luids, 1)
            ],
            "interfaces": [
                {"Family": family, "InterfaceLuid": luid, "InterfaceIndex": number}
                for number, luid in enumerate(luids, 1)
                for family in ("ipv4", "ipv6")
            ],
        }
        start = time.perf_counter()
        simulation.load(world)
        taken = time.perf_counter() - start
        assert len(ipif.list_interfaces()) == count
        assert ipif.get_interface(f"link {count // 2}", "ipv6")["InterfaceIndex"] == count // 2
        return taken

    few = min(seconds(2_000) for _ in range(3))
    assert seconds(20_000) < 40 * few  # quadratic would be 100 times


# ---- the document as a whole


@pytest.mark.parametrize("world", [None, 5, [], True, b"{}", object(), [("ipif_world", 1)]])
def test_what_is_no_object_is_refused(world: Any) -> None:
    assert places(world) == ["world"]


@pytest.mark.parametrize("version", [None, 0, 2, "1", 1.0, True, [1], -1, 2**200])
def test_another_version_is_refused(version: Any) -> None:
    assert places(small(ipif_world=version)) == ["ipif_world"]


def test_a_missing_version_is_refused() -> None:
    world = small()
    del world["ipif_world"]
    assert places(world) == ["ipif_world"]
    assert places({}) == ["ipif_world"]


def test_an_unknown_member_is_refused_with_a_suggestion() -> None:
    [problem] = refused(small(interface=[]))
    assert (problem.member, problem.advice) == ("interface", "did you mean interfaces?")
    assert places(small(x=1, y=2)) == ["x", "y"]
    assert len(refused({"ipif_world": 1, 5: 6, None: 7, ("a",): 8})) == 3


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("value", [None, 5, "x", {}, True, {"0": {}}])
def test_a_section_that_is_no_array_is_refused(section: str, value: Any) -> None:
    world = {"ipif_world": 1, section: value}
    assert places(world) == [section]


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("row", [None, 5, "x", [], True])
def test_a_row_that_is_no_object_is_refused(section: str, row: Any) -> None:
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
def test_a_bad_profile_is_refused(value: Any, place: str) -> None:
    assert places(small(profile=value)) == [place]


@pytest.mark.parametrize("value", [1, 0, None, "true", []])
def test_a_bad_elevated_is_refused(value: Any) -> None:
    assert places(small(elevated=value)) == ["elevated"]


def test_every_problem_is_told_at_once_with_its_place() -> None:
    world = small(
        elevated=1,
        links=[LINK | {"Mtu": -1, "Alais": "x"}],
        interfaces=[INTERFACE, INTERFACE | {"Family": "ipv6", "NlMtu": "1500", "Connected": 1}],
        routes=[ROUTE, {"Metric": 5}],
    )
    expected = {"elevated", "links[0].Mtu", "links[0].Alais", "interfaces[1].NlMtu"}
    expected |= {"interfaces[1].Connected", "routes[1].InterfaceLuid"}
    expected |= {"routes[1].DestinationPrefix"}
    assert set(places(world)) == expected


# ---- rows


@pytest.mark.parametrize(
    ("section", "row", "missing"),
    [
        *(("links", LINK, name) for name in LINK),
        *(("interfaces", INTERFACE, name) for name in INTERFACE),
        *(("routes", ROUTE, name) for name in ROUTE),
        *(("addresses", ADDRESS, name) for name in ADDRESS),
    ],
)
def test_a_row_without_what_no_default_replaces_is_refused(
    section: str, row: dict[str, Any], missing: str
) -> None:
    less = {name: value for name, value in row.items() if name != missing}
    assert f"{section}[0].{missing}" in places(small(**{section: [less]}))


STRUCTURES = {
    "links": "MIB_IF_ROW2",
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
def test_no_member_takes_a_wrong_type(section: str, field: Any) -> None:
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
def test_bad_zone_indices_are_refused(zones: list[Any]) -> None:
    row = INTERFACE | {"ZoneIndices": zones}
    assert places(small(interfaces=[row])) == ["interfaces[0].ZoneIndices"]


@pytest.mark.parametrize(
    ("section", "member", "value"),
    [
        (section, member, value)
        for section, member, values in (
            ("links", "InterfaceGuid", ["0000000D-1111-4222-8333-0123456789AB"]),
            ("links", "PhysicalAddress", ["02:00", "0", "02-", "GG", "00-" * 33]),
            ("links", "Alias", ["x" * 257, "🦎" * 129]),
            ("routes", "DestinationPrefix", ["10.0.0.1/8", "::/129", "x", "fe80::1%1/64"]),
            ("routes", "NextHop", ["10.0.0.256", "localhost", "fe80::1%eth0", " "]),
            ("addresses", "Address", ["fe80::1%99999999999", "10.0.0.1/8"]),
            ("interfaces", "Family", ["ipv5", 2, 23, "IPv4", 4]),
        )
        for value in values
    ],
)
def test_a_text_that_means_nothing_is_refused(section: str, member: str, value: Any) -> None:
    row = small()[section][0] | {member: value}
    assert f"{section}[0].{member}" in places(small(**{section: [row]}))


OTHER = {"InterfaceLuid": 0x0006_0000_0600_0000, "InterfaceIndex": 6, "Alias": "two"}


@pytest.mark.parametrize("member", LINK)
def test_two_links_with_the_same_name_are_refused(member: str) -> None:
    links = [LINK, OTHER | {member: LINK[member]}]
    assert places(small(links=links)) == [f"links[1].{member}"]


def test_two_aliases_that_differ_in_case_only_are_refused() -> None:
    assert places(small(links=[LINK, OTHER | {"Alias": "ONE"}])) == ["links[1].Alias"]


@pytest.mark.parametrize("member", ["InterfaceLuid", "InterfaceIndex"])
def test_a_link_with_a_key_of_zero_is_refused(member: str) -> None:
    world = {"ipif_world": 1, "links": [LINK | {member: 0}]}
    assert places(world) == [f"links[0].{member}"]


def test_two_rows_of_one_interface_and_family_are_refused() -> None:
    assert places(small(interfaces=[INTERFACE, INTERFACE])) == ["interfaces[1].Family"]


@pytest.mark.parametrize("section", SECTIONS[1:])
def test_a_row_of_no_link_is_refused(section: str) -> None:
    row = small()[section][0] | {"InterfaceLuid": 77}
    assert places(small(**{section: [row]})) == [f"{section}[0].InterfaceLuid"]


@pytest.mark.parametrize("section", SECTIONS[1:])
@pytest.mark.parametrize("index", [0, 6])
def test_a_row_with_an_index_that_is_not_its_links_is_refused(section: str, index: int) -> None:
    row = small()[section][0] | {"InterfaceIndex": index}
    assert places(small(**{section: [row]})) == [f"{section}[0].InterfaceIndex"]


@pytest.mark.parametrize(
    ("section", "members", "member"),
    [
        ("routes", {"NextHop": "fe80::1"}, "NextHop"),
        ("addresses", {"OnLinkPrefixLength": 33}, "OnLinkPrefixLength"),
        ("links", {"PhysicalAddressLength": 6}, "PhysicalAddressLength"),
        ("links", {"PhysicalAddressLength": 33}, "PhysicalAddressLength"),
        (
            "links",
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


def test_a_document_that_is_nested_deeply_is_refused_in_memory_too() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    for world, place in (
        (small(links=[nested]), "links[0]"),
        (small(links=nested), "links[0]"),
        (small(profile={"name": nested}), "profile"),
        (small(routes=[ROUTE | {"Metric": nested}]), "routes[0].Metric"),
    ):
        assert place in places(world)


# ---- mutations of the bundled world


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
junk = scalars | st.lists(scalars, max_size=17) | st.dictionaries(st.text(max_size=6), scalars)


@st.composite
def mutated(draw: Callable[..., Any]) -> dict[str, Any]:
    """Return the bundled world with some of its parts replaced, removed, doubled or swapped."""
    world = copy.deepcopy(BUNDLED)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = world
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
    return world


@settings(max_examples=250, deadline=None)
@given(world=mutated())
def test_a_mutated_world_is_played_or_refused_as_a_whole(world: dict[str, Any]) -> None:
    before = simulation.dump()
    problems: list[ipif.Problem] = []
    try:
        simulation.load(world)
    except ipif.ValidationError as error:
        problems = error.problems
    if problems:
        assert simulation.dump() == before
        assert all(str(problem) for problem in problems)
    else:
        after = simulation.dump()
        simulation.load(after)
        assert simulation.dump() == after
        for row in ipif.list_links():
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
        b"", b"x", b"{", b"{}x", b"[1,", b"\xff\xfe{\x00}\x00", b"\xc3(", b"\0", b"nul",
        b'{"ipif_world": 1, "ipif_world": 1}', b'{"ipif_world": NaN}', b'{"ipif_world": Infinity}',
        b'{"ipif_world": 1, "links": [{"Mtu": 1, "Mtu": 1}]}', b"{'ipif_world': 1}",
        b'{"ipif_world": 1,}', b'{"ipif_world": 1, "about": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_a_file_that_is_no_json_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_bytes(data)
    [problem] = refused_file(file)
    assert problem.member == "world file"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"ipif_world": 1, "links": ['])
def test_ten_megabytes_of_nesting_are_refused(opening: bytes, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_bytes(opening + b"[" * 10_000_000)
    [problem] = refused_file(file)
    assert "deep" in problem.rule


def test_a_file_of_more_than_64_mib_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with file.open("wb") as stream:
        stream.truncate(64 * 2**20 + 1)
    [problem] = refused_file(file)
    assert "larger" in problem.rule


def test_the_problems_of_a_file_name_it_and_the_place(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps(small(links=[LINK | {"Mtu": -1}])), encoding="utf-8")
    [problem] = refused_file(file)
    assert problem.member == f"{file}: links[0].Mtu"


def test_a_file_with_half_a_surrogate_pair_in_an_alias_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps(small(links=[LINK | {"Alias": "\ud800"}])), encoding="ascii")
    assert refused_file(file)[0].member.endswith("links[0].Alias")


def test_a_missing_file_and_a_folder_are_os_errors(tmp_path: Path) -> None:
    before = simulation.dump()
    with pytest.raises(FileNotFoundError):
        simulation.load(tmp_path / "none.json")
    with pytest.raises(OSError):  # noqa: PT011 - which one differs from system to system
        simulation.load(tmp_path)
    assert simulation.dump() == before


def test_a_path_that_no_file_can_have_is_refused() -> None:
    before = simulation.dump()
    for path in ("a\0b", ""):
        with pytest.raises((ipif.ValidationError, OSError)):
            simulation.load(path)
    assert simulation.dump() == before
