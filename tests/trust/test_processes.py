"""Interpreters that come and go, processes that are forked, ended and interrupted, under load.

The default run takes each a few times, ``pytest -m slow`` takes it hundreds of times.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
import support.machine  # noqa: F401
from support import fresh
from support.fork import FORK, needs_fork
from support.interpreters import KINDS, in_interpreters, needs_interpreters

STORM = fresh.TESTS / "support" / "storm.py"
slow = pytest.mark.slow
needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="a process of Windows cannot send Ctrl-C to one alone"
)

# Threads that read, change and watch until the process ends, and count what they see.
LOAD = (
    FORK
    + """
seen = {"rows": 0, "events": 0}
loaded = ipif.watch()
WIFI = ipif.Luid.of("Wi-Fi").index

def read_rows(number):
    assert len(netioapi.get_ip_interface_table()) == 19
    seen["rows"] += 1

def see_event(number):
    if loaded.get(1) is not None:
        seen["events"] += 1

def change_row(number):  # not the row that sub-interpreters change: a change writes a whole row
    netioapi.update_ip_interface_entry(2, {"DadTransmits": number % 100}, index=WIFI)

for work in (read_rows, see_event, change_row):
    repeat(work)
"""
)


# ---- sub-interpreters


@needs_interpreters
@pytest.mark.parametrize("count", [10, pytest.param(500, marks=slow)])
@pytest.mark.parametrize("own_gil", KINDS[1:])
def test_interpreters_come_and_go_while_threads_read_change_and_watch(
    own_gil: bool, count: int
) -> None:
    code = """
failed = []
threading.excepthook = failed.append
for number in range(COUNT):
    netioapi.update_ip_interface_entry(2, {"NlMtu": 1500}, index=13)
    interpreter = create(OWN_GIL)
    run(interpreter, WORK.format(path=sys.path))
    destroy(interpreter)
    assert netioapi.get_ip_interface_entry(2, index=13)["NlMtu"] == 1499
    assert not failed, failed
assert seen["rows"] > 0 and seen["events"] > 0, seen
sys.stdout.flush()
"""
    in_interpreters(LOAD + code.replace("COUNT", str(count)), own_gil, seconds=600)


# ---- child processes

OPEN = """
import multiprocessing
from support.children import change_and_watch

KEPT = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
GUARDED = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv6": {"DadTransmits": 4}}]}

def work(method):
    context = multiprocessing.get_context(method)
    first = ipif.get_interface("Ethernet", "ipv4")
    plan = ipif.plan(KEPT)
    plan.apply(confirm_within=600)
    with ipif.watch(interface="Ethernet") as watch, ipif.guard(GUARDED) as guard:
        for _ in range(COUNT):
            child = context.Process(target=change_and_watch)
            child.start()
            child.join(100)
            assert child.exitcode == 0, child.exitcode
            assert plan.state == "applied"
            assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1400
            before = guard.reverts
            ipif.update_interface("Wi-Fi", "ipv6", DadTransmits=5)
            ipif.update_interface("Ethernet", "ipv4", DadTransmits=5)
            assert watch.get(30).alias == "Ethernet"
            end = time.monotonic() + 30
            while guard.reverts == before:
                assert time.monotonic() < end
                time.sleep(0.001)
            ipif.update_interface("Ethernet", "ipv4", DadTransmits=first["DadTransmits"])
            assert watch.get(30).alias == "Ethernet"
            assert watch.get(0) is None
    assert len(plan.revert()) == 1
    assert plan.revert() == []
    after = ipif.get_interface("Ethernet", "ipv4")
    assert {*ipif.differences(after, first)} <= {"SitePrefixLength"}

if __name__ == "__main__":
    work(METHOD)
"""


@pytest.mark.parametrize("count", [1, pytest.param(50, marks=slow)])
@pytest.mark.parametrize(
    "method",
    [
        pytest.param("fork", marks=needs_fork),
        pytest.param("forkserver", marks=needs_fork),
        "spawn",
    ],
)
def test_child_works_while_the_watches_plans_and_guards_of_its_parent_go_on(
    method: str, count: int
) -> None:
    code = FORK + OPEN.replace("COUNT", str(count)).replace("METHOD", repr(method))
    # CPython 3.12 and later warn when a process with threads is forked.
    fresh.run(fresh.MACHINE + code, "-Wignore", seconds=600)


@needs_fork
def test_child_that_ends_restores_nothing_of_its_parent(tmp_path) -> None:
    journal = tmp_path / "journal.json"
    fresh.run(
        fresh.MACHINE
        + f"""
