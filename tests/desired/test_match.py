"""The selectors of a document's entry: what each finds, and what is said about bad ones."""

import collections
import ipaddress
import types
import uuid
from typing import Any

import pytest
from support.ids import in_order
from support.machine import Calls, native
from support.rows import rows

import ipif
from ipif import simulation

LOOPBACK = "Loopback Pseudo-Interface 1"
TEREDO = "Teredo Tunneling Pseudo-Interface"
WSL = "vEthernet (WSL)"
BLUETOOTH = "Bluetooth Network Connection"
DIRECT = {"Local Area Connection* 1", "Local Area Connection* 2"}  # Wi-Fi Direct
ETHERNET = 0x0006_0080_0100_0000
GUID = "{0000000D-1111-4222-8333-0123456789AB}"
HARDWARE = "02-00-00-00-00-0D"


def want(match: Any, expect: Any = "one") -> dict[str, Any]:
    """Return a document of one entry, which has something to change for every adapter."""
    section = {"DadTransmits": 77, "when_bound": True}
    return {"interfaces": [{"match": match, "expect": expect, "ipv4": section, "ipv6": section}]}


def selected(match: Any) -> set[str]:
    """Return the aliases of the adapters that *match* finds."""
    return {change.interface for change in ipif.plan(want(match, "any")).changes}


def problems_of(match: Any, expect: Any = "one") -> dict[str, str]:
    """Return the rule and the advice of each problem, by its place inside the entry."""
    before = rows()
    with pytest.raises(ipif.ValidationError) as caught:
        ipif.plan(want(match, expect))
    assert rows() == before
    assert all(problem.rule and problem.advice for problem in caught.value.problems)
    assert "interfaces[0]." in str(caught.value)
    return {
        problem.member.removeprefix("interfaces[0]."): f"{problem.rule}; {problem.advice}"
        for problem in caught.value.problems
    }


EVERYBODY = {
    *("Ethernet", "Wi-Fi", *DIRECT, BLUETOOTH, WSL),
    *("OpenVPN Wintun", "HMA VPN", TEREDO, LOOPBACK),
}


# ---- lists


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"alias": ["Ethernet", "Wi-Fi"]}, {"Ethernet", "Wi-Fi"}),
        ({"alias": ("ETHERNET", "nobody")}, {"Ethernet"}),
        ({"alias": ["Eth*", "*1"]}, {"Ethernet", "Local Area Connection* 1", LOOPBACK}),
        ({"alias": ["Local Area Connection* 1", "Local Area Connection* 1"]}, {min(DIRECT)}),
        ({"description": ["*wintun*", "intel(r) wi-fi *"]}, {"HMA VPN", "OpenVPN Wintun", "Wi-Fi"}),
        ({"type": ["wifi", "loopback", 131]}, {"Wi-Fi", *DIRECT, LOOPBACK, TEREDO}),
        ({"type": ["WWAN"]}, set()),
        ({"index": [13, 4711, 17]}, {"Ethernet", "Wi-Fi"}),
        ({"luid": [ETHERNET, 1]}, {"Ethernet"}),
        ({"guid": [GUID, uuid.UUID(int=1)]}, {"Ethernet"}),
        ({"guid": rf"\Device\NPF_{GUID.lower()}"}, {"Ethernet"}),
        ({"alias": ["Eth*", "Wi*"], "connected": True, "index": [13, 1]}, {"Ethernet"}),
    ],
    ids=in_order,
)
def test_of_a_list_any_item_has_to_match(match: Any, found: set[str]) -> None:
    assert selected(match) == found


def test_an_adapter_that_two_items_match_is_one() -> None:
    assert len(ipif.plan(want({"alias": ["Ethernet", "eth*", "*net"]})).changes) == 2


def test_rows_come_in_the_order_of_the_machine_not_of_the_list() -> None:
    match = {"index": [39, 17, 13], "type": ["wifi", "ethernet"]}
    interfaces = [change.interface for change in ipif.plan(want(match, "some")).changes]
    assert list(dict.fromkeys(interfaces)) == ["Ethernet", "Wi-Fi", WSL]


