"""ipif recover and ipif revert: restore from a journal."""

import json
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.abandon import abandon
from support.command import Command, error_of

import ipif
from ipif import simulation

COMMANDS = pytest.mark.parametrize("name", ["recover", "revert"])


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "changes.json"


@COMMANDS
def test_it_restores_and_shows_what_it_has_kept(name: str, journal: Path, command: Command) -> None:
    abandon(journal, NlMtu=1400, RouterDiscoveryBehavior=0)
    ipif.update_interface("Ethernet", "ipv4", NlMtu=1300)
    done = command(name, journal)
    assert done.status == 0
    assert "RouterDiscoveryBehavior  Disabled  Dhcp" in done.out
    assert "NlMtu is 1300 now" in done.err
    assert "there is no journal" in error_of(command(name, journal), 4)


@COMMANDS
def test_its_json_lists_every_restored_member(name: str, journal: Path, command: Command) -> None:
    abandon(journal, NlMtu=1400)
    done = command(name, "--json", journal)
    assert done.status == 0
    assert json.loads(done.out) == {
        "changes": [
            {
                "Alias": "Ethernet",
                "InterfaceIndex": 13,
                "InterfaceLuid": int(ipif.Luid.of(13)),
                "Family": "ipv4",
                "Member": "NlMtu",
                "Before": 1400,
                "After": 1500,
            }
        ],
        "missing": [],
        "kept": False,
        "restarted": False,
    }


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


@COMMANDS
def test_without_elevation_it_fails_and_keeps_the_journal(
    name: str, journal: Path, command: Command
) -> None:
    abandon(journal, NlMtu=1400)
    simulation.elevated(False)
    assert "elevated" in error_of(command(name, journal), 3)
    assert journal.exists()


def test_a_missing_adapter_is_named_and_the_journal_kept_until_it_is_discarded(
    journal: Path, command: Command
) -> None:
    abandon(journal, NlMtu=1400)
    simulation.remove_interface("Ethernet")
    for name in ("recover", "revert"):
        done = command(name, journal)
        assert done.status == 4
        assert "'Ethernet'" in done.err
        assert "ipif recover --discard" in done.err
        assert "ipif.recover" not in done.err
        assert journal.exists()
    document = json.loads(command("recover", journal, "--json").out)
    assert (document["missing"], document["kept"]) == (["Ethernet"], True)
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


@COMMANDS
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a JSON document"),
        ("[]", "expected a JSON object"),
        ("{}", "not a journal of version 1"),
        ('{"ipif_journal": 1}', "missing"),
        ("\udcff", "UTF-8"),
    ],
    ids=["cut", "array", "other", "empty", "bytes"],
)
def test_a_damaged_journal_is_refused(
    name: str, text: str, words: str, journal: Path, command: Command
) -> None:
    journal.write_bytes(text.encode("utf-8", "surrogateescape"))
    message = error_of(command(name, journal), 5)
    assert journal.name in message
    assert journal.exists()
