"""The program of the check ``kill``: processes are killed, and fresh ones put everything right.

    LD_PRELOAD=kill_at.so python killing.py --kills 40 --seed 1

Each scene runs in a process of its own: once to the end, then killed at each call that changes a
file, and before and after each change of rows, then killed at random moments. The simulated machine
ends with its process. So the process appends a line to a file before and after it changes rows, and
the file tells which values the rows may have had. A fresh process gives them each of these and
recovers.
"""

import argparse
import ctypes
import io
import itertools
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

os.environ["IPIF_BACKEND"] = "simulated"

import ipif
import ipif._cli.commands.apply
import ipif._cli.commands.revert
import ipif._desired.journal
import ipif._desired.plan
from ipif._cli.main import main as command
from ipif._cli.status import DONE, TIMED_OUT
from ipif._core.backend import native

library = ctypes.CDLL(None)

CHANGES: dict[str, Any] = {"NlMtu": 1400, "Metric": 9}
DOCUMENT = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": CHANGES, "ipv6": CHANGES},
        {"match": {"alias": "Wi-Fi"}, "ipv4": CHANGES},
    ]
}
ONE = [("Ethernet", "ipv4"), ("Ethernet", "ipv6")]
ALL = [*ONE, ("Wi-Fi", "ipv4")]
JOURNAL, MACHINE, DESIRED, TRACE = "journal.json", "machine.json", "desired.json", "trace"
LOCK = f".{MACHINE}.lock"
TEMPORARY = ".ipif-"  # how the names of files begin that are going to replace others
REPEATED = 3  # how often the duration of a scene is measured
LONGEST = 60  # seconds of one process

Row = tuple[str, Any]


class Wrong(Exception):
    """Something is lost, or half done."""


def mark(text: str) -> None:
    """Append a line to the trace."""
    library.mark(text.encode())


# ---- the scenes. Each runs in the folder of its files, on the first machine.


def use_changed() -> None:
    with ipif.changed("Ethernet", None, journal=JOURNAL, **CHANGES):
        mark("block")


def use_plan() -> None:
    plan = ipif.plan(DOCUMENT)
    plan.apply(journal=JOURNAL)
    plan.revert()


def use_plan_and_confirm() -> None:
    plan = ipif.plan(DOCUMENT)
    plan.apply(journal=JOURNAL)
    mark("CONFIRM")
    plan.confirm()


def save() -> None:
    ipif.simulation.load(MACHINE)
    change(ALL)
    ipif.simulation.save(MACHINE)


def use_command() -> None:
    run_command("apply", DESIRED, "--journal", JOURNAL)


def use_command_and_do_not_confirm() -> None:
    run_command("apply", DESIRED, "--journal", JOURNAL, "--confirm", "0.01", status=TIMED_OUT)


def recover_by_command() -> None:
    run_command("recover", JOURNAL)


def run_command(*words: str, status: int = DONE) -> None:
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as errors:
        ended = command(["--simulate", MACHINE, *words])
    if ended != status:
        raise Wrong(f"ipif {' '.join(words)} ended with {ended}: {errors.getvalue()}")


def change(rows: list[Row]) -> None:
    """Give rows the values of a scene."""
    for alias, family in rows:
        ipif.update_interface(alias, family, **CHANGES)


# ---- what a fresh process finds. Each runs in the folder of a killed one.


def check_journal(first: dict[str, Any], rows: list[Row], sets: int) -> None:
    """Recover from the journal, whatever values the rows may have; *sets* belong to the scene."""
    trace = Path(TRACE).read_text(encoding="ascii").splitlines()
    states: list[tuple[Row, ...]] = [()]
    if trace.count("set") and trace.count("was set") < sets:
        states = [s for n in range(len(rows) + 1) for s in itertools.combinations(rows, n)]
    if not os.path.exists(JOURNAL):
        if len(states) > 1 and "CONFIRM" not in trace:
            raise Wrong("rows may have been set, and there is no journal")
        return
    kept = Path(JOURNAL).read_bytes()
    for state in states:
        Path(JOURNAL).write_bytes(kept)
        ipif.simulation.load(first)
        change(list(state))
        ipif.recover(JOURNAL)
        if ipif.simulation.dump() != first:
            raise Wrong(f"not recovered when {state} had been set")
        if os.path.exists(JOURNAL):
            raise Wrong("the journal is kept")