# ---- not


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ({"not": {"alias": "*"}}, set()),
        ({"not": {"alias": "nobody"}}, EVERYBODY),
        ({"not": {"type": ["wifi", "ethernet"]}}, {LOOPBACK, TEREDO, "HMA VPN", "OpenVPN Wintun"}),
        ({"type": "wifi", "not": {"alias": "Local*"}}, {"Wi-Fi"}),
        ({"type": "wifi", "not": {"alias": "Local*", "index": 15}}, {"Wi-Fi", max(DIRECT)}),
        ({"type": "wifi", "not": [{"alias": "Local*"}, {"connected": True}]}, set()),
        ({"type": "wifi", "not": [{"index": 15}, {"index": [17]}]}, {max(DIRECT)}),
        ({"type": "ethernet", "not": {"address": "192.168.0.0/16"}}, {WSL, BLUETOOTH}),
    ],
    ids=in_order,
)
def test_adapters_that_match_what_is_inside_not_are_left_out(match: Any, found: set[str]) -> None:
    assert selected(match) == found


def test_a_not_alone_is_a_match_and_counts_as_usual() -> None:
    assert "matches 9 interfaces" in problems_of({"not": {"alias": "Ethernet"}})["match"]
    everybody_else = [alias for alias in EVERYBODY if alias != "Ethernet"]
    assert len(ipif.plan(want({"not": {"alias": everybody_else}})).changes) == 2


def test_when_not_excludes_everything_the_problem_says_so() -> None:
    problem = problems_of({"alias": "Ethernet", "not": {"connected": True}})["match"]
    assert problem == "matches no interface; \"not\" excludes all that would match: 'Ethernet'"


# ---- addresses


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("192.168.1.0/24", {"Ethernet", "Wi-Fi"}),
        ("192.168.1.10", {"Ethernet"}),
        ("192.168.1.10/32", {"Ethernet"}),
        ("192.168.1.10/31", {"Ethernet", "Wi-Fi"}),
        ("192.168.0.0/255.255.0.0", {"Ethernet", "Wi-Fi"}),
        ("192.168.1.99", set()),
        ("0.0.0.0/0", {LOOPBACK, "Ethernet", "Wi-Fi", "HMA VPN", WSL}),
        ("::/0", {LOOPBACK, "Ethernet", "Wi-Fi", WSL}),
        ("::1", {LOOPBACK}),
        ("fe80::/10", {"Ethernet", "Wi-Fi", WSL}),
        ("FE80::1D:10", {"Ethernet"}),
        ("fe80::1d:10%13", {"Ethernet"}),
        ("fe80::1d:10%17", set()),
        (["10.8.0.0/24", "172.20.0.1"], {"HMA VPN", WSL}),
        (ipaddress.ip_address("192.168.1.10"), {"Ethernet"}),
        (ipaddress.ip_network("172.16.0.0/12"), {WSL}),
        (ipaddress.ip_interface("192.168.1.10"), {"Ethernet"}),
        ([ipaddress.ip_address("::1"), "10.8.0.2"], {LOOPBACK, "HMA VPN"}),
    ],
    ids=in_order,
)
def test_adapters_are_found_by_an_address_and_by_a_subnet(address: Any, found: set[str]) -> None:
    assert selected({"address": address}) == found


def test_an_address_that_two_adapters_have_is_ambiguous_without_its_scope() -> None:
    simulation.add_address("Wi-Fi", "fe80::1d:10")
    assert "'Ethernet', 'Wi-Fi'" in problems_of({"address": "fe80::1d:10"})["match"]
    assert selected({"address": "fe80::1d:10%17"}) == {"Wi-Fi"}


def test_a_new_address_is_found_at_once() -> None:
    assert selected({"address": "10.20.30.0/24"}) == set()
    simulation.add_address("Wi-Fi", "10.20.30.40")
    assert selected({"address": "10.20.30.0/24"}) == {"Wi-Fi"}


