"""The execution module: what its functions return and raise."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT
from support.minion import ETHERNET, CommandExecutionError, Minion
from support.rows import get, rows

import ipif
from ipif.salt.modules import ipif as execution

GUIDE = ROOT / "docs" / "guides" / "salt.md"

FUNCTIONS = sorted(
    name
    for name, value in vars(execution).items()
    if inspect.isfunction(value)
    and value.__module__ == execution.__name__
    and not name.startswith("_")
)

WORKS: dict[str, Callable[[], Any]] = {
    "apply": lambda: execution.apply(ETHERNET),
    "confirm": lambda: execution.confirm(),
    "doctor": lambda: execution.doctor(),
    "get": lambda: execution.get("Ethernet", "ipv4"),
    "journals": lambda: execution.journals(),
    "list_": lambda: execution.list_(),
    "plan": lambda: execution.plan(ETHERNET),
    "recover": lambda: execution.recover(),
    "revert": lambda: execution.revert(),
    "route": lambda: execution.route("8.8.8.8"),
    "set_": lambda: execution.set_("Ethernet", "ipv4", NlMtu=1400),
    "snapshot": lambda: execution.snapshot(),
}


def test_the_table_has_every_function() -> None:
    assert sorted(WORKS) == FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_an_example_and_returns_json(name: str, minion: Minion) -> None:
    alias = execution.__func_alias__.get(name, name)
    text = inspect.getdoc(getattr(execution, name)) or ""
    assert "CLI Example:\n\n.. code-block:: bash\n\n    salt " in text
    assert f" ipif.{alias}" in text
    found = WORKS[name]()
    assert json.loads(json.dumps(found)) == found


@pytest.mark.skipif(not GUIDE.is_file(), reason="the documentation is not here: no checkout")
def test_the_guide_has_every_function() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in FUNCTIONS:
        assert f"`ipif.{execution.__func_alias__.get(name, name)}`" in text


def test_list_has_every_row_with_its_alias(minion: Minion) -> None:
    found = execution.list_()
    assert len(found) == len(ipif.list_interfaces())
    assert ("Ethernet", "ipv4") in [(row["Alias"], row["Family"]) for row in found]
    assert {row["Family"] for row in execution.list_("ipv6")} == {"ipv6"}


def test_get_returns_the_row(minion: Minion) -> None:
    assert execution.get("Ethernet", "ipv4") == ipif.to_json(ipif.get_interface("Ethernet", "ipv4"))


def test_set_returns_the_changes_of_one_family_or_of_both(minion: Minion) -> None:
    [change] = execution.set_("Ethernet", "ipv4", NlMtu=1400, __pub_fun="ipif.set")
    assert (change["member"], change["before"], change["after"]) == ("NlMtu", 1500, 1400)
    assert get("NlMtu") == 1400
    [change] = execution.set_("Ethernet", NlMtu=1400)
    assert change["family"] == "ipv6"
    assert execution.set_("Ethernet", NlMtu=1400) == []


def test_set_with_test_changes_nothing(minion: Minion) -> None:
    before = rows()
    [change] = execution.set_("Ethernet", "ipv4", test=True, NlMtu=1400)
    assert change["after"] == 1400
    assert rows() == before


def test_plan_reports_what_apply_then_changes(minion: Minion) -> None:
    before = rows()
    planned = execution.plan(ETHERNET)
    assert planned["result"] == "would change"
    assert rows() == before
    applied = execution.apply(ETHERNET)
    assert (applied["result"], applied["host"]) == ("changed", "pc-01")
    assert applied["changes"] == planned["changes"]
    assert execution.apply(ETHERNET)["result"] == "unchanged"
    assert minion.open == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: execution.get("Ethernot", "ipv4"),
        lambda: execution.get("Ethernet", "ipv5"),
        lambda: execution.set_("Ethernet", "ipv4", NlMtoo=1400),
        lambda: execution.list_("ipx"),
        lambda: execution.route("nowhere"),
        lambda: execution.revert("never-applied"),
        lambda: execution.revert("../../etc/passwd"),
    ],
)
def test_what_is_wrong_is_raised_as_salt_does(call: Callable[[], object], minion: Minion) -> None:
    before = rows()
    with pytest.raises(CommandExecutionError) as raised:
        call()
    assert isinstance(raised.value.__cause__, Exception)
    assert rows() == before


def test_the_hint_stands_below_the_message(minion: Minion) -> None:
    ipif.simulation.elevated(False)
    with pytest.raises(CommandExecutionError) as raised:
        execution.set_("Ethernet", "ipv4", NlMtu=1400)
    first, *more = str(raised.value).splitlines()
    assert "[WinError 5]" in first
    assert "administrator" in "".join(more)


def test_a_failed_apply_is_a_report_and_a_return_code(minion: Minion) -> None:
    before = rows()
    ipif.simulation.fail("SetIpInterfaceEntry", 1450, after=1)
    both = [{**ETHERNET[0], "ipv6": {"NlMtu": 1400}}]
    report = execution.apply(both)
    assert (report["result"], len(report["rolled_back"])) == ("failed", 1)
    assert report["error"]["winerror"] == 1450
    assert minion.context == {"retcode": 1}
    assert rows() == before
    assert minion.open == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "either interfaces or document"),
        ({"interfaces": ETHERNET, "document": {"interfaces": ETHERNET}}, "either interfaces"),
        ({"document": {"interfaces": ETHERNET, "ipif_desired": 0}}, "ipif_desired"),
        ({"document": "nowhere.json"}, "nowhere.json"),
        ({"document": "salt://nowhere.json"}, "the master has no file"),
        ({"interfaces": ETHERNET, "confirm_within": -1}, "confirm_within"),
        ({"interfaces": ETHERNET, "journal": "a/b"}, "no name for a journal"),
        ({"interfaces": "garbage"}, "interfaces"),
    ],
)
def test_bad_arguments_are_in_the_report(
    arguments: dict[str, Any], text: str, minion: Minion
) -> None:
    before = rows()
    minion.functions["cp.cache_file"] = lambda path: False
    report = execution.apply(**arguments)
    assert report["result"] == "failed"
    assert text in report["error"]["text"]
    assert rows() == before


def test_a_document_is_a_file_of_the_minion_or_of_the_master(
    minion: Minion, tmp_path: Path
) -> None:
    path = tmp_path / "document.json"
    path.write_text(json.dumps({"interfaces": ETHERNET}), encoding="utf-8")
    minion.functions["cp.cache_file"] = {"salt://document.json": str(path)}.__getitem__
    for document in (str(path), "salt://document.json", {"interfaces": ETHERNET}):
        assert len(execution.plan(document=document)["changes"]) == 1


def test_doctor_tells_whether_the_minion_is_elevated(minion: Minion) -> None:
    facts = execution.doctor()
    assert facts["backend"] == ipif.backend
    assert facts["interfaces"]["ipv4"] == len(ipif.list_interfaces("ipv4"))
    if ipif.backend == "simulated":
        assert facts["elevated"] is True
        ipif.simulation.elevated(False)
        assert execution.doctor()["elevated"] is False
