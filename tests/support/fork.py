"""Forking a process that has threads: code for interpreters of their own (see ``fresh``)."""

import os

import pytest

from support import fresh

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no os.fork")

FORK = """
import os, signal, sys, threading, time, traceback

def fork(child):
    # The child calls child() and ends; one that does not end by itself within a minute is ended.
    number = os.fork()
    if number == 0:
        code = 1
        try:
            child()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + 60
    while True:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > end:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            raise SystemExit("the child did not end by itself")
        time.sleep(0.001)
    assert os.waitstatus_to_exitcode(status) == 0

def repeat(function):
    # Call function(number) again and again in a thread, until the process ends.
    def work():
        number = 0
        while True:
            number += 1
            function(number)
    threading.Thread(target=work, daemon=True).start()

def dad_transmits(value):
    netioapi.update_ip_interface_entry(2, {"DadTransmits": value}, index=13)
"""


def run_forking(code: str) -> str:
    """Run *code*, which can call ``fork`` and ``repeat``; return what it prints."""
    # CPython 3.12 and later warn when a process with threads is forked.
    return fresh.run(fresh.MACHINE + FORK + code, "-Wignore").stdout
