"""The checks of tools/trust.py under load and with killed processes find what is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401

PROGRAMS = Path(__file__).resolve().parents[2] / "tools" / "trust_checks"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the checks run on Linux")

LOST_RESTORE = """
from ipif._desired import change, transaction
transaction.RowChange.roll_back = lambda self: change.Outcome()
"""
LOST_EVENT = """
import itertools
from ipif._core.watch import Watch
numbers, event = itertools.count(1), Watch._event
def lossy(self, values):
    if next(numbers) % 100 == 0:
        self.get(0.1)
    return event(self, values)
Watch._event = lossy
"""
LEAK = """
import ipif
update, kept = ipif.update_interface, []
def leaky(*names, **changes):
    kept.append(object())
    return update(*names, **changes)
ipif.update_interface = leaky
"""
OPEN_FILE = """
import os
import ipif
look = ipif.snapshot
def leaky():
    os.open("/dev/null", os.O_RDONLY)
    return look()
ipif.snapshot = leaky
"""
HELD_LOCK = """
from ipif._desired.transaction import LOCK
LOCK.acquire()
"""


def soak(planted, *options):
    start = f"import sys; sys.path.insert(0, {str(PROGRAMS)!r})"
    words = [f"{start}\n{planted}\nimport soaking\nsys.exit(soaking.main())", *options]
    return subprocess.run(
        [sys.executable, "-c", *words], capture_output=True, text=True, timeout=300, check=False
    )


def test_a_restore_that_does_nothing_is_found_under_load():
    done = soak(LOST_RESTORE, "--seconds", "3", "--round", "1", "--seed", "1")
    assert done.returncode == 1, done.stderr
    assert "FOUND: changing" in done.stdout


def test_a_deadlock_ends_with_the_stacks_of_all_threads():
    done = soak(HELD_LOCK, "--seconds", "3", "--round", "1", "--patience", "2", "--seed", "1")
    assert done.returncode == 2, done.stderr
    assert "does not end" in done.stdout
    assert "transaction.py" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("planted", "text"),
    [(LOST_EVENT, "given, "), (LEAK, "blocks grew"), (OPEN_FILE, "files grew")],
    ids=["event", "memory", "file"],
)
def test_what_is_lost_or_leaks_under_load_is_found(planted, text):
    done = soak(planted, "--seconds", "20", "--round", "2", "--seed", "1")
    assert done.returncode == 1, done.stderr
    assert text in done.stdout


@pytest.mark.slow
def test_nothing_is_found_under_load_where_nothing_is_planted():
    done = soak("", "--seconds", "6", "--round", "2", "--seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr


TORN_JOURNAL = """
from ipif._core import own_files
def replace(path, data):
    with open(path, "wb", buffering=0) as file:
        file.write(data)
own_files.replace = replace
"""
LATE_JOURNAL = """
from ipif._desired.transaction import _Transaction
def exchange_with(self, journal):
    self._exchange(self._rows, True)
    active = [row for row in self._rows if row.touched]
    journal.create(active)
_Transaction._exchange_with = exchange_with
"""
EARLY_REMOVAL = """
from ipif._desired import changed, plan, transaction
restore = transaction.restore
def early(rows, result, journal=None):
    if journal is not None:
        journal.remove()
    restore(rows, result, journal)
changed.restore = plan.restore = early
"""
NOT_SYNCHRONISED = """
import os
os.fsync = lambda descriptor: None
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no gcc to compile the library that kills")
    path = tmp_path_factory.mktemp("kill") / "kill_at.so"
    source = PROGRAMS / "kill_at.c"
    words = ["-shared", "-fPIC", "-Wall", "-Werror", "-o", path, source, "-ldl"]
    plain = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.run([compiler, *words], check=True, env=plain)
    return path


@pytest.mark.parametrize(
    ("planted", "texts"),
    [
        ("", []),
        (TORN_JOURNAL, ["changed, at call"]),
        (LATE_JOURNAL, ["changed, at call", "before the journal is on the disk"]),
        (EARLY_REMOVAL, ["there is no journal"]),
        (NOT_SYNCHRONISED, ["before the journal is on the disk"]),
    ],
    ids=["nothing", "torn journal", "late journal", "early removal", "not synchronised"],
)
def test_killed_at_each_call_processes_lose_only_what_is_planted(library, planted, texts):
    start = f"import sys; sys.path.insert(0, {str(PROGRAMS)!r})"
    code = f"{start}\n{planted}\nimport killing\nsys.exit(killing.main())"
    preloaded = f"{os.environ.get('LD_PRELOAD', '')} {library}"  # a sanitizer comes first
    done = subprocess.run(
        [sys.executable, "-c", code, "--kills", "0", "--scene", "changed"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "LD_PRELOAD": preloaded.strip()},
    )
    assert done.returncode == (1 if texts else 0), done.stdout + done.stderr
    for text in texts:
        assert text in done.stdout