def test_a_subnet_that_no_adapter_has_is_a_problem_that_lists_addresses() -> None:
    problem = problems_of({"type": "wifi", "address": "10.99.0.0/16"})["match"]
    assert problem.startswith(
        "matches no interface; the addresses are 127.0.0.1, ::1, 192.168.1.10"
    )
    assert problem.endswith(" and 1 more")
    simulation.load({**simulation.dump(), "addresses": []})
    assert problems_of({"address": "10.99.0.0/16"}) == {
        "match": "matches no interface; the addresses are none"
    }


def test_an_address_inside_a_subnet_is_no_subnet() -> None:
    advice = 'write "192.168.1.0/24" for the subnet, or "192.168.1.10" for the address'
    for address in ("192.168.1.10/24", ipaddress.ip_interface("192.168.1.10/24")):
        assert advice in problems_of({"address": address})["match.address"]


# ---- hardware addresses


@pytest.mark.parametrize(
    "address",
    [
        HARDWARE,
        "02-00-00-00-00-0d",
        "02:00:00:00:00:0D",
        "0200.0000.000d",
        "02000000000D",
        bytes([2, 0, 0, 0, 0, 13]),
        bytearray([2, 0, 0, 0, 0, 13]),
        ["00-00-00-00-00-00", HARDWARE],
    ],
    ids=in_order,
)
def test_an_adapter_is_found_by_its_hardware_address_and_not_its_filter_module(
    address: Any,
) -> None:
    filters = [row for row in ipif.list_adapters() if row["FilterInterface"]]
    assert [row["PhysicalAddress"].hex("-").upper() for row in filters] == [HARDWARE]
    assert selected({"hardware_address": address}) == {"Ethernet"}


def test_a_filter_module_is_not_found_even_if_it_has_a_row() -> None:
    document = simulation.dump()
    luid = next(row["InterfaceLuid"] for row in document["adapters"] if row["FilterInterface"])
    index = next(r["InterfaceIndex"] for r in document["adapters"] if r["InterfaceLuid"] == luid)
    document["interfaces"].append(
        {"Family": "ipv4", "InterfaceLuid": luid, "InterfaceIndex": index}
    )
    simulation.load(document)
    assert selected({"hardware_address": HARDWARE}) == {"Ethernet"}


@pytest.mark.parametrize("length", [1, 8, 20, 32])
def test_hardware_addresses_have_other_lengths_too(length: int) -> None:
    address = bytes(range(0x40, 0x40 + length))
    simulation.add_interface("Odd", PhysicalAddress=address.hex("-").upper())
    assert selected({"hardware_address": address.hex(":")}) == {"Odd"}
    assert selected({"hardware_address": address}) == {"Odd"}
    assert (
        selected({"hardware_address": [address[:-1] or b"\0", address + b"\0"][: 33 - length]})
        == set()
    )


def test_the_permanent_hardware_address_is_known_too() -> None:
    simulation.add_interface(
        "Random",
        PhysicalAddress="0A-00-00-00-00-01",
        PermanentPhysicalAddress="0A-00-00-00-00-02",
    )
    assert selected({"hardware_address": "0a:00:00:00:00:01"}) == {"Random"}
    assert selected({"hardware_address": "0a:00:00:00:00:02"}) == {"Random"}


def test_two_adapters_with_one_hardware_address_are_two() -> None:
    simulation.add_interface("Twin", PhysicalAddress=HARDWARE)
    problem = problems_of({"hardware_address": HARDWARE})["match"]
    assert problem.startswith("matches 2 interfaces: 'Ethernet', 'Twin'; ")
    assert selected({"hardware_address": HARDWARE}) == {"Ethernet", "Twin"}


def test_an_adapter_without_a_hardware_address_has_none() -> None:
    loopback = ipif.get_adapter(LOOPBACK)
    assert loopback["PhysicalAddress"] == b""
    problem = problems_of({"hardware_address": "00-00-00-00-00-00"})["match"]
    assert problem.startswith(f"matches no interface; the hardware addresses are {HARDWARE}, ")


# ---- names


