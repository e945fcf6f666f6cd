"""The fleet of real minions does what the guide says, and its tool notices when it does not."""

import subprocess
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

TOOL = ROOT / "tools" / "fleet.py"
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not TOOL.is_file(), reason="the fleet runs on Linux, in a checkout"
)

if TOOL.is_file():
    sys.path.insert(0, str(TOOL.parent))
    try:
        from salt_fleet import guide
        from salt_fleet.machines import snapshot_of
        from salt_fleet.processes import fleet_of
    finally:
        sys.path.remove(str(TOOL.parent))


@pytest.mark.slow
def test_24_minions() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--minions", "24"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_has_the_files_and_the_commands_that_the_fleet_runs() -> None:
    assert {"/srv/salt/interfaces.sls", "/srv/salt/wifi.sls", "minion.d/ipif.conf"} <= set(
        guide.files()
    )
    commands: list[list[str]] = []

    def run(words: list[str]) -> str:
        commands.append(words)
        return "something else"

    with pytest.raises(AssertionError, match="the page shows something else"):
        guide.follow(run, write=False)
    assert [words[0] for words in commands] == ["salt"]


def test_only_times_may_differ_from_the_guide() -> None:
    shown = "Started: 10:00:00.1\nDuration: 5.1 ms\nold:\n    1500\n"
    assert guide.is_like("Started: 23:59:59.999\nDuration: 17 ms\nold:\n    1500\n", shown)
    assert not guide.is_like(shown.replace("1500", "1400"), shown)
    assert guide.is_like("a\nb\nc\n", "a\n...\nc\n")
    assert not guide.is_like("a\nb\nd\n", "a\n...\nc\n")


def test_no_two_machines_are_the_same_and_the_last_has_no_wifi() -> None:
    machines = [snapshot_of(number, 24) for number in range(1, 25)]
    for members in ("adapters", "interfaces", "addresses"):
        assert len({str(machine[members]) for machine in machines}) == 24
    assert all(any(one["Type"] == 71 for one in machine["adapters"]) for machine in machines[:-1])
    assert not any(one["Type"] == 71 for one in machines[-1]["adapters"])


def test_what_the_fleet_has_started_is_killed_and_its_folder_removed() -> None:
    with fleet_of(Path(sys.executable)) as fleet:
        folder = fleet.folder
        sleep = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
        group = fleet.start([sys.executable, "-c", sleep], "sleep.log")
        assert group.process.poll() is None
        assert group.memory() > 0
    assert group.process.poll() is not None
    assert not folder.exists()
