"""A program that uses all of ipif, and checks what it gets: for interpreters of all kinds.

Frozen programs, embedded interpreters and unusual options of Python run it (``test_frozen.py``,
``tools/frozen.py``). With arguments it is the command ``ipif``. It has no ``assert``, which ``-O``
takes out, and needs nothing but ipif. It changes a simulated machine only.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time

import ipif
from ipif import simulation
from ipif.__main__ import main

MTU_1400 = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}


def check(what: str, is_so: object) -> None:
    if not is_so:
        raise SystemExit(f"failed: {what}")
    print(f"ok: {what}", flush=True)


def mtu() -> object:
    return ipif.get_interface("Wi-Fi", "ipv4")["NlMtu"]


def read_and_update() -> None:
    check("list", len(ipif.list_interfaces()) > 10)
    check("adapters, addresses, routes", ipif.list_adapters() and ipif.list_addresses())
    check("best route", ipif.best_route("192.0.2.1")["InterfaceIndex"])
    before, after = ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400)
    check("update", (before["NlMtu"], after["NlMtu"]) == (1500, 1400))
    simulation.reset()


def change_for_a_while() -> None:
    with ipif.plan(MTU_1400):
        check("plan", mtu() == 1400)
    check("plan reverted", mtu() == 1500)
    with ipif.changed("Wi-Fi", "ipv4", NlMtu=1300):
        check("changed", mtu() == 1300)
    check("changed restored", mtu() == 1500)


def guard_and_watch() -> None:
    with ipif.guard(MTU_1400, interval=0.01) as guard, ipif.watch("ipv4") as watch:
        ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1300)
        check("watch", watch.get(timeout=10))
        end = time.monotonic() + 10
        while not (guard.reverts and guard.applied) and time.monotonic() < end:
            watch.get(timeout=0.1)
        check("guard", mtu() == 1400)
    simulation.reset()


def errors() -> None:
    simulation.elevated(False)
    try:
        ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400)
    except ipif.AccessDenied as error:
        check("hint of an error", "requireAdministrator" in error.hint)
    try:
        ipif.update_interface("Wifi", "ipv4", NlMtu=1400)
    except ipif.InterfaceNotFound as error:
        check("nearest name", "did you mean 'Wi-Fi'?" in str(error))
    try:
        ipif.update_interface("Wi-Fi", "ipv4", NlMtu=10)
    except ipif.ValidationError as error:
        check("problems", [problem.member for problem in error.problems] == ["NlMtu"])
    simulation.reset()


def snapshots() -> None:
    text = json.dumps(ipif.snapshot())
    ipif.update_interface("Wi-Fi", "ipv4", NlMtu=1400)
    simulation.load(json.loads(text))
    check("snapshot and load", mtu() == 1500)
    check("desired_from", ipif.desired_from(json.loads(text))["interfaces"])


def command(*words: str, status: int = 0) -> str:
    """Return what a command of ``ipif`` writes, which must end with that status."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
        ended_with = main(words)
    check(f"ipif {words[0]}", ended_with == status)
    return written.getvalue()


def commands() -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine, desired = (
            os.path.join(folder, "machine.json"),
            os.path.join(folder, "desired.json"),
        )
        with open(desired, "w", encoding="utf-8") as file:
            json.dump(MTU_1400, file)
        check("rows as JSON", json.loads(command("list", "--json")))
        command("get", "Wi-Fi", "ipv4")
        command("set", "Wi-Fi", "ipv4", "NlMtu=1400")
        simulation.reset()
        command("diff", desired, status=1)  # they differ
        command("apply", desired)
        check("apply", mtu() == 1400)
        with open(machine, "w", encoding="utf-8") as file:
            file.write(command("snapshot"))
        for words in (["adapters"], ["addresses"], ["routes"], ["route", "192.0.2.1"]):
            command(*words)
        command("explain", "NlMtu")
        schema = json.loads(command("dsc", "Ipif/IPInterfaceList", "schema"))
        check("schema of a resource of DSC", "interfaces" in schema["properties"])
        command("doctor")
        simulation.reset()
        with open(machine, encoding="utf-8") as file:
            simulation.load(json.load(file))
        check("snapshot of the command", mtu() == 1400)


if __name__ == "__main__":
    if ipif.backend != "simulated":
        raise SystemExit("this changes interfaces: set IPIF_BACKEND=simulated")
    if sys.argv[1:]:
        sys.exit(main())
    read_and_update()
    change_for_a_while()
    guard_and_watch()
    errors()
    snapshots()
    commands()
    print("everything works")
