"""The docstrings of the public API: complete, in one form, and with examples that run.

They are written in Google style: a summary, paragraphs, and the sections that SECTIONS lists, in
this order. An example is complete: it imports what it uses, and it runs on the bundled machine. The
section Source has the reference page of the Windows function that is called.
"""

import ast
import builtins
import doctest
import enum
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.machine import Calls

import ipif
from ipif import netioapi, reports, simulation

SECTIONS = ("Args", "Attributes", "Returns", "Raises", "Example", "Source")
REFERENCE_PAGE = re.compile(r"    https://learn\.microsoft\.com/windows/win32/api/\w+/n[fs]-[\w-]+")

# Where each public name of a module is documented.
MODULES: dict[str, tuple[ModuleType, list[str]]] = {
    "ipif": (ipif, ipif.__all__),
    "ipif.netioapi": (
        netioapi,
        [name for name in dir(netioapi) if callable(getattr(netioapi, name)) and name[0] != "_"],
    ),
    "ipif.simulation": (simulation, simulation.__all__),
    "ipif.reports": (reports, reports.__all__),
}
OBJECTS = {
    f"{module}.{name}": getattr(home, name)
    for module, (home, names) in MODULES.items()
    for name in names
    if callable(getattr(home, name))
}
FUNCTIONS = sorted(name for name, value in OBJECTS.items() if not inspect.isclass(value))
CLASSES = sorted(name for name, value in OBJECTS.items() if inspect.isclass(value))

# The classes that programs call; functions return the objects of the others.
CALLED = ("ipif.Luid", "ipif.changed", "ipif.compartment")


def parts_of(cls: type) -> list[type]:
    """Return *cls* and its bases that are ours and not public."""
    public = set(OBJECTS.values()) - {cls}
    found = []
    for base in cls.__mro__:
        if base in public or not base.__module__.startswith("ipif"):
            continue
        found.append(base)
    return found


def members_of(name: str) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of the class *name*: full name and function."""
    cls = OBJECTS[name]
    if issubclass(cls, enum.Enum):
        return
    for part in parts_of(cls):
        for member, value in vars(part).items():
            if member.startswith("_"):
                continue
            if isinstance(value, (classmethod, staticmethod)):
                value = value.__func__
            if isinstance(value, property) or inspect.isfunction(value):
                yield f"{name}.{member}", value


MEMBERS = {full: value for name in CLASSES for full, value in members_of(name)}
METHODS = sorted(name for name, value in MEMBERS.items() if inspect.isfunction(value))
ALL = {**OBJECTS, **MEMBERS}


def sections_of(name: str) -> dict[str, list[str]]:
    """Return the lines of each section of a docstring; those before the first one under ""."""
    found: dict[str, list[str]] = {"": []}
    lines = found[""]
    for line in (inspect.getdoc(ALL[name]) or "").splitlines():
        heading = re.fullmatch(r"([A-Z][A-Za-z ]*):", line)
        if heading:
            assert heading[1] not in found, f"{name}: {heading[1]} twice"
            lines = found[heading[1]] = []
        else:
            lines.append(line)
    return found


def entries_of(name: str, section: str) -> list[str]:
    """Return the names that a section describes, such as those of the arguments."""
    found = []
    for line in sections_of(name).get(section, []):
        if re.match(r" {4}\S", line):
            entry = re.match(r" {4}(\*{0,2}[\w.]+): \S", line)
            assert entry, f"{name}: {line}"
            found.append(entry[1])
    return found


def parameters_of(function: Callable[..., Any]) -> list[str]:
    """Return the names of the parameters, as the section Args writes them."""
    parameters = inspect.signature(function).parameters.values()
    return [
        "**" + one.name if one.kind is inspect.Parameter.VAR_KEYWORD else one.name
        for one in parameters
        if one.name != "self"
    ]


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_docstring_has_a_summary_and_known_sections_in_order(name: str) -> None:
    sections = sections_of(name)
    summary, *rest = sections.pop("")
    assert re.match(r"\S.*\.$", summary), summary
    assert not rest or rest[0] == ""
    assert list(sections) == [section for section in SECTIONS if section in sections]
    for section, lines in sections.items():
        texts = [line for line in lines if line]
        assert texts, section
        assert all(line.startswith("    ") for line in texts), section
    lines = (inspect.getdoc(ALL[name]) or "").splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line == line.rstrip() for line in lines)


def assert_no_type(line: str) -> None:
    """Assert that Sphinx will not take the words before a colon for a type."""
    assert ": " not in re.sub(r"``.+?``|:\w+:`.+?`", "", line), line


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_result_does_not_begin_with_a_colon_that_is_read_as_a_type(name: str) -> None:
    sections = sections_of(name)
    first = sections.get("Returns", [""])[0]
    if isinstance(ALL[name], property):
        first = sections[""][0]
    assert_no_type(first)


# ---- arguments


@pytest.mark.parametrize("name", [*FUNCTIONS, *METHODS])
def test_args_names_every_argument(name: str) -> None:
    parameters = [one for one in parameters_of(ALL[name]) if one != "cls"]
    assert entries_of(name, "Args") == parameters


@pytest.mark.parametrize("name", CLASSES)
def test_args_of_a_class_names_the_arguments_of_the_call(name: str) -> None:
    expected = parameters_of(OBJECTS[name]) if name in CALLED else []
    assert entries_of(name, "Args") == expected


# ---- exceptions


def exception(name: str) -> type[BaseException]:
    """Return the exception class that a docstring calls *name*."""
    if name.startswith("ipif."):
        found = getattr(ipif, name.removeprefix("ipif."))
    else:
        found = getattr(builtins, name)
    assert issubclass(found, BaseException)
    assert not isinstance(found, ModuleType)
    return found  # type: ignore[no-any-return]


def raised_by(function: Callable[..., Any]) -> set[str]:
    """Return the exception classes that the code of *function* raises by their names."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise))
    names = {ast.unparse(call.func) for call in calls if isinstance(call, ast.Call)}
    known = {name for name in names if name in ipif.__all__}
    return {f"ipif.{name}" for name in known} | {name for name in names if hasattr(builtins, name)}


