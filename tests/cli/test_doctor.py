"""ipif doctor: what a bug report needs to know, and nothing that names a person or a place."""

import getpass
import importlib.metadata
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command
from support.fresh import STRICT, start

import ipif
from ipif import simulation
from ipif._cli.commands import doctor
from ipif._shared.windows import explained

PARTS = [
    *("ipif", "backend", "python", "system", "elevated", "ipv6", "compartment", "unchanged"),
    *("adapters", "interfaces", "rich", "argcomplete", "terminal"),
]

simulated_only = pytest.mark.skipif(
    ipif.backend == "windows", reason="there it is Windows, not the simulation, that tells"
)


def facts(command: Command, *options: object) -> dict[str, Any]:
    done = command(*options, "doctor", "--json")
    assert (done.status, done.err) == (0, "")
    document: dict[str, Any] = json.loads(done.out)
    return document


def line(command: Command, label: str) -> str:
    """Return the text behind a label, on one line."""
    done = command("doctor")
    assert (done.status, done.err) == (0, "")
    found = re.search(rf"^{label} +(.*\n(?: +.*\n)*)", done.out, re.MULTILINE)
    assert found is not None
    return " ".join(found[1].split())


# ---- the whole


def test_every_part_is_read_and_has_a_line(command: Command) -> None:
    document = facts(command)
    assert list(document) == PARTS
    assert [name for name, part in document.items() if "error" in part] == []
    lines = command("doctor").out.splitlines()
    labels = [line.split()[0].lower() for line in lines if not line.startswith(" ")]
    assert labels == PARTS
    assert max(map(len, lines)) <= 80


def test_there_is_no_alias_address_user_name_or_path_in_it(command: Command) -> None:
    simulation.add_interface("A name that nobody else has", PhysicalAddress="02-11-22-33-44-55")
    text = command("doctor", "--json").out + command("doctor").out
    for row in ipif.list_adapters():
        known = ipif.to_json(row)
        for name in ("Alias", "Description", "InterfaceGuid", "PhysicalAddress"):
            assert known[name] == "" or f"{known[name]}" not in text or known[name] == "Ethernet"
    for row in ipif.list_addresses():
        assert not re.search(rf"(?<![\w.:]){re.escape(str(row['Address']))}(?![\w.:])", text)
    assert str(Path.home()) not in text
    assert os.path.dirname(sys.executable) not in text
    assert getpass.getuser() not in re.findall(r"\w+", text)
    assert not re.search(r"[/\\][\w.]+[/\\]", text)


@pytest.mark.parametrize("json_too", [(), ("--json",)], ids=["text", "json"])
def test_a_part_that_cannot_be_read_says_why(command: Command, json_too: tuple[str, ...]) -> None:
    simulation.fail("GetIpInterfaceTable", 1450, times=9)
    simulation.fail("GetIfTable2Ex", 5, times=9)
    simulation.fail("GetIfTable2", 5, times=9)
    done = command("doctor", *json_too)
    assert (done.status, done.err) == (0, "")
    assert "Traceback" not in done.out
    text = " ".join(done.out.split())
    assert "[WinError 1450]" in text
    assert "(GetIpInterfaceTable)" in text
    assert ipif.__version__ in text
    if json_too:
        document = json.loads(done.out)
        assert {name for name, part in document.items() if "error" in part} == {
            "ipv6",
            "adapters",
            "interfaces",
        }


