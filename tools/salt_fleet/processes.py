"""The processes of the fleet: masters, minions and the commands of Salt.

Each is started in a process group of its own and stopped by that group. All listen on 127.0.0.1
and have their files below one scratch folder.
"""

import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent

_TO_STOP = 15.0  # seconds that a process has to end by itself
_LONGEST = 180.0  # seconds for one command of Salt
_LOOK = 0.1


class Done(NamedTuple):
    """What a command wrote, and its exit status."""

    out: str
    err: str
    status: int

    def json(self) -> Any:
        """Return what it wrote as JSON; nothing is an empty object."""
        return json.loads(self.out or "{}")


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody uses."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Group:
    """A process that runs in a process group of its own."""

    def __init__(self, words: Sequence[str | Path], log: Path, **variables: str) -> None:
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                words,
                env={**os.environ, "IPIF_BACKEND": "simulated", **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask the process to end, and kill what is left of its group."""
        if self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_TO_STOP)
        self.kill()

    def kill(self) -> None:
        """Kill all processes of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_TO_STOP)

    def processor_seconds(self) -> float:
        """Return the processor time of all processes of the group, also of those that ended."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                fields = path.read_text(encoding="ascii").rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid:
                    ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Return the memory of the process itself, in KiB."""
        text = Path("/proc", str(self.process.pid), "status").read_text(encoding="ascii")
        [line] = [line for line in text.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1])