@pytest.mark.parametrize("name", sorted(ALL))
def test_raises_has_every_exception_class_that_the_code_raises(name: str) -> None:
    listed = [exception(entry) for entry in entries_of(name, "Raises")]
    assert len(set(listed)) == len(listed)
    if inspect.isfunction(ALL[name]):
        for raised in raised_by(ALL[name]):
            assert issubclass(exception(raised), tuple(listed)), raised


# ---- attributes

# The source of each class by its name; inspect does not find classes that say they are of ipif.
CLASS_SOURCES = {
    node.name: node
    for folder in ("_core", "_desired", "_sim")
    for path in Path(ipif.__file__).with_name(folder).glob("*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.ClassDef)
}


def attributes_of(name: str) -> set[str]:
    """Return the public data attributes of the objects of a class that are no properties."""
    cls = OBJECTS[name]
    found: set[str] = set()
    for part in parts_of(cls):
        found.update(getattr(part, "_fields", ()))
        found.update(inspect.get_annotations(part))
        found.update(key for key, value in vars(part).items() if isinstance(value, (str, tuple)))
        if "__init__" in vars(part):
            tree = ast.parse(textwrap.dedent(inspect.getsource(part.__init__)))  # type: ignore[misc]
            assigned = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
            found.update(
                node.attr
                for node in assigned
                if isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
            )
    return {attribute for attribute in found if not attribute.startswith("_")}


@pytest.mark.parametrize("name", CLASSES)
def test_attributes_has_every_public_attribute(name: str) -> None:
    cls = OBJECTS[name]
    if issubclass(cls, enum.Enum):
        return
    listed = entries_of(name, "Attributes")
    assert len(set(listed)) == len(listed)
    found = attributes_of(name)
    assert found <= set(listed)
    for attribute in set(listed) - found:
        assert hasattr(cls, attribute), attribute


@pytest.mark.parametrize("name", CLASSES)
def test_the_docstring_below_an_attribute_says_what_attributes_says(name: str) -> None:
    # Editors show the one, help() shows the other.
    listed: dict[str, str] = {}
    for line in sections_of(name).get("Attributes", []):
        entry = re.match(r" {4}(\w+): (.*)", line)
        if entry:
            listed[attribute := entry[1]] = entry[2]
        elif line:
            listed[attribute] += " " + line.strip()
    for part in parts_of(OBJECTS[name]):
        for one, after in pairwise(CLASS_SOURCES[part.__name__].body):
            if isinstance(one, (ast.Assign, ast.AnnAssign)) and isinstance(after, ast.Expr):
                assert isinstance(after.value, ast.Constant)
                target = one.target if isinstance(one, ast.AnnAssign) else one.targets[0]
                text = " ".join(str(after.value.value).split())
                assert text == listed[ast.unparse(target)]
                assert_no_type(str(after.value.value).splitlines()[0])


# ---- examples


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_an_example_runs_and_returns_what_it_says(
    name: str, calls: Calls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    module, _, attribute = name.rpartition(".")
    function = OBJECTS[name]
    made: list[int] = []  # the system calls of each call of the function

    def counted(*args: Any, **options: Any) -> Any:
        before = calls.system
        try:
            return function(*args, **options)
        finally:
            made.append(calls.system - before)

    async def counted_async(*args: Any, **options: Any) -> Any:
        before = calls.system
        try:
            return await function(*args, **options)
        finally:
            made.append(calls.system - before)

    if name in FUNCTIONS:
        is_async = inspect.iscoroutinefunction(function)
        replacement = counted_async if is_async else counted
        monkeypatch.setattr(MODULES[module][0], attribute, replacement)
    example = "\n".join(sections_of(name).get("Example", []))
    test = doctest.DocTestParser().get_doctest(example, {}, name, None, None)
    assert test.examples, "no example"
    failures: list[str] = []
    doctest.DocTestRunner().run(test, out=failures.append)
    assert not failures, "".join(failures)
    if name in FUNCTIONS:
        assert made, "the example does not call the function"
        calls_windows = any(made) and module != "ipif.simulation"
        assert "Source" in sections_of(name) or not calls_windows


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_source_is_a_reference_page(name: str) -> None:
    for line in filter(None, sections_of(name).get("Source", [])):
        assert REFERENCE_PAGE.fullmatch(line), line


# ---- what help() opens with


def listed_in(module: str) -> tuple[list[str], list[str]]:
    """Return the names that a module's docstring lists with a line each, and the other ones."""
    text = MODULES[module][0].__doc__ or ""
    listed = re.findall(r"^    (\w+) {2,}\S", text, re.MULTILINE)
    others = re.search(r"^Details\. (.+?)\n\n", text, re.MULTILINE | re.DOTALL)
    words = re.findall(r"\w+(?=[,.])", others[1]) if others else []
    return listed, words


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_docstring_of_a_module_lists_every_public_name_once(module: str) -> None:
    listed, others = listed_in(module)
    names = MODULES[module][1]
    data = ["FIELDS"] if module == "ipif.netioapi" else []
    assert sorted(listed + others) == sorted([*names, *data])


def test_every_function_and_every_exception_has_a_line_of_its_own() -> None:
    for name in listed_in("ipif")[1]:
        value = getattr(ipif, name)
        assert inspect.isclass(value), name
        assert not issubclass(value, BaseException), name
        assert f"ipif.{name}" not in CALLED, name