@pytest.mark.parametrize("pattern", ["СЕТЬ", "сеть", "сЕТ*", "[с]ет?", "*ЕТЬ"])  # noqa: RUF001
def test_case_does_not_matter_for_any_letter(pattern: str) -> None:
    simulation.add_interface("Сеть", Description="Адаптер 1")
    assert selected({"alias": pattern}) == {"Сеть"}
    assert selected({"description": "АДАПТЕР ?"}) == {"Сеть"}


def test_a_letter_without_an_upper_case_form_of_its_own_is_itself() -> None:
    simulation.add_interface("Straße", Description="Maß")
    assert selected({"alias": "STRAßE", "description": "m?ß"}) == {"Straße"}
    assert selected({"alias": "STRASSE"}) == selected({"description": "MASS"}) == set()


@pytest.mark.parametrize(
    "alias", ["a\tb", "a\nb", " blank ", "X (1)", "#1", "[*?]", "*", "!", "🦎", "x" * 256, "\\d+"]
)
def test_odd_names_are_found_by_themselves_alone(alias: str) -> None:
    simulation.add_interface(alias)
    assert selected({"alias": alias}) == {alias}
    assert selected({"alias": [alias, "Wi-Fi"]}) == {alias, "Wi-Fi"}


# ---- bad values


@pytest.mark.parametrize(
    ("match", "places"),
    [
        *(
            ({name: []}, {f"match.{name}"})
            for name in (
                *("alias", "description", "luid", "guid", "index", "type", "address"),
                *("hardware_address", "connected", "not"),
            )
        ),
        ({"alias": "Ethernet", "type": []}, {"match.type"}),
        ({"alias": ["Ethernet", 3, None, ""]}, {f"match.alias[{n}]" for n in (1, 2, 3)}),
        ({"alias": [["Ethernet"]]}, {"match.alias[0]"}),
        ({"alias": {"Ethernet"}}, {"match.alias"}),
        ({"alias": "x" * 2000}, {"match.alias"}),
        ({"index": [13, "13", True]}, {"match.index[1]", "match.index[2]"}),
        ({"luid": [0, 1.0]}, {"match.luid[0]", "match.luid[1]"}),
        ({"guid": [GUID, "x", b"x"]}, {"match.guid[1]", "match.guid[2]"}),
        ({"type": ["wifi", "token ring", -1]}, {"match.type[1]", "match.type[2]"}),
        ({"connected": [True]}, {"match.connected"}),
        ({"not": {}}, {"match.not"}),
        ({"not": None}, {"match.not"}),
        ({"not": "Ethernet"}, {"match.not"}),
        ({"not": [{"alias": "x"}, {}, 3]}, {"match.not[1]", "match.not[2]"}),
        ({"not": {"alias": []}}, {"match.not.alias"}),
        ({"not": {"alias": ["x", 3]}}, {"match.not.alias[1]"}),
        ({"not": [{"index": [0]}]}, {"match.not[0].index[0]"}),
        ({"not": {"alias": "x", "not": {"alias": "y"}}}, {"match.not.not"}),
        ({"not": {"allias": "x"}}, {"match.not.allias"}),
        *(
            ({"address": value}, {"match.address"})
            for value in (
                *("", "x", "192.168.1", "192.168.1.256", "192.168.1.0/33", "10.0.0.0/8/8", "/24"),
                *("fe80::/129", "fe80::/10%13", "fe80::1%eth0", "fe80::1%99999999999", "1" * 200),
                *(5, None, b"\x7f\0\0\1", 1.5, {}),
            )
        ),
        ({"address": ["::1", "10.0.0.1/8"]}, {"match.address[1]"}),
        *(
            ({"hardware_address": value}, {"match.hardware_address"})
            for value in (
                *("", "x", "0", "02-00:00-00-00-0D", "02-00-00-00-00-", "-02", "02.00", "0G"),
                *("02 00 00", "00" * 33, b"", b"x" * 33, 5, None),
            )
        ),
        ({"hardware_address": [HARDWARE, "x"]}, {"match.hardware_address[1]"}),
    ],
    ids=lambda value: in_order(value)[:60],
)
def test_a_bad_value_is_a_problem_at_its_place(match: Any, places: set[str], calls: Calls) -> None:
    assert problems_of(match).keys() == places
    assert calls["GetUnicastIpAddressTable"] == 0


