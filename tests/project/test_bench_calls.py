"""benchmarks/calls.py measures single calls; it sets only the adapter that it is told to."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, start
from support.machine import COUNTED

import ipif
from ipif import simulation

PROGRAM = ROOT / "benchmarks" / "calls.py"
if not PROGRAM.exists():
    pytest.skip("the benchmarks are not here: no checkout", allow_module_level=True)

sys.path.insert(0, str(PROGRAM.parent))
try:
    import calls as program
finally:
    sys.path.remove(str(PROGRAM.parent))

NOT_MEASURED = {"GetCurrentThreadCompartmentId"}  # is about a thread, not about interfaces


def rows(table: str) -> list[list[str]]:
    """Return the cells of each function."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_each_function_has_its_percentiles_in_order() -> None:
    found = rows(program.report(5, "Ethernet"))
    assert len(found) > 20
    for name, count, *numbers in found:
        assert count == "5", name
        assert [float(number) for number in numbers] == sorted(map(float, numbers)), name


def test_nothing_is_set_unless_asked_for(calls: Any) -> None:
    before = simulation.dump()
    program.report(2, None)
    assert calls["SetIpInterfaceEntry"] == 0
    assert simulation.dump() == before


def test_the_adapter_that_is_set_has_its_row_again(calls: Any) -> None:
    before = ipif.list_interfaces()
    program.report(3, "Ethernet")
    assert calls["SetIpInterfaceEntry"] > 9
    after = ipif.list_interfaces()
    for row in (*before, *after):
        if row["Family"] == socket.AF_INET:
            row["SitePrefixLength"] = 0  # nothing can bring back the 64 of IPv4
    assert after == before


def test_the_percentile_of_an_order() -> None:
    ordered = [*range(1, 101)]
    assert [program.percentile(ordered, p) for p in (0, 5, 50, 99, 100)] == [1, 5, 50, 99, 100]
    assert program.percentile([7], 50) == 7


def test_the_program_writes_the_table_that_it_prints(tmp_path: Path) -> None:
    file = tmp_path / "calls.md"
    done = start(PROGRAM, "--count", "1", "--output", file, IPIF_BACKEND="simulated")
    assert (done.returncode, done.stderr) == (0, "")
    assert file.read_text(encoding="utf-8") == done.stdout
    assert "simulated functions" in done.stdout


def test_every_function_that_interfaces_are_read_with_is_measured() -> None:
    measured = " ".join(program.reading_calls())
    of_interfaces = {name for name in COUNTED if name.startswith(("Get", "Convert"))}
    missing = {name for name in of_interfaces - NOT_MEASURED if name not in measured}
    assert missing == set()
