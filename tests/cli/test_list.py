"""ipif list: all interfaces."""

import json

from support.command import Command
from support.machine import Calls

import ipif


def test_list_shows_every_interface(command: Command) -> None:
    done = command("list")
    assert (done.status, done.err) == (0, "")
    rows = ipif.list_interfaces()
    lines = done.out.splitlines()
    assert len(lines) == 2 + len(rows)
    for row, line in zip(rows, lines[2:], strict=True):
        assert line.endswith(ipif.Luid(row["InterfaceLuid"]).alias)
        assert line.split()[0] == str(row["InterfaceIndex"])


def test_list_in_json_agrees_with_the_api(command: Command) -> None:
    done = command("list", "--json")
    assert json.loads(done.out) == [ipif.to_json(row) for row in ipif.list_interfaces()]


def test_list_costs_two_tables(command: Command, calls: Calls) -> None:
    command("list")
    assert calls["GetIpInterfaceTable"] == 1
    assert calls["GetIfTable2"] + calls["GetIfTable2Ex"] == 1
    assert calls.total - calls["FreeMibTable"] == 2
