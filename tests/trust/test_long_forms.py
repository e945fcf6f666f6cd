"""The long forms of the checks of tools/trust.py, which take minutes to an hour."""

import subprocess
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "trust.py"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the checks run on Linux"),
]


def names():
    if sys.platform != "linux":
        return []
    listed = subprocess.check_output([sys.executable, TOOL, "--list"], text=True)
    return [line.split()[0] for line in listed.splitlines()]


@pytest.mark.parametrize("name", names())
def test_long_form_finds_nothing(name):
    done = subprocess.run([sys.executable, TOOL, "--long", name], cwd=ROOT, check=False)
    assert done.returncode == 0