@pytest.mark.parametrize("part", ["_python", "_system", "_elevated", "_compartment", "_unchanged"])
def test_no_part_can_fail_the_others(
    part: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(13, "Permission denied", "/home/somebody/secret")

    monkeypatch.setattr(doctor, part, fail)
    done = command("doctor")
    assert (done.status, done.err) == (0, "")
    assert "unknown: [Errno 13] Permission denied" in done.out
    assert "secret" not in done.out
    assert [name for name, found in facts(command).items() if "error" in found] == [part[1:]]


def test_an_error_of_another_kind_is_named_without_its_text(command: Command) -> None:
    assert doctor.reason(RuntimeError("C:\\Users\\somebody")) == "RuntimeError"


# ---- the parts


def test_the_backend_and_why(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPIF_BACKEND", ipif.backend)
    backend = facts(command)["backend"]
    assert (backend["name"], backend["why"]) == (ipif.backend, f"IPIF_BACKEND={ipif.backend}")
    monkeypatch.delenv("IPIF_BACKEND")
    assert ("not Windows" in facts(command)["backend"]["why"]) is (sys.platform != "win32")
    assert ipif.backend in line(command, "backend")


@simulated_only
def test_a_machine_from_a_file_is_told_without_the_name_of_the_file(
    command: Command, path: Path
) -> None:
    done = command("--simulate", path, "doctor", "--json")
    assert json.loads(done.out)["backend"] == {"name": "simulated", "why": "--simulate"}
    assert path.name not in done.out + command("--simulate", path, "doctor").out


def test_python_is_this_one(command: Command) -> None:
    python = facts(command)["python"]
    assert python["version"] == ".".join(map(str, sys.version_info[:3]))
    assert python["implementation"] == "cpython"
    assert python["bits"] in (32, 64)
    assert line(command, "Python").startswith(f"cpython {python['version']}, {python['bits']} bits")


@pytest.mark.skipif(sys.platform != "win32", reason="other systems have no builds")
def test_the_build_of_windows(command: Command) -> None:
    system = facts(command)["system"]
    assert system["name"].startswith("Windows")
    assert system["build"] == sys.getwindowsversion().platform_version[2]  # type: ignore[attr-defined,unused-ignore]
    assert f"build {system['build']}" in line(command, "system")


@simulated_only
def test_elevation_is_that_of_the_simulated_machine(command: Command) -> None:
    assert facts(command)["elevated"]["elevated"] is True
    simulation.elevated(False)
    assert facts(command)["elevated"]["elevated"] is False
    assert line(command, "elevated").startswith("no: ")


@pytest.mark.skipif(ipif.backend != "windows", reason="only Windows has tokens")
def test_elevation_is_that_of_the_token_of_the_process(command: Command) -> None:
    elevated = facts(command)["elevated"]
    assert type(elevated["elevated"]) is bool
    assert elevated["why"]


@pytest.mark.parametrize(
    ("is_elevated", "kind", "part"),
    [
        (True, 2, "started as such"),
        (False, 3, "without 'Run as administrator'"),
        (True, 1, "SYSTEM"),
        (False, 1, "not an administrator"),
    ],
)
def test_the_kind_of_token_tells_why(is_elevated: bool, kind: int, part: str) -> None:
    assert explained(is_elevated, kind)[0] is is_elevated
    assert part in explained(is_elevated, kind)[1]


def test_ipv6_counts_as_off_when_no_interface_but_loopback_has_it(command: Command) -> None:
    count = len(ipif.list_interfaces("ipv6"))
    assert facts(command)["ipv6"]["interfaces"] == count - 1
    assert line(command, "IPv6").startswith(f"on, {count - 1} interfaces")
    for row in ipif.list_interfaces("ipv6"):
        if ipif.Luid(row["InterfaceLuid"]).type != ipif.IfType.Loopback:
            simulation.unbind(row, "ipv6")
    assert facts(command)["ipv6"]["interfaces"] == 0
    assert line(command, "IPv6").startswith("off, no interface has it but a loopback interface")
    for row in ipif.list_interfaces("ipv6"):
        simulation.unbind(row, "ipv6")
    assert facts(command)["ipv6"]["loopback"] == 0


def test_what_initialize_marks_as_unchanged(command: Command) -> None:
    settable = [field.name for field in ipif.FIELDS if field.access == "settable"]
    assert facts(command)["unchanged"] == {"marked": settable, "not_marked": []}
    assert f"all {len(settable)} settable members" in line(command, "unchanged")
    row = ipif.netioapi.initialize_ip_interface_entry()
    simulation.profile("doc_zero")
    after = ipif.netioapi.initialize_ip_interface_entry()
    assert after != row
    unchanged = facts(command)["unchanged"]
    assert "WeakHostSend" in unchanged["not_marked"]
    assert "WeakHostSend" in line(command, "unchanged")
    assert sorted(unchanged["marked"] + unchanged["not_marked"]) == sorted(settable)


def test_adapters_and_interfaces_are_counted(command: Command) -> None:
    document = facts(command)
    rows = ipif.list_adapters()
    assert document["adapters"]["count"] == len(rows)
    assert document["adapters"]["up"] == len([row for row in rows if row["OperStatus"] == 1])
    interfaces = document["interfaces"]
    assert interfaces["ipv4"] == len(ipif.list_interfaces("ipv4"))
    assert interfaces["ipv6"] == len(ipif.list_interfaces("ipv6"))
    assert interfaces["ipv6"] - interfaces["ipv6_only"] == (
        interfaces["ipv4"] - interfaces["ipv4_only"]
    )


def test_the_compartment_is_that_of_the_calling_thread(command: Command) -> None:
    number = ipif.netioapi.get_current_thread_compartment_id()
    assert facts(command)["compartment"] == {"number": number}


def test_packages_of_the_extra_may_be_missing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert doctor._package("a-package-that-nobody-has") == {"version": None}
    assert "ipif[cli]" in doctor._package_text({"version": None})


def test_it_starts_no_process() -> None:
    code = """
import sys
started = []
events = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn")
sys.addaudithook(lambda event, arguments: started.append(event) if event in events else None)
from ipif._cli.main import main
status = main(["doctor"])
print(status, started)
"""
    done = start(*STRICT, "-c", code, IPIF_BACKEND="simulated")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_package_without_its_metadata_as_in_a_frozen_program_has_an_unknown_version(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    for name in ("rich", "argcomplete"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "rich").mkdir()
    (tmp_path / "rich" / "__init__.py").touch()
    assert facts(command)["rich"] == {"version": "unknown"}
    assert line(command, "rich") == "version unknown"
    assert facts(command)["argcomplete"] == {"version": None}