import os
block = ipif.changed("Ethernet", "ipv4", NlMtu=1400, at_exit=True, journal={str(journal)!r})
block.__enter__()
child = os.fork()
if child:
    assert os.waitpid(child, 0)[1] == 0
    assert os.path.exists({str(journal)!r})
    block.__exit__(None, None, None)
    assert not os.path.exists({str(journal)!r})
    assert ipif.get_interface(13, 4)["NlMtu"] == 1500
""",
        "-Wignore",
    )


# ---- the end of the interpreter

AT_EXIT = {
    "callbacks": "watches = [ipif.watch(), ipif.watch_addresses(), ipif.watch_routes()]",
    "iterating": (
        "def iterate():\n"
        "    for event in ipif.watch(): pass\n"
        "threading.Thread(target=iterate, daemon=True).start()"
    ),
    "asyncio": (
        "import asyncio\n"
        "async def iterate():\n"
        "    async for event in ipif.watch(): pass\n"
        "threading.Thread(target=asyncio.run, args=(iterate(),), daemon=True).start()"
    ),
    "guard": (
        'GUARDED = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}\n'
        "guard = ipif.guard(GUARDED, interval=0)\n"
        "guard.__enter__()"
    ),
    "changed": (
        "def change_again():\n"
        "    while True:\n"
        '        with ipif.changed("Wi-Fi", None, NlMtu=1400): pass\n'
        "threading.Thread(target=change_again, daemon=True).start()"
    ),
}


@pytest.mark.parametrize("count", [2, pytest.param(100, marks=slow)])
@pytest.mark.parametrize("open", AT_EXIT)
def test_interpreter_ends_while_threads_change_and_are_notified(open: str, count: int) -> None:
    for number in range(count):
        code = f"{AT_EXIT[open]}\ntime.sleep({number % 10} / 500)\nprint('end')\n"
        done = fresh.run(fresh.MACHINE + LOAD + code, "-Wignore", seconds=60)
        assert done.stdout == "end\n"
        assert done.stderr == ""


# ---- Ctrl-C again and again


def other_than_interrupts(error: str) -> list[str]:
    """Return the lines of tracebacks that are about another exception than KeyboardInterrupt."""
    # CPython prints the last lines when an interrupt comes while it prints a traceback.
    expected = (
        "Traceback", "KeyboardInterrupt", "Exception ignored", "During handling",
        "object address", "object refcount", "object type     ",
        "object type name: KeyboardInterrupt",
        "object repr     : KeyboardInterrupt", "lost sys.stderr",
    )  # fmt: skip
    lines = [line for line in error.splitlines() if line.strip() and not line.startswith(" ")]
    return [line for line in lines if not line.startswith(expected)]


@needs_signals
@pytest.mark.parametrize(
    ("seconds", "seed"), [(2, 1), *(pytest.param(30, seed, marks=slow) for seed in range(2, 6))]
)
def test_interrupted_again_and_again_everything_is_restored_and_no_lock_is_kept(
    seconds: int, seed: int
) -> None:
    done = fresh.start(STORM, str(seconds), str(seed), IPIF_BACKEND="simulated")
    assert done.returncode == 0, done.stderr
    # CPython reports an interrupt in a callback of a weak reference, and goes on.
    assert not other_than_interrupts(done.stderr), done.stderr
    counts = dict(pair.split("=") for pair in done.stdout.split())
    assert int(counts["interrupted"]) > 10 * seconds
    print(done.stdout)


@needs_signals
@pytest.mark.parametrize("count", [3, pytest.param(200, marks=slow)])
def test_process_that_is_interrupted_until_it_ends_ends(count: int) -> None:
    chance = random.Random(count)
    for number in range(count):
        process = subprocess.Popen(
            [sys.executable, STORM, "forever", str(number)],
            env={**os.environ, "IPIF_BACKEND": "simulated"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            end = time.monotonic() + 30
            while process.poll() is None:
                assert time.monotonic() < end, "it does not end"
                process.send_signal(signal.SIGINT)
                time.sleep(chance.uniform(0, 0.01))
            error = process.communicate()[1]
        finally:
            process.kill()
            process.wait()
        assert process.returncode in (1, 130, -signal.SIGINT), (process.returncode, error)
        assert not other_than_interrupts(error), error
