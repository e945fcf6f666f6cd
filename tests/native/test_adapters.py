"""Links: MIB_IF_ROW2, get_if_entry2, get_if_table2 and list_adapters."""

import uuid
from typing import Any

import pytest
from support.machine import Calls, control, native

import ipif
from ipif import netioapi, simulation
from ipif._sim.pack import pack_row as pack

ETHERNET = 0x0006_0080_0100_0000
WI_FI = 0x0047_0080_0000_0000
FILTER = "Ethernet-WFP Native MAC Layer LightWeight Filter-0000"

FIELDS = {field.name: field for field in netioapi.FIELDS["MIB_IF_ROW2"]}
FLAGS = [
    "HardwareInterface",
    "FilterInterface",
    "ConnectorPresent",
    "NotAuthenticated",
    "NotMediaConnected",
    "Paused",
    "LowPower",
    "EndPointInterface",
]
COUNTERS = [
    "InOctets",
    "InUcastPkts",
    "InNUcastPkts",
    "InDiscards",
    "InErrors",
    "InUnknownProtos",
    "InUcastOctets",
    "InMulticastOctets",
    "InBroadcastOctets",
    "OutOctets",
    "OutUcastPkts",
    "OutNUcastPkts",
    "OutDiscards",
    "OutErrors",
    "OutUcastOctets",
    "OutMulticastOctets",
    "OutBroadcastOctets",
    "OutQLen",
]


def ethernet() -> dict[str, Any]:
    return dict(netioapi.get_if_entry2(index=13))


# ---- the row


def test_the_keys_are_the_members_in_the_order_of_the_sdk() -> None:
    assert list(ethernet()) == list(FIELDS)
    assert list(ethernet())[:5] == [
        "InterfaceLuid",
        "InterfaceIndex",
        "InterfaceGuid",
        "Alias",
        "Description",
    ]
    assert "InterfaceAndOperStatusFlags" not in FIELDS


def test_ethernet() -> None:
    row = ethernet()
    assert row["InterfaceLuid"] == ETHERNET
    assert row["InterfaceIndex"] == 13
    assert row["InterfaceGuid"] == uuid.UUID("0000000D-1111-4222-8333-0123456789AB")
    assert row["Alias"] == "Ethernet"
    assert row["Description"] == "Intel(R) Ethernet Connection I219-V"
    assert row["PhysicalAddressLength"] == 6
    assert row["PhysicalAddress"] == bytes.fromhex("02000000000d")
    assert row["PermanentPhysicalAddress"] == bytes.fromhex("02000000000d")
    assert (row["Mtu"], row["Type"], row["MediaType"], row["PhysicalMediumType"]) == (
        1500,
        6,
        0,
        14,
    )
    assert (row["OperStatus"], row["AdminStatus"], row["MediaConnectState"]) == (1, 1, 1)
    assert row["NetworkGuid"] == uuid.UUID(int=0)
    assert row["TransmitLinkSpeed"] == row["ReceiveLinkSpeed"] == 10**9


def test_each_value_has_the_type_of_its_kind() -> None:
    types = {"guid": uuid.UUID, "str": str, "bytes": bytes, "flag": bool}
    for row in ipif.list_adapters():
        for name, value in row.items():
            assert type(value) is types.get(FIELDS[name].kind, int), name


def test_the_eight_flags_are_members_of_their_own() -> None:
    assert [name for name, field in FIELDS.items() if field.kind == "flag"] == FLAGS
    row = ethernet()
    assert [name for name in FLAGS if row[name]] == ["HardwareInterface", "ConnectorPresent"]


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_is_a_bit_of_its_own(flag: str) -> None:
    unset = dict.fromkeys(FLAGS, False)
    luid = simulation.add_interface("Added", **{**unset, flag: True})
    row = netioapi.get_if_entry2(luid=luid)
    assert {name: row[name] for name in FLAGS} == {**unset, flag: True}  # type: ignore[literal-required]
    packed = pack("MIB_IF_ROW2", row)
    assert packed[1152] == 1 << FLAGS.index(flag)


def test_there_are_18_counters_and_each_has_a_place_of_its_own() -> None:
    assert list(FIELDS)[-18:] == COUNTERS
    row = ethernet()
    assert {row[name] for name in COUNTERS} == {0}
    row.update({name: 2**64 - 1 - number for number, name in enumerate(COUNTERS)})
    packed = pack("MIB_IF_ROW2", row)
    assert native.unpack("MIB_IF_ROW2", packed) == row


def test_counters_are_read_in_full() -> None:
    counters = {name: 2**63 + number for number, name in enumerate(COUNTERS)}
    luid = simulation.add_interface("Added", **counters)
    row = netioapi.get_if_entry2(luid=luid)
    assert {name: row[name] for name in COUNTERS} == counters  # type: ignore[literal-required]


