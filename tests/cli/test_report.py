"""ipif apply --report and ipif report merge: what became of many hosts."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.command import Command, error_of

from ipif import reports, simulation
from ipif._cli import confirm
from ipif._cli.status import DONE, INVALID, NOT_ELEVATED, NOT_FOUND, REFUSED, TIMED_OUT, USAGE

DOCUMENT = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "office.json"
    path.write_text(json.dumps(DOCUMENT), "utf-8")
    return path


def report_of(path: Path) -> Any:
    [report] = reports.read(path)
    return report


# ---- apply --report


@pytest.mark.parametrize(
    ("options", "results"),
    [((), ["changed", "unchanged"]), (("--dry-run",), ["would change", "would change"])],
)
def test_a_report_has_what_was_changed(
    options: tuple[str, ...], results: list[str], command: Command, document: Path, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    for result in results:
        assert command("apply", document, "--report", file, *options).status == DONE
        report = report_of(file)
        assert (report["result"], report["error"]) == (result, None)
        changes = [(one["member"], one["before"], one["after"]) for one in report["changes"]]
        assert changes == ([] if result == "unchanged" else [("NlMtu", 1500, 1400)])


def test_a_report_says_what_failed(command: Command, document: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    simulation.elevated(False)
    assert command("apply", document, "--report", file).status == NOT_ELEVATED
    report = report_of(file)
    assert (report["result"], report["error"]["winerror"], report["changes"]) == ("failed", 5, [])
    document.write_text("{}", "utf-8")
    assert command("apply", document, "--report", file).status == INVALID
    assert report_of(file)["error"]["problems"][0]["rule"] == "missing"
    document.unlink()
    assert command("apply", document, "--report", file).status == NOT_FOUND
    assert report_of(file)["error"]["error"] == "FileNotFoundError"


def test_a_change_that_is_not_confirmed_is_a_failure_without_changes(
    command: Command, document: Path, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    done = command("apply", document, "--report", file, "--confirm", "0.1")
    assert done.status == TIMED_OUT
    report = report_of(file)
    assert (report["result"], report["changes"]) == ("failed", [])
    assert "not confirmed within 0.1 s: everything was reverted" in report["error"]["text"]


def test_a_change_that_is_confirmed_is_in_the_report(
    command: Command, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm.Enter, "is_pressed", lambda _: True)
    file = tmp_path / "report.json"
    assert command("apply", document, "--report", file, "--confirm", "60").status == DONE
    assert report_of(file)["result"] == "changed"


def test_a_report_that_cannot_be_written_changes_nothing(
    command: Command, document: Path, tmp_path: Path
) -> None:
    before = simulation.dump()
    done = command("apply", document, "--report", tmp_path / "missing" / "report.json")
    error_of(done, NOT_FOUND)
    assert simulation.dump() == before


def test_a_killed_command_leaves_a_report_of_a_failure(
    command: Command, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    seen = []

    def look(*arguments: object) -> int:
        seen.append(report_of(file))
        return DONE

    monkeypatch.setattr(confirm, "run", look)
    command("apply", document, "--report", file)
    [report] = seen
    assert (report["result"], report["error"]["text"]) == ("failed", "it has not ended")


# ---- report merge


def many(folder: Path) -> list[Path]:
    """Return files with the reports of six hosts: as they are, and as Salt prints answers."""
    made = [reports.apply(DOCUMENT, host="web-1"), reports.apply(DOCUMENT, host="web-2")]
    missing = {"interfaces": [{"match": {"alias": "Wi-Fo"}, "ipv4": {"NlMtu": 1400}}]}
    made += [reports.apply(missing, host=f"web-{number}") for number in (3, 4)]
    answers = {report["host"]: report for report in made[2:]}
    answers |= {"web-5": "Minion did not return. [No response]", "web-6": False}
    paths = [folder / name for name in ("two.json", "salt.json")]
    paths[0].write_text("\n".join(json.dumps(report) for report in made[:2]), "utf-8")
    paths[1].write_text(json.dumps(answers, indent=4), "utf-8")
    return paths


def test_merge_sums_up_hosts_changes_and_causes(command: Command, tmp_path: Path) -> None:
    done = command("report", "merge", *many(tmp_path))
    assert done.status == REFUSED
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[1] == ["6", "1", "1", "0", "4", "0"]
    assert lines[4][0] == "2"
    assert "matches no interface" in done.out
    assert "Minion did not return. [No response]" in done.out
    assert "several versions of ipif" in done.err


def test_merge_reads_standard_input(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = many(tmp_path)[0].read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    done = command("report", "merge", "-", "--json")
    assert json.loads(done.out)["hosts"] == 2
    assert done.status == DONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"interfaces": [{}]}', "there is no report in it"),
        ('{"ipif_report": 2}', "reads reports of version 1"),
        ('{"ipif_report": 1}', "missing"),
    ],
)
def test_a_file_without_reports_is_refused(
    text: str, words: str, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "file.json"
    file.write_text(text, "utf-8")
    assert words in error_of(command("report", "merge", file), INVALID)


def test_rollbacks_that_failed_are_shown(command: Command, tmp_path: Path) -> None:
    both = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}, {
        "match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}  # fmt: skip
    simulation.fail("SetIpInterfaceEntry", 31, times=2, after=1)
    file = tmp_path / "report.json"
    report = reports.apply(both, host="web-7")
    reports.write(report, file)
    assert [one["interface"] for one in report["changes"]] == ["Wi-Fi"]
    done = command("report", "merge", file)
    assert "not rolled back completely" in done.out


@pytest.mark.parametrize("words", [(), ("merge",), ("sum", "file.json")])
def test_a_wrong_command_line_is_refused(words: tuple[str, ...], command: Command) -> None:
    error_of(command("report", *words), USAGE)
