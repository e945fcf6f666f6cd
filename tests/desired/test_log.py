"""The logger ipif: what the library changes by itself, and nothing else."""

import logging
from pathlib import Path
from typing import Any

import pytest
from support import fresh
from support.machine import Calls

import ipif
from ipif import simulation
from ipif._desired.log import logger

DESIRED = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"Metric": 3}},
    ]
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "ipif")
    return caplog


def records_of(log: pytest.LogCaptureFixture) -> list[Any]:
    """Return the records, which have attributes that LogRecord does not declare."""
    return list(log.records)


def test_a_recovery_is_logged_row_by_row(log: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    ipif.plan(DESIRED).apply(journal=path)
    assert log.records == []
    ipif.recover(path)
    assert {(record.interface, record.family) for record in records_of(log)} == {
        ("Ethernet", "ipv4"),
        ("Ethernet", "ipv6"),
    }
    assert [record.members for record in records_of(log) if record.family == "ipv4"] == [
        {"NlMtu": (1400, 1500)}
    ]
    assert {record.levelno for record in records_of(log)} == {logging.INFO}
    assert any("NlMtu 1400 -> 1500" in record.getMessage() for record in records_of(log))


def test_a_recovery_that_does_not_find_the_adapter_warns(
    log: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    path = tmp_path / "journal"
    ipif.plan(DESIRED).apply(journal=path)
    simulation.remove_interface("Ethernet")
    with pytest.warns(ipif.RestoreWarning):
        ipif.recover(path)
    assert [
        (record.levelno, "'Ethernet'" in record.getMessage()) for record in records_of(log)
    ] == [(logging.WARNING, True)]


def test_what_the_program_does_itself_is_not_logged(
    log: pytest.LogCaptureFixture, calls: Calls
) -> None:
    with ipif.changed("Ethernet", "ipv4", NlMtu=1400):
        pass
    with ipif.plan(DESIRED):
        pass
    ipif.update_interface("Ethernet", "ipv4", Metric=3)
    assert calls["SetIpInterfaceEntry"] == 7
    assert log.records == []


def test_without_a_handler_of_the_program_nothing_is_written() -> None:
    assert any(isinstance(handler, logging.NullHandler) for handler in logger().handlers)
    assert logger() is logging.getLogger("ipif")


AT_EXIT = """
import logging, sys
{configure}
block = ipif.changed("Ethernet", "ipv4", at_exit=True, NlMtu=1400)
block.__enter__()
"""


@pytest.mark.parametrize("configured", [True, False])
def test_a_block_restored_at_exit_is_logged(configured: bool) -> None:
    configure = "logging.basicConfig(level=logging.INFO, stream=sys.stdout)" if configured else ""
    said = fresh.run(fresh.MACHINE + AT_EXIT.format(configure=configure)).stdout
    if configured:
        assert "INFO:ipif:restored when the interpreter exits: Ethernet ipv4: NlMtu" in said
    else:
        assert said == ""


def test_changing_does_not_import_logging() -> None:
    code = """
import sys
ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
with ipif.changed("Ethernet", "ipv4", NlMtu=1300):
    pass
print("logging" in sys.modules)
"""
    assert fresh.run(fresh.MACHINE + code).stdout.split() == ["False"]


def test_a_program_that_uses_logging_has_a_null_handler_at_once() -> None:
    code = """
import sys
print("logging" in sys.modules)
import logging
print(logging.getLogger("ipif").handlers)
import ipif
print(logging.getLogger("ipif").handlers)
"""
    said = fresh.run(code).stdout.split("\n")
    assert said[:3] == ["False", "[]", "[<NullHandler (NOTSET)>]"]