def check_saved(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Return whether the saved machine is the second one; it must be one of the two."""
    ipif.simulation.load(MACHINE)
    found = ipif.simulation.dump()
    if found not in (first, second):
        raise Wrong("the saved machine is neither the old nor the new one")
    return found == second


def check_command(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Find the old or the new machine; the new one with a journal that restores the old one."""
    if check_saved(first, second) and not os.path.exists(JOURNAL):
        raise Wrong("the changed machine is saved, and there is no journal")
    if os.path.exists(JOURNAL):
        run_command("recover", JOURNAL)
        if os.path.exists(JOURNAL):
            raise Wrong("the journal is kept")
        if os.path.exists(LOCK):
            raise Wrong("the next command keeps the lock")
    if check_saved(first, second):
        raise Wrong("the command does not restore the saved machine")


# ---- processes


def run_process(function: Callable[[], object]) -> tuple[int, int]:
    """Start *function* in a new process that has used nothing yet; return its id, and a pipe.

    The process writes a byte to the pipe when it begins, and at the end the text that the function
    returns, or that of an exception.
    """
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    try:
        signal.alarm(LONGEST)
        os.write(writer, b".")
        result = function()
        if isinstance(result, str):
            os.write(writer, result.encode())
        os._exit(0)
    except BaseException as error:
        text = str(error) if isinstance(error, Wrong) else traceback.format_exc()
        os.write(writer, text.encode())
        os._exit(1)


def wait(process: int, reader: int) -> tuple[int, str]:
    """Return the status of a process that ends, and what it wrote."""
    with os.fdopen(reader, "rb") as file:
        text = file.read().decode().removeprefix(".")
    return os.waitpid(process, 0)[1], text


class Scene:
    """One thing that is killed, and how a fresh process checks what is left."""

    def __init__(
        self,
        name: str,
        run: Callable[[], None],
        rows: list[Row],
        machines: tuple[dict[str, Any], dict[str, Any]],
        check: Callable[[], object] | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.check = check or (lambda: check_journal(self.first, rows, self.sets))
        self.first, self.second = machines
        self.sets = 0
        self.duration = 0.0
        self._text = ipif.simulation.to_text(self.first)
        self._run = run
        self._prepare = prepare
        self.has_journal = prepare is not None  # before it begins

    def work(self, folder: Path, kill_at: int) -> None:
        """Run the scene in this process, which dies at the call with that number, if it is not 0.

        Each exchange of rows is written down: before it, because it may set rows from then on, and
        after it.
        """
        os.chdir(folder)
        ipif.simulation.load(self.first)
        run = native.exchange_run

        def exchange_run(exchange: Any, write: bool) -> None:
            if write:
                mark("set")
            run(exchange, write)
            if write:
                mark("was set")

        native.exchange_run = exchange_run
        library.kill_at(kill_at, os.open(TRACE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        self._run()
        library.kill_at(0, -1)

    def folder(self) -> Path:
        """Return a new folder with the files of the scene."""
        folder = Path(tempfile.mkdtemp(prefix="kill-"))
        (folder / MACHINE).write_text(self._text, encoding="utf-8")
        (folder / DESIRED).write_text(json.dumps(DOCUMENT), encoding="utf-8")
        prepare = self._prepare
        if prepare is not None:

            def work() -> None:
                os.chdir(folder)
                prepare()

            status, text = wait(*run_process(work))
            if status:
                raise SystemExit(f"{self.name}: {text or status}")
        return folder


class Run:
    """Runs scenes, kills them, and keeps what was found."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.findings: list[str] = []
        self.killed: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.after_set = 0

    def found(self, text: str) -> None:
        print(f"FOUND: {text}", flush=True)
        self.findings.append(text)

    def once(self, scene: Scene, kill_at: int = 0, after: float | None = None) -> bool:
        """Run a scene, kill it, and check what is left; return whether it was killed."""
        folder = scene.folder()
        try:
            process, reader = run_process(lambda: scene.work(folder, kill_at))
            os.read(reader, 1)
            start = time.monotonic()
            if after is not None:
                time.sleep(after)
                os.kill(process, signal.SIGKILL)
            status, text = wait(process, reader)
            if not kill_at and after is None:
                scene.duration = max(scene.duration, time.monotonic() - start)
            how = f"at call {kill_at}" if kill_at else "not killed"
            if after is not None:
                how = f"after {after * 1e3:.3f} ms"
            killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            if status and not killed:
                self.found(f"{scene.name}, {how}: it fails: {text or status}")
            self._check(scene, folder, how)
            return killed
        finally:
            shutil.rmtree(folder)

    def _check(self, scene: Scene, folder: Path, how: str) -> None:
        for path in folder.iterdir():
            if path.name not in (JOURNAL, MACHINE, DESIRED, TRACE):
                name = TEMPORARY if path.name.startswith(TEMPORARY) else path.name
                self.left[name] += 1
                if name not in (TEMPORARY, LOCK):
                    self.found(f"{scene.name}, {how}: a file that nobody knows: {path.name}")
        if not (folder / TRACE).exists():
            return  # killed before the scene began
        if "set" in (folder / TRACE).read_text(encoding="ascii").splitlines():
            self.after_set += how != "not killed"

        def check() -> None:
            os.chdir(folder)
            warnings.simplefilter("error")
            scene.check()

        status, text = wait(*run_process(check))
        if status:
            self.found(f"{scene.name}, {how}: {text or status}")

    def begin(self, scene: Scene) -> None:
        """Run a scene to its end: how long it takes, what it does, and in which order."""
        folder = scene.folder()
        status, text = wait(*run_process(lambda: scene.work(folder, 0)))
        lines = (folder / TRACE).read_text(encoding="ascii").splitlines()
        shutil.rmtree(folder)
        if status:
            self.found(f"{scene.name}: it fails: {text or status}")
        scene.sets = lines.count("was set")
        if "set" in lines and not scene.has_journal and not is_durable(lines[: lines.index("set")]):
            self.found(f"{scene.name}: rows are set before the journal is on the disk: {lines}")
        for _ in range(REPEATED):
            self.once(scene)

    def at_each_call(self, scene: Scene) -> None:
        """Kill a scene at its first call, at its second, and so on."""
        for number in itertools.count(1):
            if not self.once(scene, number):
                break
            self.killed[f"{scene.name}, at each call"] += 1

    def at_random(self, scene: Scene, kills: int) -> None:
        """Kill a scene that often, at moments that are spread over its duration."""
        for _ in range(10 * kills):
            if self.killed[f"{scene.name}, at random"] < kills and self.once(
                scene, after=self.random.uniform(0, scene.duration)
            ):
                self.killed[f"{scene.name}, at random"] += 1
        if self.killed[f"{scene.name}, at random"] < kills:
            self.found(f"{scene.name}: it was killed too rarely")


def is_durable(lines: list[str]) -> bool:
    """Return whether a file was written, synchronised and renamed, and its folder synchronised."""
    files: dict[str, str] = {}
    states: dict[str, int] = {}
    done = False
    for line in lines:
        call, descriptor, first, *_ = [*line.split(" "), "", ""]
        if call == "open":
            files[descriptor] = first
        elif call == "write" and descriptor in files:
            states[files[descriptor]] = 1
        elif call == "fsync" and descriptor in files and states.get(files[descriptor]) == 1:
            states[files[descriptor]] = 2
        elif call == "rename":
            states["renamed"] = 1 if states.get(first) == 2 else 0
        elif call == "fsync" and states.get("renamed") == 1:
            done = True
    return done


def scenes() -> Iterator[Scene]:
    """Yield the scenes; their machines have a SitePrefixLength of 0, as after any change."""
    status, text = wait(*run_process(make_machines))
    if status:
        raise SystemExit(text)
    first, of_one, of_all = json.loads(text)
    both = (first, of_all)
    yield Scene("changed", use_changed, ONE, (first, of_one))
    yield Scene("plan, reverted", use_plan, ALL, both)
    yield Scene("plan, confirmed", use_plan_and_confirm, ALL, both)
    yield Scene("save", save, ALL, both, lambda: check_saved(*both))

    def check() -> None:
        check_command(*both)

    yield Scene("ipif apply", use_command, ALL, both, check)
    yield Scene("ipif apply --confirm", use_command_and_do_not_confirm, ALL, both, check)
    yield Scene("ipif recover", recover_by_command, ALL, both, check, prepare=use_command)


def make_machines() -> str:
    """Return the machines of the scenes, as JSON: before, and with the changes of some rows."""
    machines = []
    family: Any
    for alias, family in ALL:
        with ipif.changed(alias, family, NlMtu=1401):
            pass
    first = ipif.simulation.dump()
    for rows in ([], ONE, ALL):
        ipif.simulation.load(first)
        change(rows)
        machines.append(ipif.simulation.dump())
    return json.dumps(machines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=40, help="how many at random moments")
    parser.add_argument("--seed", default=str(random.randrange(10**6)))
    parser.add_argument("--scene", help="only the scene with this name")
    options = parser.parse_args()
    print(f"CPython {sys.version.split()[0]}, seed {options.seed}", flush=True)
    run = Run(options.seed)
    every = [scene for scene in scenes() if options.scene in (None, scene.name)]
    for number, scene in enumerate(every):
        run.begin(scene)
        run.at_each_call(scene)
        run.at_random(scene, (options.kills + number) // len(every))
    for name, number in run.killed.items():
        print(f"{number:6} processes killed: {name}")
    print(f"{run.after_set:6} of them when a row may have been set")
    for name, number in run.left.items():
        print(f"{number:6} files left, named {name}{'*' if name == TEMPORARY else ''}")
    print(f"{len(run.findings):6} findings")
    return 1 if run.findings else 0


if __name__ == "__main__":
    sys.exit(main())