def write_yaml(path: Path, settings: Mapping[str, Any]) -> None:
    """Write a file of settings; JSON is YAML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")


class Master:
    """A salt-master."""

    def __init__(
        self, fleet: "Fleet", name: str, more: str = "", other: "Master | None" = None
    ) -> None:
        """Start it. *more* is the text of a file of settings.

        It has the key of the *other* master, so that minions of both take them for one.
        """
        self._fleet = fleet
        self._root = fleet.folder / name
        self._keys = self._root / "pki"
        if other is not None:
            self._keys.mkdir(parents=True)
            for file in ("master.pem", "master.pub"):
                shutil.copy2(other._keys / file, self._keys / file)
        self.publish, self.ret = free_ports(2)
        settings = {
            "interface": "127.0.0.1",
            "publish_port": self.publish,
            "ret_port": self.ret,
            "root_dir": str(self._root),
            "pki_dir": str(self._keys),
            "auto_accept": True,
            "user": getpass.getuser(),
            "file_roots": {"base": [str(fleet.states)]},
            "pillar_roots": {"base": [str(fleet.pillar)]},
            "log_level": "warning",
            "worker_threads": 3,
            "cli_summary": False,
        }
        write_yaml(self._root / "etc" / "master", settings)
        (self._root / "etc" / "master.d").mkdir()
        (self._root / "etc" / "master.d" / "more.conf").write_text(more, encoding="utf-8")
        self._group = fleet.start(self.words("salt-master"), f"{name}.log")

    def processor_seconds(self) -> float:
        """Return the processor time of its processes."""
        return self._group.processor_seconds()

    def words(self, command: str) -> list[str | Path]:
        """Return how *command* is called with the configuration of this master."""
        return [self._fleet.bin / command, "-c", self._root / "etc"]

    def run(self, command: str, *arguments: str, seconds: float = _LONGEST) -> Done:
        """Run a command of Salt on this master."""
        return self._fleet.run([*self.words(command), *arguments], seconds)

    def salt(
        self, target: str, function: str, *arguments: str, timeout: int = 60
    ) -> dict[str, Any]:
        """Run a function on minions; return their answers by name."""
        options = ["--out=json", "--static", "-t", str(timeout)]
        found: dict[str, Any] = self.run("salt", *options, target, function, *arguments).json()
        return found


class Minion:
    """A salt-minion on a simulated machine of its own."""

    def __init__(
        self,
        fleet: "Fleet",
        name: str,
        machine: Mapping[str, Any],
        masters: Sequence[Master],
        settings: Mapping[str, Any],
        more: str,
        **variables: str,
    ) -> None:
        """Start it. *more* is the text of a file of settings."""
        self.name = name
        self._fleet = fleet
        self._root = fleet.folder / name
        self._machine = self._root / "machine.json"
        self._variables = {"IPIF_FLEET_MACHINE": str(self._machine), **variables}
        addresses = [f"127.0.0.1:{master.ret}" for master in masters]
        write_yaml(
            self._root / "etc" / "minion",
            {
                "id": name,
                "master": addresses if len(addresses) > 1 else addresses[0],
                "root_dir": str(self._root),
                "user": getpass.getuser(),
                "log_level": "warning",
                "module_dirs": [str(HERE / "modules")],
                "enable_fqdns_grains": False,
                "acceptance_wait_time": 1,
                "auth_timeout": 20,
                "recon_randomize": False,
                **settings,
            },
        )
        (self._root / "etc" / "minion.d").mkdir()
        (self._root / "etc" / "minion.d" / "ipif.conf").write_text(more, encoding="utf-8")
        write_yaml(self._machine, machine)
        self.start()

    def start(self) -> None:
        """Start the process on the machine as it was saved last."""
        python = self._fleet.bin / "python"
        words: list[str | Path] = [python, HERE / "minion.py", "-c", self._root / "etc"]
        self._group = self._fleet.start(
            [*words, "--disable-keepalive"], f"{self.name}.log", **self._variables
        )

    def wait_for_its_end(self, seconds: float = _LONGEST) -> int:
        """Return the exit code of the process."""
        code = self._group.process.wait(seconds)
        self._group.kill()
        return code

    def stop(self) -> None:
        """Stop the process."""
        self._group.stop()

    def machine(self) -> str:
        """Return the snapshot of the machine, as it was saved last."""
        return self._machine.read_text(encoding="utf-8")

    def memory(self) -> int:
        """Return the memory of the process, in KiB."""
        return self._group.memory()

    def processor_seconds(self) -> float:
        """Return the processor time of the process."""
        return self._group.processor_seconds()


class Fleet:
    """The scratch folder, and everything that was started in it."""

    def __init__(self, python: Path, folder: Path, stack: ExitStack) -> None:
        self.bin = python.parent
        self.folder = folder
        self.states = folder / "srv" / "salt"
        self.pillar = folder / "srv" / "pillar"
        self.states.mkdir(parents=True)
        self.pillar.mkdir(parents=True)
        self._stack = stack

    def start(self, words: Sequence[str | Path], log: str, **variables: str) -> Group:
        """Start a process that is stopped with the fleet."""
        group = Group(words, self.folder / log, **variables)
        self._stack.callback(group.kill)
        return group

    def run(self, words: Sequence[str | Path], seconds: float = _LONGEST) -> Done:
        """Run a command to its end."""
        group = subprocess.Popen(
            words,
            env={**os.environ, "IPIF_BACKEND": "simulated"},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        try:
            out, err = group.communicate(timeout=seconds)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(group.pid, signal.SIGKILL)
        return Done(out, err, group.returncode)

    def logs(self) -> str:
        """Return the logs of all processes."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(encoding='utf-8', errors='replace')[-4000:]}"
            for path in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def fleet_of(python: Path) -> Iterator[Fleet]:
    """A scratch folder for a fleet; afterwards everything is stopped, and the folder removed.

    *python* is that of an environment with Salt and ipif.
    """
    # Sockets are made there, whose paths have to be short: no long TMPDIR.
    folder = Path(tempfile.mkdtemp(prefix="fleet-", dir="/tmp"))
    try:
        with ExitStack() as stack:
            yield Fleet(python, folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(what: str, is_so: Any, seconds: float) -> float:
    """Wait until *is_so* returns something true; return for how many seconds this took."""
    start = time.monotonic()
    while not is_so():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(_LOOK)
    return time.monotonic() - start
