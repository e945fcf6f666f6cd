"""What the live tests need: a real Windows, an expendable adapter, a list of answers."""

import ctypes
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import support.real  # noqa: F401

import ipif

Answer = Callable[[str, str, object], None]

ROW_SIZE = 168
_answers: list[str] = []


@pytest.fixture(autouse=True)
def machine() -> None:
    """Take the place of the suite's fixture: this machine cannot be reset."""


@pytest.fixture
def answer() -> Answer:
    """Return a function that records the answer to an open question."""

    def record(question: str, what: str, found: object) -> None:
        _answers.append(f"{question:4} {what}: {found}")

    return record


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _answers:
        return
    lines = [f"     {platform.platform()}, {platform.win32_ver()}, ipif {ipif.__version__}"]
    lines += sorted(_answers, key=lambda line: int(line[1:4]))
    terminalreporter.section("answers")
    for line in lines:
        terminalreporter.write_line(line)
    if file := os.environ.get("IPIF_LIVE_ANSWERS"):
        Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


class Api:
    """The functions themselves, called by ctypes: the independent view, with all bytes."""

    def __init__(self) -> None:
        self._dll = ctypes.WinDLL("iphlpapi.dll")  # type: ignore[attr-defined]

    def call(self, function: str, image: bytearray) -> int:
        """Call a function that takes a pointer to a MIB_IPINTERFACE_ROW; return its result."""
        buffer = (ctypes.c_uint64 * (ROW_SIZE // 8)).from_buffer(image)
        return int(self._dll[function](ctypes.byref(buffer))) & 0xFFFFFFFF

    def initialized(self) -> bytearray:
        """Return a row as InitializeIpInterfaceEntry leaves it, over unusual bytes."""
        image = bytearray(b"\xcc" * ROW_SIZE)
        self.call("InitializeIpInterfaceEntry", image)
        return image


@pytest.fixture(scope="session")
def api() -> Api:
    return Api()


@pytest.fixture
def adapter() -> Iterator[ipif.Luid]:
    """Return the LUID of the expendable adapter; afterwards its rows are as they were.

    Skips without one, or without elevation.
    """
    alias = os.environ.get("IPIF_LIVE_INTERFACE")
    if not alias:
        pytest.skip("IPIF_LIVE_INTERFACE names no expendable adapter")
    if not ctypes.windll.shell32.IsUserAnAdmin():  # type: ignore[attr-defined]
        pytest.skip("changing an interface needs an elevated prompt")
    luid = ipif.Luid(ipif.get_interface(alias, "ipv4")["InterfaceLuid"])
    before = [row for row in ipif.list_interfaces() if row["InterfaceLuid"] == luid]
    yield luid
    wrong = {}
    for row in before:
        ipif.set_interface(row)
        now = ipif.get_interface(luid, row["Family"])
        for field in ipif.FIELDS:
            name = field.name
            is_ipv4_length = name == "SitePrefixLength" and field.ranges["ipv4"] == (0, 0)
            if field.access == "settable" and now[name] != row[name] and not (
                is_ipv4_length and ipif.to_json(row)["Family"] == "ipv4"
            ):  # fmt: skip
                wrong[ipif.to_json(row)["Family"], name] = (row[name], now[name])
    assert not wrong, f"not as before: {wrong}"
