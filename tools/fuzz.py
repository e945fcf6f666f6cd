"""Fuzz ipif: random bytes that coverage guides, with AddressSanitizer in the C code.

    python3 tools/fuzz.py                          # every target for some seconds
    python3 tools/fuzz.py rows --runs 1000000      # one of them
    python3 tools/fuzz.py --runs 100000 --keep     # and keep what was found in tests/trust/corpus
    python3 tools/fuzz.py rows --input FILE        # once, with the input that failed

The targets are in tools/fuzz_targets: ``machine`` is C and run by libFuzzer of clang, the others
are Python, run by atheris on an ipif that clang has compiled for it. Each starts with the inputs in
tests/trust/corpus; new ones are kept in build/fuzz, and an input that fails is written there. Ends
non-zero when a target fails.
"""

import argparse
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

from environments import ROOT, must
from trust_checks.builds import instrumented

TARGETS = ROOT / "tools" / "fuzz_targets"
CORPUS = ROOT / "tests" / "trust" / "corpus"
BUILD = ROOT / "build" / "fuzz"

#: The targets, and the size in bytes of the largest input.
NAMES = {
    "machine": 8192,
    "rows": 2048,
    "snapshots": 512,
    "documents": 512,
    "journals": 512,
    "files": 1024,
    "commands": 512,
}

KEPT = 30  # inputs of each target in tests/trust/corpus

#: Of src/sim: the module for Python, and what only the DLL under Wine has.
LEFT_OUT = ("control.c", "dll.c", "names.c")

# The format of a packed machine: src/sim/sim.h.
MAGIC = b"IPIFMCH1"
ROW_SIZES = (1352, 168, 104, 80)

COMPILER = "clang-14"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror")
SANITIZERS = "-fsanitize=address,undefined"
OPTIONS = {
    # Python keeps objects until the end.
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "IPIF_BACKEND": "simulated",
}


def compile_machine() -> Path:
    """Return the program of the target machine."""
    BUILD.mkdir(parents=True, exist_ok=True)
    program = BUILD / "machine.program"
    simulation = ROOT / "src" / "sim"
    sources = [path for path in simulation.glob("*.c") if path.name not in LEFT_OUT]
    must(
        COMPILER,
        *WARNINGS,
        "-g",
        "-O1",
        f"{SANITIZERS},fuzzer",
        "-fno-sanitize-recover=all",
        "-DIPHLPAPI_DLL_LINKAGE=",
        f"-I{simulation / 'include'}",
        f"-I{simulation}",
        *sources,
        TARGETS / "machine.c",
        "-lpthread",
        "-o",
        program,
    )
    return program


def small_machine() -> bytes:
    """Return the bundled machine with its first two adapters and their rows: a first input."""
    data = (ROOT / "src" / "ipif" / "_sim" / "machine.dat").read_bytes()
    flags, *counts, zero = struct.unpack_from("<6I", data, len(MAGIC))
    place = len(MAGIC) + 24
    tables = []
    for count, size in zip(counts, ROW_SIZES, strict=True):
        end = place + count * size
        tables.append([data[at : at + size] for at in range(place, end, size)])
        place = end
    luids = [adapter[:8] for adapter in tables[0][:2]]
    kept = [[row for row in table if any(luid in row for luid in luids)] for table in tables]
    header = struct.pack("<6I", flags, *map(len, kept), zero)
    return MAGIC + header + b"".join(row for table in kept for row in table)


def compile_ipif() -> tuple[Path, str]:
    """Return a Python with an ipif that tells its coverage, and the library that it needs."""
    flags = ("-fsanitize=fuzzer-no-link,address", "-fno-omit-frame-pointer", "-g", "-O1")
    python = instrumented(
        "fuzz", flags, groups=("fuzz", "test"), CC=COMPILER, LDSHARED=f"{COMPILER} -shared"
    )
    question = "import atheris, os; print(os.path.join(atheris.path(), 'asan_with_fuzzer.so'))"
    library = subprocess.check_output([python, "-c", question], text=True).splitlines()[-1]
    return python, library


class Fuzzer:
    """Runs targets; what they need is compiled on first use."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._machine: Path | None = None
        self._ipif: tuple[Path, str] | None = None

    def command(self, name: str) -> tuple[list[str | Path], dict[str, str]]:
        """Return the command of a target, and its environment variables."""
        if name == "machine":
            self._machine = self._machine or compile_machine()
            return [self._machine], OPTIONS
        self._ipif = self._ipif or compile_ipif()
        python, library = self._ipif
        variables = {**OPTIONS, "LD_PRELOAD": library, "PYTHONPATH": str(TARGETS.parent)}
        return [python, "-m", f"fuzz_targets.{name}"], variables

    def run(self, name: str, *limits: str) -> tuple[int, int]:
        """Run a target; return its exit code and how often it was executed."""
        command, variables = self.command(name)
        new = BUILD / name
        new.mkdir(parents=True, exist_ok=True)
        arguments = [
            f"-seed={self.seed}",
            f"-max_len={NAMES[name]}",
            f"-artifact_prefix={BUILD}/failed-{name}-",
            "-timeout=60",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            *limits,
        ]
        if name == "machine":
            (new / "small").write_bytes(small_machine())
        folders = [new, *(folder for folder in [CORPUS / name] if folder.is_dir())]
        done = subprocess.run(
            [*command, *arguments, *folders],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        counted = re.search(r"number_of_executed_units: +(\d+)|^Done (\d+)", done.stdout, re.M)
        executions = int(counted[1] or counted[2]) if counted else 0
        if done.returncode != 0 or executions == 0:
            print(done.stdout[-6000:])
        return done.returncode or int(executions == 0), executions


def keep(name: str) -> None:
    """Put some of the inputs that reached something new into tests/trust/corpus.

    Their names are hashes, so the first ones are as good as any.
    """
    folder = CORPUS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in sorted((BUILD / name).iterdir())[:KEPT]:
        shutil.copyfile(path, folder / path.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--runs", type=int, help="executions of each target")
    parser.add_argument("--seconds", type=int, default=10, help="without --runs (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="0: a new one each time")
    parser.add_argument(
        "--keep", action="store_true", help="put new inputs into tests/trust/corpus"
    )
    parser.add_argument("--input", type=Path, help="run the targets once, with this file")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"no target is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    fuzzer = Fuzzer(options.seed)
    failed, total = [], 0
    for name in options.names or NAMES:
        if options.input:
            command, variables = fuzzer.command(name)
            subprocess.run([*command, options.input], env={**os.environ, **variables}, check=True)
            continue
        limit = f"-max_total_time={options.seconds}"
        if options.runs is not None:
            limit = f"-runs={options.runs}"
        code, executions = fuzzer.run(name, limit)
        total += executions
        print(f"-- {name}: {executions} executions{', FAILED' if code else ''}", flush=True)
        if code:
            failed.append(name)
        elif options.keep:
            keep(name)
    print(f"failed: {', '.join(failed)}" if failed else f"-- {total} executions, nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
