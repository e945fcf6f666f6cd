"""The command in a process of its own, on a machine that keeps changing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from support.fresh import MACHINE

_CODE = """
import signal
import threading
import time

# A shell that starts the tests in the background lets them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def keep_changing():
    number = 0
    while True:
        number += 1
        ipif.update_interface("Ethernet", "ipv4", DadTransmits=number % 9 + 1)
        time.sleep(0.02)


threading.Thread(target=keep_changing, daemon=True).start()
from ipif._cli.main import main

sys.exit(main({arguments!r}))
"""


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start the command on a simulated machine; DadTransmits of Ethernet, ipv4, keeps changing.

    Warnings are errors in that process. It is killed if it still runs when the block ends.
    """
    code = MACHINE + _CODE.format(arguments=[str(argument) for argument in arguments])
    process = subprocess.Popen(
        [sys.executable, "-Werror", "-c", code],
        env={**os.environ, "IPIF_BACKEND": "simulated", "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Send Ctrl-C to the command; return its exit status and its standard error."""
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def close_output(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Stop reading what the command writes; return its exit status and its standard error."""
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    return process.wait(60), errors