@pytest.mark.parametrize("length", [0, 1, 6, 8, 32])
def test_a_physical_address_is_as_long_as_it_is(length: int) -> None:
    address = bytes(range(256 - length, 256))
    luid = simulation.add_interface("Added", PhysicalAddress=address)
    row = netioapi.get_if_entry2(luid=luid)
    assert row["PhysicalAddress"] == row["PermanentPhysicalAddress"] == address
    assert row["PhysicalAddressLength"] == length


@pytest.mark.parametrize(
    "alias", ["a", "Ethernet 2", "Älteres Netz", "以太网", "\U0001f310 tunnel", "x" * 256]
)
def test_an_alias_is_any_text(alias: str) -> None:
    luid = simulation.add_interface(alias)
    assert netioapi.get_if_entry2(luid=luid)["Alias"] == alias
    assert luid.alias == alias


def test_an_adapter_without_ip_has_a_row_here_and_none_there() -> None:
    row = netioapi.get_if_entry2(index=2)
    assert row["Alias"] == FILTER
    assert row["FilterInterface"] is True
    with pytest.raises(ipif.FamilyNotBound):
        ipif.get_interface(2, "ipv4")


def test_a_row_of_an_adapter_names_an_interface() -> None:
    assert ipif.get_interface(netioapi.get_if_entry2(index=13), 4)["InterfaceIndex"] == 13


def test_a_row_goes_through_json() -> None:
    row = ethernet()
    document = ipif.to_json(row)
    assert document["PhysicalAddress"] == "02-00-00-00-00-0D"
    assert ipif.from_json("MIB_IF_ROW2", document) == row


# ---- get_if_entry2


def test_the_luid_is_used_when_it_is_not_0() -> None:
    assert netioapi.get_if_entry2(luid=ETHERNET)["InterfaceIndex"] == 13
    assert netioapi.get_if_entry2(luid=ETHERNET, index=17)["InterfaceIndex"] == 13
    assert netioapi.get_if_entry2(luid=ETHERNET, index=4711)["InterfaceIndex"] == 13
    assert netioapi.get_if_entry2(luid=0, index=17)["InterfaceLuid"] == WI_FI
    assert netioapi.get_if_entry2(luid=ipif.Luid(ETHERNET))["InterfaceIndex"] == 13


def test_one_call_is_made(calls: Calls) -> None:
    netioapi.get_if_entry2(index=13)
    assert calls.total == calls["GetIfEntry2"] == 1


@pytest.mark.parametrize("key", [{}, {"luid": 0}, {"index": 0}, {"luid": 0, "index": 0}])
def test_without_a_key_nothing_is_asked(key: dict[str, int], calls: Calls) -> None:
    with pytest.raises(ValueError, match=r"get_if_entry2\(\) needs luid or index"):
        netioapi.get_if_entry2(**key)
    assert calls.total == 0


@pytest.mark.parametrize("key", [{"index": 4711}, {"luid": 1}, {"luid": 1, "index": 13}])
def test_an_unknown_interface_is_not_found(key: dict[str, int]) -> None:
    with pytest.raises(ipif.InterfaceNotFound) as caught:
        netioapi.get_if_entry2(**key)
    error = caught.value
    assert (error.winerror, error.function) == (2, "GetIfEntry2")
    if "luid" in key:
        assert error.interface == key["luid"]
        assert isinstance(error.interface, ipif.Luid)
    else:
        assert error.interface == key["index"]


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ({"index": -1}, OverflowError),
        ({"index": 2**32}, OverflowError),
        ({"luid": -1}, OverflowError),
        ({"luid": 2**64}, OverflowError),
        ({"index": "Ethernet"}, TypeError),
        ({"index": 13.0}, TypeError),
        ({"index": True}, TypeError),
        ({"luid": None}, TypeError),
    ],
)
def test_a_bad_key_is_named(key: dict[str, Any], error: type[Exception], calls: Calls) -> None:
    with pytest.raises(error, match=next(iter(key))):
        netioapi.get_if_entry2(**key)
    assert calls.total == 0


def test_it_has_no_positional_arguments() -> None:
    with pytest.raises(TypeError, match="positional"):
        netioapi.get_if_entry2(13)  # type: ignore[misc]
    with pytest.raises(TypeError, match="alias"):
        netioapi.get_if_entry2(alias="Ethernet")  # type: ignore[call-arg]


# ---- get_if_table2


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_level_lists_every_adapter(level: int) -> None:
    aliases = [row["Alias"] for row in netioapi.get_if_table2(level)]
    assert len(aliases) == len(set(aliases)) == 11
    assert {"Ethernet", "Wi-Fi", "Bluetooth Network Connection", FILTER} <= set(aliases)


