"""Which tests can run beside themselves, in several threads at once: a plugin for pytest.

``pytest -p support.parallel --parallel-threads=4`` runs only those, and says how many others there
are, by reason. A test cannot run beside itself when it, or a function of its module that it
uses, has one of the names below: there is one machine in a process, and one set of modules. Nor can
it when a fixture makes a path for it: each thread has a ``tmp_path`` of its own, but all have what
other fixtures make of that.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import pytest

from ipif import simulation

READS_THE_SIMULATION = {"calls", "dump", "to_text"}

REASONS = {
    "runs a process": {
        "run", "start", "run_forking", "in_interpreters", "subprocess", "Popen", "fork", "command",
        "run_command", "check_output", "main", "pytester", "asyncio_run", "Terminal",
    },
    "changes the machine": {
        *(set(simulation.__all__) - READS_THE_SIMULATION),
        "changed", "plan", "apply", "guard", "recover", "restore", "roll_back", "update_interface",
        "set_interface", "set_ip_interface_entry", "update_ip_interface_entry", "set_valid_row",
        "exchange_ip_interface_entry", "exchange_run", "abandon", "control", "use",
    },
    "counts what the process has or does": {
        "Calls", "calls", "grew", "getallocatedblocks", "getrefcount", "live_tables", "measure",
        "enumerate", "active_count", "_debugmallocstats", "perf_counter", "process_time",
    },
    "changes what the process has": {
        "monkeypatch", "capsys", "capfd", "caplog", "recwarn", "catch_warnings", "simplefilter",
        "modules", "environ", "chdir", "setenv", "register", "signal", "raise_signal", "settrace",
        "setprofile", "interrupt_everywhere", "stdout", "stderr", "patch", "in_process",
        "stdin_with",
    },
}  # fmt: skip

# What the names do not tell.
ALONE = {
    "tests/desired/test_overlaps.py": "changes the machine",
    "tests/sim/test_questions.py": "changes the machine",
}

_left_out: Counter[str] = Counter()


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


@functools.cache
def _used(function: FunctionType) -> frozenset[str]:
    """Return the names that a function uses, and those that functions of its module use for it."""
    found: set[str] = set()
    waiting = [function]
    seen = set()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        names = set(_names(one.__code__))
        found |= names
        for name in names:
            value = one.__globals__.get(name)
            value = getattr(value, "__wrapped__", value)
            if isinstance(value, FunctionType) and value.__module__ == one.__module__:
                waiting.append(value)
    return frozenset(found)


def reason_to_run_alone(item: Any) -> str | None:
    """Return why a test cannot run beside itself, or None."""
    for name, reason in ALONE.items():
        if item.nodeid.startswith(name):
            return reason
    function = getattr(item, "function", None)
    if hasattr(function, "hypothesis"):
        function = function.hypothesis.inner_test
    if not isinstance(function, FunctionType):
        return "is not a function"
    used = {*_used(function), *item.fixturenames}
    for definitions in item._fixtureinfo.name2fixturedefs.values():
        if "tmp_path" in definitions[-1].argnames:
            return "has one folder for all threads"
        if definitions[-1].baseid.endswith(".py"):  # a fixture of the module
            used |= _used(definitions[-1].func)
    for reason, names in REASONS.items():
        if not names.isdisjoint(used):
            return reason
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen, others = [], []
    for item in items:
        reason = reason_to_run_alone(item)
        if reason is None:
            chosen.append(item)
        else:
            others.append(item)
            _left_out[reason] += 1
    items[:] = chosen
    config.hook.pytest_deselected(items=others)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for reason, count in _left_out.most_common():
        terminalreporter.write_line(f"not beside themselves: {count} tests, because each {reason}")
