"""The workflow that asks Windows runners uses what is in the checkout."""

import re

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif

WORKFLOWS = ROOT / ".github" / "workflows"
if not WORKFLOWS.exists():
    pytest.skip("the workflows are not here: no checkout", allow_module_level=True)

LIVE = (WORKFLOWS / "live.yml").read_text(encoding="utf-8")
SCRIPTS = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "tests/live").glob("*.ps1")
}


def test_every_script_that_it_runs_exists() -> None:
    found = set(re.findall(r"(?:tools|tests)/[\w/]+\.(?:py|ps1)", LIVE))
    assert len(found) == 4
    assert [name for name in found if not (ROOT / name).is_file()] == []


def test_every_file_that_it_uploads_is_written_by_a_step() -> None:
    steps, _, upload = LIVE.partition("actions/upload-artifact@")
    files = re.findall(r"^            (\S+)$", upload, re.MULTILINE)
    assert files == ["answers.txt", "snapshot.json", "calls.md", "before.txt", "after.txt"]
    assert [name for name in files if name not in steps] == []


def test_the_adapter_is_removed_and_compared_whatever_has_failed() -> None:
    *_, remove, compare, upload = re.split(r"^      - ", LIVE, flags=re.MULTILINE)
    assert "make_adapter.ps1 -Alias $env:ADAPTER -Remove" in remove
    assert "list_interfaces.ps1" in compare
    assert all("if: always()" in step for step in (remove, compare, upload))


def test_the_interfaces_that_are_compared_show_what_can_be_set() -> None:
    names = {"NlMtuBytes": "NlMtu", "BaseReachableTimeMs": "BaseReachableTime"}
    names["RetransmitTimeMs"] = "RetransmitTime"
    shown = {field.powershell for field in ipif.FIELDS if field.access == "settable"} - {None}
    listed = set(re.findall(r"'(\w+)'", SCRIPTS["list_interfaces.ps1"]))
    assert {names.get(str(name), name) for name in shown} <= listed