def test_level_0_is_the_default_level() -> None:
    assert netioapi.get_if_table2() == netioapi.get_if_table2(0) == ipif.list_adapters()


def test_a_row_of_the_table_is_the_row_of_its_adapter() -> None:
    for row in netioapi.get_if_table2():
        assert netioapi.get_if_entry2(luid=row["InterfaceLuid"]) == row
        assert netioapi.get_if_entry2(index=row["InterfaceIndex"]) == row


def test_level_2_leaves_the_counters_out() -> None:
    simulation.add_interface("Added", **dict.fromkeys(COUNTERS, 5))
    with_counters = netioapi.get_if_table2(0)[-1]
    without = netioapi.get_if_table2(2)[-1]
    assert {with_counters[name] for name in COUNTERS} == {5}  # type: ignore[literal-required]
    assert without == {**with_counters, **dict.fromkeys(COUNTERS, 0)}


def test_where_windows_does_not_know_level_2_level_0_is_asked(calls: Calls) -> None:
    simulation.add_interface("Added", InOctets=5)
    simulation.fail("GetIfTable2Ex", 87)
    table = netioapi.get_if_table2(2)
    assert table[-1]["InOctets"] == 5
    assert calls["GetIfTable2Ex"] == 2
    assert calls["FreeMibTable"] == 1


def test_another_failure_of_level_2_is_an_error(calls: Calls) -> None:
    simulation.fail("GetIfTable2Ex", 8)
    with pytest.raises(ipif.Error) as caught:
        netioapi.get_if_table2(2)
    assert (caught.value.winerror, caught.value.function) == (8, "GetIfTable2Ex")
    assert calls["GetIfTable2Ex"] == 1
    simulation.fail("GetIfTable2Ex", 87, times=2)
    with pytest.raises(ipif.Error) as caught:
        netioapi.get_if_table2(2)
    assert caught.value.winerror == 87
    assert calls["FreeMibTable"] == 0


@pytest.mark.parametrize("level", [0, 1])
def test_a_refusal_of_another_level_is_an_error(level: int, calls: Calls) -> None:
    simulation.fail("GetIfTable2Ex", 87)
    with pytest.raises(ipif.Error):
        netioapi.get_if_table2(level)
    assert calls["GetIfTable2Ex"] == 1


@pytest.mark.parametrize("level", [3, 7, 2**32 - 1])
def test_an_unknown_level_is_refused(level: int, calls: Calls) -> None:
    with pytest.raises(ValueError, match=r"level must be 0 .*, 1 .* or 2 "):
        netioapi.get_if_table2(level)
    assert calls.total == 0


@pytest.mark.parametrize("level", [-1, 2**32, 2**64, "0", 0.0, True, None, [0]])
def test_a_level_that_is_not_a_number_of_this_size_is_refused(level: Any, calls: Calls) -> None:
    with pytest.raises((TypeError, OverflowError), match="level"):
        netioapi.get_if_table2(level)
    assert calls.total == 0


def test_a_table_without_adapters_is_an_empty_list() -> None:
    simulation.load({"ipif_snapshot": 1})
    assert netioapi.get_if_table2() == ipif.list_adapters() == []


def test_a_table_of_many_adapters() -> None:
    adapters = [
        {"InterfaceLuid": 6 << 48 | number << 24, "InterfaceIndex": number, "Alias": f"{number}"}
        for number in range(1, 2001)
    ]
    simulation.load({"ipif_snapshot": 1, "adapters": adapters})
    table = ipif.list_adapters()
    assert [row["Alias"] for row in table] == [str(number) for number in range(1, 2001)]


def test_tables_are_new_every_time() -> None:
    first = ipif.list_adapters()
    first[0]["Alias"] = "changed"
    first.clear()
    assert ipif.list_adapters()[0]["Alias"] == "Loopback Pseudo-Interface 1"


def test_each_table_goes_back_to_windows(calls: Calls) -> None:
    for level in (0, 1, 2):
        netioapi.get_if_table2(level)
    ipif.list_adapters()
    assert calls["FreeMibTable"] == 4
    assert control().live_tables() == 0


def test_an_interface_that_is_plugged_in_or_out_is_seen_at_once() -> None:
    luid = simulation.add_interface("Added")
    assert ipif.list_adapters()[-1]["InterfaceLuid"] == luid
    simulation.remove_interface(luid)
    assert "Added" not in {row["Alias"] for row in ipif.list_adapters()}
    with pytest.raises(ipif.InterfaceNotFound):
        netioapi.get_if_entry2(luid=luid)