@pytest.mark.parametrize(
    ("name", "selector"),
    [
        ("name", "alias"),
        ("InterfaceAlias", "alias"),
        ("mac", "hardware_address"),
        ("MacAddress", "hardware_address"),
        ("hardware-address", "hardware_address"),
        ("ifIndex", "index"),
        ("InterfaceIndex", "index"),
        ("InterfaceGuid", "guid"),
        ("InterfaceDescription", "description"),
        ("ip", "address"),
        ("IPAddress", "address"),
        ("subnet", "address"),
        ("adress", "address"),
        ("exclude", "not"),
    ],
)
def test_the_names_of_other_tools_lead_to_the_selector(name: str, selector: str) -> None:
    advice = f"did you mean {selector}?"
    assert problems_of({name: "x"})[f"match.{name}"].endswith(advice)
    assert problems_of({"not": {name: "x"}})[f"match.not.{name}"].endswith(advice)


def test_a_wrong_number_says_what_to_write() -> None:
    assert f'write "luid": {ETHERNET}' in problems_of({"index": ETHERNET})["match.index"]
    assert "one of ethernet, ppp, " in problems_of({"type": "lan"})["match.type"]


def test_what_finds_nothing_gets_the_advice_of_the_selector_that_is_wrong() -> None:
    assert "did you mean 'Wi-Fi'?" in problems_of({"index": 17, "alias": "WiFi"})["match"]
    assert "did you mean 'Wi-Fi'?" in problems_of({"alias": ["quokka", "WiFi"]})["match"]
    assert "the addresses are" in problems_of({"index": 17, "address": "10.99.0.1"})["match"]
    both = problems_of({"index": 17, "alias": "Ethernet"})["match"]
    assert both.startswith("matches no interface; none matches all of the selectors; there are ")


def test_a_subnet_that_cannot_be_read_is_a_problem() -> None:
    class Broken(ipaddress.IPv4Network):
        def __str__(self) -> str:
            raise OSError("gone")

    problem = problems_of({"address": ["::1", Broken("10.0.0.0/8")]})["match.address[1]"]
    assert problem.startswith("reading it raised OSError('gone'); ")


class Broken(collections.abc.Mapping[str, Any]):
    """A mapping that cannot be read."""

    def __getitem__(self, name: str) -> Any:
        raise OSError("gone")

    def __iter__(self) -> Any:
        return iter(["alias"])

    def __len__(self) -> int:
        return 1


def test_a_mapping_that_cannot_be_read_is_a_problem_at_its_place() -> None:
    rule = "reading it raised OSError('gone'); "
    assert rule in problems_of(Broken())["match"]
    assert rule in problems_of({"not": Broken()})["match.not"]
    for desired, place in [
        (Broken(), "desired"),
        ({"interfaces": [Broken()]}, "interfaces[0]"),
        ({"interfaces": [{"match": {"index": 13}, "ipv4": Broken()}]}, "interfaces[0].ipv4"),
    ]:
        with pytest.raises(ipif.ValidationError) as caught:
            ipif.plan(desired)
        assert [problem.member for problem in caught.value.problems] == [place]


# ---- mappings and lists of any type


@pytest.mark.parametrize(
    "mapping",
    [
        types.MappingProxyType,
        collections.ChainMap,
        collections.UserDict,
        collections.OrderedDict,
        lambda value: types.MappingProxyType(collections.ChainMap({}, value)),
    ],
)
def test_a_document_may_be_made_of_any_mapping(mapping: Any) -> None:
    section = mapping({"DadTransmits": 77})
    entries = (
        mapping(
            {
                "match": mapping({"type": ("wifi",), "not": mapping({"alias": ["Local*"]})}),
                "ipv4": section,
                "ipv6": section,
            }
        ),
    )
    plan = ipif.plan(mapping({"interfaces": entries}))
    assert {change.interface for change in plan.changes} == {"Wi-Fi"}
    assert len(plan.changes) == 2


# ---- what Windows is asked


