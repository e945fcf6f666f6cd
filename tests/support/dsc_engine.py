"""What the engine of DSC version 3 does with command resources, as far as this project knows.

It finds manifests, builds the arguments and the input of a command, and reads its output as JSON
lines and its messages from standard error. A resource that breaks the contract raises
:class:`ContractBroken`; a command that ends with another status than 0 raises
:class:`MethodFailed`. There was no ``dsc`` to compare it with.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import support.machine  # noqa: F401
from ipif._cli.main import main
from support.command import stdin_with

jsonschema = pytest.importorskip("jsonschema", exc_type=ImportError)

SUFFIX = ".dsc.resource.json"

#: The members of a manifest; the engine refuses any other.
MEMBERS = {
    *("$schema", "type", "version", "description", "kind", "tags", "exitCodes", "schema"),
    *("get", "set", "whatIf", "test", "delete", "export", "validate", "resolve", "adapter"),
}
TYPE = re.compile(r"^\w+(\.\w+){0,3}/\w+$")
LEVELS = ("error", "warn", "info", "debug", "trace")
IN_DESIRED_STATE = "_inDesiredState"

_SECONDS = 120  # for one command


class ContractBroken(Exception):
    """A manifest or a command is not as the engine needs it."""


class Message(NamedTuple):
    """A message of a command."""

    level: str
    text: str


class MethodFailed(Exception):
    """A command ended with another status than 0."""

    def __init__(self, status: int, meaning: str, messages: list[Message]) -> None:
        self.status = status
        self.meaning = meaning
        self.messages = messages
        self.errors = [one.text for one in messages if one.level == "error"]
        super().__init__(f"exit code {status} ({meaning}): {self.errors}")


class Ended(NamedTuple):
    """What a command has written, and its exit status."""

    status: int
    out: bytes
    err: bytes


class Comparison(NamedTuple):
    """What ``dsc config test`` shows of an instance."""

    actual: dict[str, Any]
    in_desired_state: bool
    differing: list[str]


class SetOutcome(NamedTuple):
    """What ``dsc config set`` shows of an instance, with ``--what-if`` too."""

    before: dict[str, Any]
    after: dict[str, Any]
    changed: list[str]


# Runs an executable with arguments, an input and variables, in a folder.
Run = Callable[[str, Sequence[str], bytes, Mapping[str, str], Path], Ended]


def in_process(*more: object) -> Run:
    """Return what runs ``ipif`` in this process, with *more* arguments in front."""

    def run(
        executable: str,
        arguments: Sequence[str],
        data: bytes,
        variables: Mapping[str, str],
        folder: Path,
    ) -> Ended:
        if executable != "ipif":
            raise ContractBroken(f"{executable} is not found")
        words = [*map(str, more), *arguments]
        out, err = io.BytesIO(), io.BytesIO()
        streams = [io.TextIOWrapper(stream, "utf-8", newline="\n") for stream in (out, err)]
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]), stdin_with(data):
            status = main(words)
        for stream in streams:
            stream.flush()
        return Ended(status, out.getvalue(), err.getvalue())

    return run


def in_own_process(command: Sequence[object], *more: object, backend: str = "simulated") -> Run:
    """Return what runs *command* for ``ipif``, each time in a process of its own."""

    def run(
        executable: str,
        arguments: Sequence[str],
        data: bytes,
        variables: Mapping[str, str],
        folder: Path,
    ) -> Ended:
        if executable != "ipif":
            raise ContractBroken(f"{executable} is not found")
        done = subprocess.run(
            [*map(str, command), *map(str, more), *arguments],
            input=data,
            cwd=folder,
            env={**os.environ, "IPIF_BACKEND": backend, **variables},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


def find(folder: Path, run: Run) -> dict[str, Resource]:
    """Return the resources whose manifests are in *folder*, by type."""
    found: dict[str, Resource] = {}
    for path in sorted(folder.iterdir()):
        if path.name.endswith(SUFFIX):
            resource = Resource(json.loads(path.read_text(encoding="utf-8")), folder, run)
            if resource.type in found:
                raise ContractBroken(f"{resource.type} has two manifests")
            found[resource.type] = resource
    return found


class Resource:
    """A resource: each method runs its command as the engine does, and checks what it writes.

    ``calls`` has the names of the commands that were run, and ``messages`` what they said.
    """

    def __init__(self, manifest: dict[str, Any], folder: Path, run: Run) -> None:
        unknown = manifest.keys() - MEMBERS
        missing = {"$schema", "type", "version", "get", "schema"} - manifest.keys()
        if unknown or missing:
            raise ContractBroken(f"manifest: unknown {unknown}, missing {missing}")
        if not TYPE.match(manifest["type"]):
            raise ContractBroken(f"not a type: {manifest['type']!r}")
        self.manifest = manifest
        self.type: str = manifest["type"]
        self.calls: list[str] = []
        self.messages: list[Message] = []
        self._folder = folder
        self._run = run
        self._schema: dict[str, Any] | None = None

    # ---- the methods of the engine

    def get(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        """Return the present state."""
        self._check(instance, "the given instance")
        (state,) = self._states("get", instance, "state")
        return state

    def test(self, instance: Mapping[str, Any]) -> Comparison:
        """Compare the present state with *instance*."""
        if "test" not in self.manifest:
            actual = self.get(instance)
            differing = _differing(instance, actual)
            return Comparison(actual, not differing, differing)
        self._check(instance, "the given instance")
        kind = self.manifest["test"].get("return", "state")
        state, *rest = self._states("test", instance, kind)
        if not isinstance(state.get(IN_DESIRED_STATE), bool):
            raise ContractBroken(f"test does not tell {IN_DESIRED_STATE}")
        differing = rest[0] if rest else _differing(instance, state)
        if state[IN_DESIRED_STATE] is bool(differing):
            raise ContractBroken(f"{IN_DESIRED_STATE} and the differing properties disagree")
        return Comparison(state, state[IN_DESIRED_STATE], differing)

    def set(self, instance: Mapping[str, Any], *, what_if: bool = False) -> SetOutcome:
        """Set *instance*; with *what_if*, only tell what would be changed."""
        method = "set"
        if what_if:
            if "whatIf" not in self.manifest:
                tested = self.test(instance)
                after = {**tested.actual, **instance}
                return SetOutcome(tested.actual, after, tested.differing)
            method = "whatIf"
        self._check(instance, "the given instance")
        definition = self.manifest[method]
        if not definition.get("implementsPretest", False):
            tested = self.test(instance)
            if tested.in_desired_state:
                return SetOutcome(tested.actual, tested.actual, [])
        before = self.get(instance)
        kind = definition.get("return")
        after, *rest = self._states(method, instance, kind) or [self.get(instance)]
        return SetOutcome(before, after, rest[0] if rest else _differing(after, before))

    def export(self, wanted: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return all instances, or only those that are *wanted*."""
        lines = self._call("export", wanted)
        for line in lines:
            self._check(line, "an exported instance")
        return lines

    @property
    def schema(self) -> dict[str, Any]:
        """The schema of the instances."""
        if self._schema is None:
            definition = self.manifest["schema"]
            if "embedded" in definition:
                schema = definition["embedded"]
            else:
                lines = self._lines("schema", definition["command"], b"", {})
                if len(lines) != 1:
                    raise ContractBroken(f"the schema has {len(lines)} lines")
                (schema,) = lines
            jsonschema.Draft202012Validator.check_schema(schema)
            tells = IN_DESIRED_STATE in schema.get("properties", {})
            if tells is not ("test" in self.manifest):
                raise ContractBroken(f"{IN_DESIRED_STATE} is in the schema if test is a method")
            self._schema = schema
        return self._schema

    # ---- running a command

    def _states(self, method: str, instance: Mapping[str, Any], kind: str | None) -> list[Any]:
        """Run *method*; return its state and, for ``stateAndDiff``, the differing properties."""
        lines = self._call(method, instance)
        wanted = {None: 0, "state": 1, "stateAndDiff": 2}[kind]
        if len(lines) != wanted:
            raise ContractBroken(f"{method} has written {len(lines)} lines, not {wanted}")
        if lines:
            self._check(lines[0], f"what {method} has written")
        if method != "test" and lines and lines[0].get(IN_DESIRED_STATE) is not None:
            raise ContractBroken(f"{method} tells {IN_DESIRED_STATE}")
        for names in lines[1:]:
            known = self.schema["properties"].keys() - {IN_DESIRED_STATE}
            if not isinstance(names, list) or not known >= {*map(str, names)}:
                raise ContractBroken(f"{method}: not names of properties: {names}")
        return lines

    def _call(self, method: str, instance: Mapping[str, Any] | None) -> list[Any]:
        """Run the command of *method* with *instance* as its input; return what it writes."""
        if method not in self.manifest:
            raise ContractBroken(f"{self.type} has no method {method}")
        definition = self.manifest[method]
        text = "" if instance is None else json.dumps(instance, separators=(",", ":"))
        arguments, places = [], 0
        for argument in definition.get("args", []):
            if isinstance(argument, str):
                arguments.append(argument)
                continue
            places += 1
            if text or argument.get("mandatory", False):
                arguments += [argument["jsonInputArg"], text]
        kind = definition.get("input")
        if kind not in (None, "stdin", "env") or places > 1 or not (kind or places):
            raise ContractBroken(f"{method}: how does it take its input?")
        variables = {}
        if kind == "env" and instance is not None:
            variables = {name: str(value) for name, value in instance.items()}
        data = text.encode() if kind == "stdin" else b""
        return self._lines(method, {**definition, "args": arguments}, data, variables)

    def _lines(
        self, method: str, definition: dict[str, Any], data: bytes, variables: dict[str, str]
    ) -> list[Any]:
        """Run a command; return the values of its lines."""
        self.calls.append(method)
        arguments = definition.get("args", [])
        done = self._run(definition["executable"], arguments, data, variables, self._folder)
        messages = [*_messages(done.err)]
        self.messages += messages
        if done.status != 0:
            codes = self.manifest.get("exitCodes", {})
            raise MethodFailed(done.status, codes.get(str(done.status), "not described"), messages)
        lines = []
        for line in done.out.decode("utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                raise ContractBroken(f"{method} has written text: {line[:100]!r}") from None
        return lines

    def _check(self, instance: object, what: str) -> None:
        """Check an instance against the schema."""
        validator = jsonschema.Draft202012Validator(self.schema)
        for error in validator.iter_errors(instance):
            place = error.json_path
            raise ContractBroken(f"{what} is not as the schema says: {place}: {error.message}")


def _messages(data: bytes) -> Iterator[Message]:
    """Yield the messages on standard error; any other line is a trace."""
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            ((level, text),) = json.loads(line).items()
        except (ValueError, AttributeError):
            level, text = "trace", line
        if level in LEVELS:
            yield Message(level, text)
        else:
            yield Message("trace", line)


def _differing(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """Return the names of the *wanted* properties that are different in *actual*."""
    names = [name for name in wanted if name != IN_DESIRED_STATE]
    return [name for name in names if name not in actual or actual[name] != wanted[name]]
