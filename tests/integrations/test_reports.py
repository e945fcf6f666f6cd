"""ipif.reports: a report for each host, and their sum."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import reports, simulation

MTU = {"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}
TWO = {"interfaces": [*MTU["interfaces"], {"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}
SCHEMA = json.loads((files("ipif") / "schemas" / "report.schema.json").read_text("utf-8"))


def check(report: object) -> None:
    """Check that *report* is as its schema says, if there is a module that knows schemas."""
    jsonschema = pytest.importorskip("jsonschema", exc_type=ImportError)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(report)))


# ---- one host


def test_apply_reports_changes_and_then_none() -> None:
    first, second = (reports.apply(MTU, host="web-7") for _ in range(2))
    assert (first["host"], first["result"]) == ("web-7", "changed")
    assert [(one["member"], one["after"]) for one in first["changes"]] == [("NlMtu", 1400)]
    assert (second["result"], second["changes"]) == ("unchanged", [])
    assert first["ipif"] == ipif.__version__
    assert first["backend"] == ipif.backend
    check(first)
    check(second)


def test_a_dry_run_changes_nothing() -> None:
    before = simulation.dump()
    report = reports.apply(MTU, dry_run=True)
    assert (report["result"], len(report["changes"])) == ("would change", 1)
    assert simulation.dump() == before
    check(report)


def test_the_host_is_by_default_the_one_of_the_system() -> None:
    assert reports.make()["host"]


def test_a_journal_is_kept_to_take_the_change_back(tmp_path: Path) -> None:
    before = ipif.get_interface("Ethernet", 4)
    reports.apply(MTU, journal=tmp_path / "journal")
    assert ipif.get_interface("Ethernet", 4)["NlMtu"] == 1400
    assert len(ipif.recover(tmp_path / "journal")) == 1
    assert ipif.get_interface("Ethernet", 4) == before | {"SitePrefixLength": 0}
    again = tmp_path / "again"
    assert reports.apply(MTU | {"interfaces": []}, journal=again)["result"] == "unchanged"
    assert not again.exists()
    again.write_text("{}", "utf-8")
    assert reports.apply(MTU, journal=again)["error"]["error"] == "FileExistsError"


@pytest.mark.parametrize(
    ("document", "kind", "text"),
    [
        ({}, "ValidationError", "interfaces"),
        ([], "ValidationError", "object"),
        (None, "ValidationError", "missing"),
        (
            {"interfaces": [{"match": {"alias": "?"}, "ipv4": {}}]},
            "ValidationError",
            "no interface",
        ),
        ({"version": 9, "interfaces": []}, "ValidationError", "version"),
    ],
)
def test_a_bad_document_is_a_report_of_a_failure(document: Any, kind: str, text: str) -> None:
    before = simulation.dump()
    report = reports.apply(document)
    assert (report["result"], report["changes"]) == ("failed", [])
    assert report["error"]["error"] == kind
    assert text in report["error"]["text"]
    assert simulation.dump() == before
    check(report)


def test_a_refused_change_is_rolled_back_and_reported() -> None:
    simulation.fail("SetIpInterfaceEntry", 87, after=1)
    report = reports.apply(TWO)
    assert (report["result"], report["error"]["winerror"]) == ("failed", 87)
    assert [one["interface"] for one in report["rolled_back"]] == ["Ethernet"]
    assert report["changes"] == []
    assert ipif.get_interface("Ethernet", 4)["NlMtu"] == 1500
    check(report)


def test_changes_that_could_not_be_rolled_back_are_in_force() -> None:
    simulation.fail("SetIpInterfaceEntry", 31, times=2, after=1)
    report = reports.apply(TWO)
    assert [one["interface"] for one in report["changes"]] == ["Ethernet"]
    assert reports.merge([report])["not_rolled_back"] == [report["host"]]
    check(report)


def test_a_report_goes_to_a_file_and_back(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    report = reports.apply(MTU, host="Büro")
    reports.write(report, file)
    assert reports.read(file) == [report]
    with file.open("rb") as opened:
        assert reports.read(opened) == [report]


# ---- many hosts


def test_reports_are_found_at_any_depth_and_in_their_order() -> None:
    made = [reports.make(f"web-{number}") for number in range(3)]
    state = {"ipif_|-mtu_|-mtu_|-configured": {"result": True, "report": made[1]}}
    assert reports.find([made[0], {"ret": [state]}, [[made[2]]]]) == made
    assert reports.find([]) == []


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Minion did not return.", "Minion did not return."),
        (False, "no answer"),
        (None, "no answer"),
        (["Rendering SLS failed"], '["Rendering SLS failed"]'),
        ({"other_|-state": {"result": True}}, '{"other_|-state": {"result": true}}'),
        ("x" * 5000, "x" * 200),
    ],
)
def test_a_host_that_gave_no_report_has_failed(answer: object, text: str) -> None:
    found = reports.find({"web-1": reports.make("web-1"), "web-2": answer})
    assert [one["host"] for one in found] == ["web-1", "web-2"]
    assert (found[1]["result"], found[1]["error"]["text"]) == ("failed", text)
    check(found[1])


@pytest.mark.parametrize("value", [{}, {"interfaces": [{}]}, [1], "text", None, {"a": 1}])
def test_a_value_without_reports_is_refused(value: object) -> None:
    with pytest.raises(ipif.ValidationError, match="there is no report in it"):
        reports.find(value)


@pytest.mark.parametrize("version", [2, 0, "1", None, True])
def test_a_report_of_another_version_is_refused(version: object) -> None:
    with pytest.raises(ipif.ValidationError, match="reads reports of version 1"):
        reports.merge([{**reports.make(), "ipif_report": version}])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("host", 1),
        ("time", "yesterday"),
        ("seconds", True),
        ("result", "perhaps"),
        ("changes", {}),
        ("error", "text"),
    ],
)
def test_a_report_with_a_wrong_member_is_refused_by_its_name(member: str, value: object) -> None:
    made = {**reports.make("web-7"), member: value}
    with pytest.raises(ipif.ValidationError) as caught:
        reports.merge([made, made])
    assert [problem.member for problem in caught.value.problems] == [member]


def test_what_is_no_report_is_not_written(tmp_path: Path) -> None:
    for wrong in ({}, [], None):
        with pytest.raises(ipif.ValidationError):
            reports.write(wrong, tmp_path / "file")  # type: ignore[arg-type]
    assert not [*tmp_path.iterdir()]


def test_a_host_with_several_reports_counts_once_by_the_latest() -> None:
    early, late = reports.make("web-7", error=OSError("busy")), reports.make("web-7")
    early["time"], late["time"] = "2026-11-28T12:00:00+01:00", "2026-11-28T11:30:00+00:00"
    for order in ([early, late], [late, early]):
        total = reports.merge(order)
        assert (total["hosts"], total["results"]["failed"]) == (1, 0)


def test_the_same_cause_on_several_hosts_is_one() -> None:
    simulation.elevated(False)
    made = [reports.apply(MTU, host=f"web-{number}") for number in range(3)]
    made.append(reports.make("web-9", error=RuntimeError("busy")))
    total = reports.merge(made)
    assert [cause["hosts"] for cause in total["failed"]] == [
        ["web-0", "web-1", "web-2"],
        ["web-9"],
    ]
    assert total["failed"][1]["why"] == "RuntimeError: busy"
    made[0]["error"]["message"] = "Zugriff verweigert"  # the language of a host does not matter
    assert len(reports.merge(made)["failed"]) == 2
    assert total["versions"] == {ipif.__version__: 4}


def test_no_report_has_a_sum_of_nothing() -> None:
    total = reports.merge([])
    assert (total["hosts"], total["failed"], total["seconds"]) == (0, [], 0)