@pytest.mark.parametrize(
    ("entries", "addresses"),
    [
        ([{"alias": "*"}], 0),
        ([{"alias": ["Eth*", "Wi-Fi"]}, {"index": 13}, {"hardware_address": HARDWARE}] * 20, 0),
        ([{"address": "10.8.0.0/24"}], 1),
        ([{"address": ["10.8.0.0/24", "::1"]}, {"not": {"address": "::/0"}}] * 20, 1),
    ],
    ids=["one", "many", "address", "addresses"],
)
def test_a_plan_reads_two_tables_and_the_addresses_if_it_selects_by_them(
    entries: list[Any], addresses: int, calls: Calls
) -> None:
    section = {"DadTransmits": 77, "when_bound": True}
    desired = [{"match": match, "expect": "any", "ipv4": section} for match in entries]
    assert ipif.plan({"interfaces": desired}).changes
    assert calls["GetIpInterfaceTable"] == 1
    assert calls["GetIfTable2"] + calls["GetIfTable2Ex"] == 1
    assert calls["GetUnicastIpAddressTable"] == addresses
    assert calls.total - calls["FreeMibTable"] == 2 + addresses


def test_a_bad_document_reads_the_addresses_once_too(calls: Calls) -> None:
    section = {"DadTransmits": 77}
    entries = [{"match": {"address": f"10.99.{n}.0/24"}, "ipv4": section} for n in range(20)]
    with pytest.raises(ipif.ValidationError):
        ipif.plan({"interfaces": entries})
    assert calls["GetUnicastIpAddressTable"] == 1


def test_a_failing_address_table_is_an_error_of_windows_and_an_empty_one_is_none() -> None:
    simulation.fail("GetUnicastIpAddressTable", 8)
    with pytest.raises(ipif.Error) as caught:
        ipif.plan(want({"address": "::1"}))
    assert (caught.value.winerror, caught.value.function) == (8, "GetUnicastIpAddressTable")
    simulation.fail("GetUnicastIpAddressTable", 1168)  # the answer when it would be empty
    assert problems_of({"address": "::1"}).keys() == {"match"}


@pytest.mark.parametrize("name", ["get_if_table2", "get_unicast_ip_address_table"])
def test_an_adapter_that_vanishes_between_the_tables_does_not_hide_the_others(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = getattr(native, name)

    def vanish_first(*arguments: Any) -> Any:
        simulation.remove_interface("Wi-Fi")
        return read(*arguments)

    monkeypatch.setattr(native, name, vanish_first)
    assert selected({"address": ["192.168.1.0/24", "::1"]}) == {"Ethernet", LOOPBACK}


@pytest.mark.parametrize("name", ["get_if_table2", "get_unicast_ip_address_table"])
def test_an_adapter_that_appears_between_the_tables_is_not_found_yet(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = getattr(native, name)

    def appear_first(*arguments: Any) -> Any:
        simulation.add_interface("New")
        simulation.add_address("New", "192.168.1.99")
        return read(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(native, name, appear_first)
        assert selected({"address": "192.168.1.0/24"}) == {"Ethernet", "Wi-Fi"}
    assert selected({"address": "192.168.1.0/24"}) == {"Ethernet", "Wi-Fi", "New"}


def test_a_family_that_is_not_installed_is_a_problem_of_each_row_or_skipped() -> None:
    document = simulation.dump()
    document["interfaces"] = [r for r in document["interfaces"] if r["Family"] == "ipv4"]
    simulation.load(document)
    assert selected({"alias": "Ethernet"}) == {"Ethernet"}  # when_bound
    entry: dict[str, Any] = {"match": {"alias": "Ethernet"}, "ipv6": {"DadTransmits": 77}}
    with pytest.raises(
        ipif.ValidationError, match=r"interfaces\[0\].ipv6 = 'ipv6': Ethernet has no"
    ):
        ipif.plan({"interfaces": [entry]})


def test_no_family_at_all_is_an_error_that_says_so() -> None:
    simulation.fail("GetIpInterfaceTable", 50)
    with pytest.raises(ipif.Error) as caught:
        ipif.plan(want({"alias": "Ethernet"}))
    assert caught.value.winerror == 50
    assert "not installed" in caught.value.hint
