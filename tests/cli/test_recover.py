"""ipif recover: restore what a killed program has changed, from its journal."""

import json
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.abandon import abandon
from support.command import Command, error_of

import ipif
from ipif import simulation


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "changes.json"


def test_recover_restores_and_shows_what_it_has_kept(journal: Path, command: Command) -> None:
    abandon(journal, NlMtu=1400, RouterDiscoveryBehavior=0)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    done = command("recover", journal)
    assert done.status == 0
    assert "RouterDiscoveryBehavior  Disabled  Dhcp" in done.out
    assert "NlMtu is 1300 now" in done.err
    assert journal.name in error_of(command("recover", journal))


def test_recover_in_json_lists_every_restored_member(journal: Path, command: Command) -> None:
    abandon(journal, NlMtu=1400)
    done = command("recover", "--json", journal)
    assert done.status == 0
    assert json.loads(done.out) == [
        {
            "Interface": "Ethernet",
            "Family": "ipv4",
            "Member": "NlMtu",
            "before": 1400,
            "after": 1500,
        }
    ]


def test_recover_without_changes_says_so(journal: Path, command: Command) -> None:
    abandon(journal, NlMtu=1400)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1500)
    assert "nothing had to be restored" in command("recover", journal).out


@pytest.mark.skipif(ipif.backend == "windows", reason="the machine is not in a file")
def test_recover_saves_the_machine_in_the_snapshot(
    journal: Path, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "snapshot.json"
    abandon(journal, NlMtu=1400)
    path.write_text(json.dumps(simulation.dump()), "utf-8")
    simulation.reset()
    assert command("--simulate", path, "recover", journal).status == 0
    simulation.load(path)
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 1500


def test_recover_without_elevation_fails_and_keeps_the_journal(
    journal: Path, command: Command
) -> None:
    abandon(journal, NlMtu=1400)
    simulation.elevated(False)
    assert "elevated" in error_of(command("recover", journal), 1)
    assert journal.exists()


def test_recover_names_a_missing_adapter_and_keeps_the_journal_until_it_is_discarded(
    journal: Path, command: Command
) -> None:
    abandon(journal, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    done = command("recover", journal)
    assert done.status == 0
    assert "'Ethernet'" in done.err
    assert "--discard" in done.err
    assert journal.exists()
    assert command("recover", "--discard", journal).status == 0
    assert not journal.exists()


def test_recover_says_that_the_computer_has_been_started_since(
    journal: Path, command: Command
) -> None:
    abandon(journal, NlMtu=1400)
    assert "started again" not in command("recover", journal).err
    abandon(journal, NlMtu=1400)
    document = json.loads(journal.read_text("utf-8"))
    document["started"] -= 86400
    journal.write_text(json.dumps(document), "utf-8")
    assert "started again" in command("recover", journal).err
