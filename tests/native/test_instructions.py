"""What the three hot operations cost, counted in instructions: a guard that no busy machine upsets.

valgrind runs one interpreter and writes its counts down at each call of ``getppid``, which is a
function of libc that nothing else calls here. Each operation runs in two loops of different length;
the difference is what the further rounds took. Taken off are the rounds of an empty loop and the
simulated calls, which stand in for Windows. What is left is divided by what one ``dict.copy()`` of
a row takes in the same run, so that a limit holds for any compiler, and for any CPython, however
it copies a dict.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import support.machine  # noqa: F401

import ipif

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="valgrind does not look into Wine"),
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="there is no valgrind"),
]

# How many dict copies a call may cost, arguments and everything included, and why that many.
# Measured with CPython 3.11 to 3.13 and gcc; some hundredths are left for other compilers.
LIMITS = {
    # The row of the bundled Ethernet. One copy is the dict itself. The rest: the members that no
    # template can hold (LUID, index, the tuple of zones), ReachableTime and Metric, which differ,
    # leaving and taking the GIL, comparing 168 bytes, reading the arguments.
    "get_ip_interface_entry": 3.1,
    # One row of the bundled machine's 19. No arguments and no GIL, but up to 7 members that differ,
    # mostly 2 or 3, besides those that no template can hold.
    "get_ip_interface_table, one row": 2.8,
    # No dict is made at all: the arguments, one member found by its key, a patch, and the GIL.
    "update_ip_interface_entry": 1.25,
}

SHORT, LONG = 100, 300
SIMULATED = {"GetIpInterfaceEntry", "SetIpInterfaceEntry", "GetIpInterfaceTable", "FreeMibTable"}

# An empty loop, a copy, and the operations of LIMITS in their order.
CODE = f"""\
import gc, os, socket, sys
sys.path.append({str(Path(ipif.__file__).parent.parent)!r})
from ipif import netioapi
get, table = netioapi.get_ip_interface_entry, netioapi.get_ip_interface_table
update = netioapi.update_ip_interface_entry
row, changes = get(socket.AF_INET, index=13), {{"Metric": 10}}
family = int(socket.AF_INET)
update(family, changes, index=13)
gc.disable()
def nothing(rounds):
    for _ in range(rounds): pass
def copy(rounds):
    for _ in range(rounds): row.copy()
def entry(rounds):
    for _ in range(rounds): get(family, index=13)
def whole(rounds):
    for _ in range(rounds): table()
def change(rounds):
    for _ in range(rounds): update(family, changes, index=13)
for operation in (nothing, copy, entry, whole, change):
    operation({SHORT})
    for rounds in ({SHORT}, {LONG}):
        os.getppid()
        operation(rounds)
        os.getppid()
print(len(table()))
"""


def count(path: Path) -> tuple[int, int]:
    """Return the instructions of a dump: all, and those inside the simulated calls."""
    text = path.read_text()
    total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    assert total is not None
    simulated = 0
    function = called = ""
    lines: Iterator[str] = iter(text.splitlines())
    for line in lines:
        key, _, value = line.partition("=")
        if key == "fn":
            function = value
        elif key == "cfn":
            called = value
        elif key == "calls":  # the next line says what they took, with all that they called
            taken = int(next(lines).split()[1])
            if called in SIMULATED and function not in SIMULATED:
                simulated += taken
    return int(total[1]), simulated


@pytest.fixture(scope="module")
def copies(tmp_path_factory) -> dict[str, float]:
    """Return how many dict copies each operation costs."""
    folder = tmp_path_factory.mktemp("callgrind")
    out = folder / "out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    command += ["--dump-before=getppid", "--compress-strings=no", "--compress-pos=no"]
    done = subprocess.run(
        [*command, sys.executable, "-S", "-c", CODE],
        env={**os.environ, "PYTHONHASHSEED": "0", "IPIF_BACKEND": "simulated"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    names = ["nothing", "copy", *LIMITS]
    taken = {}
    for number, name in enumerate(names):
        # Four dumps each: before the short loop, the short loop, before the long one, the long one.
        short, long = (count(Path(f"{out}.{4 * number + part}")) for part in (2, 4))
        if name not in ("nothing", "copy") and long[1] == 0:
            pytest.skip("the library has no symbols, so the simulated calls cannot be told apart")
        rounds = LONG - SHORT
        taken[name] = ((long[0] - long[1]) - (short[0] - short[1])) / rounds
    costs = {name: taken[name] - taken["nothing"] for name in names}
    costs["get_ip_interface_table, one row"] /= int(done.stdout)
    return {name: costs[name] / costs["copy"] for name in LIMITS}


@pytest.mark.parametrize("operation", LIMITS)
def test_instructions_hot_operation_costs_few_dict_copies(operation, copies):
    print(f"{operation}: {copies[operation]:.2f} copies")
    assert copies[operation] <= LIMITS[operation], copies
