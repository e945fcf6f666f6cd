"""Tests that run beside themselves in several threads, without a GIL, find what they find alone."""

import os
from pathlib import Path

from environments import run

from trust_checks.builds import instrumented
from trust_checks.interpreters import free_threaded

FOLDERS = ("native", "core", "desired", "sim", "cli", "integrations")


def run_check(long: bool) -> int:
    """Run what can run beside itself in four threads; in the long form in more, and the suite."""
    # The newest hypothesis has no wheel for this CPython, and its source needs Rust.
    os.environ["PIP_PREFER_BINARY"] = "1"
    python = instrumented("parallel", (), base=free_threaded())
    threads = ("--parallel-threads=8", "--iterations=5") if long else ("--parallel-threads=4",)
    pytest: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "support.gil_off"]
    folders = [f"tests/{folder}" for folder in FOLDERS]
    runs = [[*pytest, "-p", "support.parallel", *threads, *folders]]
    if long:
        runs.append(pytest)
    codes = [run(*words, IPIF_BACKEND="simulated", PYTHONPATH="tests") for words in runs]
    return max(codes)
