"""Rules about the sources, as text: who may know whom, and what must not be there."""

import ast
import os
import re
from pathlib import Path

import pytest
from support.machine import COUNTED

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
pytestmark = pytest.mark.skipif(not SRC.is_dir(), reason="the sources are not here")

EXTENSION = sorted(SRC.glob("_ipif*"))
SIMULATION = sorted((SRC / "sim").rglob("*.[ch]"))
C_FILES = [*EXTENSION, *SIMULATION]
PYTHON_FILES = sorted((SRC / "ipif").rglob("*.py"))
NATIVE = {"_ipif", "_ipif_sim", "_sim_control"}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def read(path):
    return path.read_text(encoding="utf-8")


def code(path):
    """Return a C file without its comments and string literals; the lines stay."""
    pattern = r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n"), read(path), flags=re.DOTALL)


def imports(tree, running=True):
    """Yield the dotted names that a module imports; not those for type checkers if *running*."""
    for node in ast.iter_child_nodes(tree):
        if running and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            if ast.unparse(node.test) == "not TYPE_CHECKING":
                yield from imports(node)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)
        yield from imports(node, running)


def test_files_looked_at_are_there():
    assert {path.name for path in EXTENSION} >= {"_ipif.c", "_ipif_fields.h", "_ipif_kinds.h"}
    assert len(SIMULATION) >= 8
    assert len(PYTHON_FILES) >= 10


# ---- C


@pytest.mark.parametrize("path", EXTENSION, ids=name_of)
def test_extension_names_no_platform_and_no_simulation(path):
    names = r"\b(?:_WIN32|_WIN64|__linux__|_MSC_VER)\b|(?i:\bsim_|\bsimulat)"
    assert not re.findall(names, read(path))
    macros = set(re.findall(r"^\s*#\s*(?:if|elif|ifdef|ifndef)\b(.*)$", code(path), re.MULTILINE))
    used = {word for line in macros for word in re.findall(r"\b[A-Za-z_]\w+", line)} - {"defined"}
    ours = {"IPIF_FIELDS_H", "IPIF_MODULE_H", "IPIF_REFS_H"}
    assert all(word.startswith(("Py_", "PY_")) or word in ours for word in used), used


@pytest.mark.parametrize("path", C_FILES, ids=name_of)
def test_c_no_private_api_of_cpython_and_no_gil_by_hand(path):
    text = code(path)
    assert not re.findall(r"\b_Py\w+|\bPyGILState_\w+|\bPy_BUILD_CORE\w*", text)


@pytest.mark.parametrize("path", C_FILES, ids=name_of)
def test_c_python_is_known_to_two_files_only(path):
    knows = "Python.h" in code_with_strings(path)
    assert knows is (path.name in ("_ipif.c", "control.c"))


@pytest.mark.parametrize("path", C_FILES, ids=name_of)
def test_c_files_that_include_python_count_references_by_functions(path):
    included = re.findall(r'#\s*include\s*[<"](?:\.\./)?([^>"]*)', code_with_strings(path))
    assert ("Python.h" in included) is ("_ipif_refs.h" in included)
    assert not re.findall(r"\bob_refcnt\b|\bPy_REFCNT\b|\bPy_SET_REFCNT\b", code(path))


def code_with_strings(path):
    """Return a C file without its comments."""
    return re.sub(r"/\*.*?\*/", "", read(path), flags=re.DOTALL)


@pytest.mark.parametrize("path", C_FILES, ids=name_of)
def test_c_jumps_lead_to_done_or_fail_only(path):
    text = code(path)
    assert set(re.findall(r"\bgoto\s+(\w+)", text)) <= {"done", "fail"}
    assert set(re.findall(r"^\s*(?!default\b)(\w+):\s*$", text, re.MULTILINE)) <= {"done", "fail"}


@pytest.mark.parametrize("path", EXTENSION, ids=name_of)
def test_extension_keeps_no_variable_outside_of_its_state(path):
    # Statics are constant, or one of those that CPython's API takes by a plain pointer.
    plain = ("PyMethodDef", "PyModuleDef", "PyModuleDef_Slot", "PySlot")
    statics = re.findall(r"^\s*static\s+([^;{(]*?)\s*(?:=|;)", code(path), re.MULTILINE)
    wrong = [text for text in statics if "const" not in text and text.split()[0] not in plain]
    assert not wrong


# _ipif_exchange.h makes calls for exchange_run, which is called without the GIL.
WITHOUT_PYTHON = "_ipif_exchange.h"
SYSTEM = {*COUNTED, "FormatMessageW", "exchange_run"} - {"GetIfTable2"}
RELEASED = re.compile(r"Py_BEGIN_ALLOW_THREADS(.*?)Py_END_ALLOW_THREADS", re.DOTALL)


@pytest.mark.parametrize("path", EXTENSION, ids=name_of)
def test_extension_system_calls_are_made_without_the_gil(path):
    text = code(path)
    if path.name == WITHOUT_PYTHON:
        assert not re.findall(r"\bPy\w+|\bPY_\w+", text)
        return
    holding = RELEASED.sub("", text)
    assert not [name for name in SYSTEM if re.search(rf"\b{name}\s*\(", holding)]


def test_extension_all_functions_of_windows_are_called():
    released = "".join("".join(RELEASED.findall(code(path))) for path in EXTENSION)
    parts = code(SRC / WITHOUT_PYTHON)
    called = {name for name in SYSTEM if re.search(rf"\b{name}\(", released + parts)}
    assert called == SYSTEM


@pytest.mark.parametrize("path", EXTENSION, ids=name_of)
def test_extension_without_the_gil_nothing_of_python_is_called(path):
    for part in RELEASED.findall(code(path)):
        assert not re.findall(r"\bPy(?!Thread_|_ssize_t)\w+|\breturn\b|\bgoto\b", part), part


@pytest.mark.parametrize("path", C_FILES, ids=name_of)
def test_c_lines_are_plain_ascii_of_at_most_100_columns(path):
    text = read(path)
    assert text.isascii()
    assert "\t" not in text
    assert max(map(len, text.splitlines())) <= 100


# ---- Python


# The command reads the token of its process and sets the mode of its console: the extension has no
# functions for that.
USES_CTYPES = "src/ipif/_shared/windows.py"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=name_of)
def test_package_starts_no_process_and_uses_no_ctypes(path):
    text = read(path)
    modules = {name.split(".")[0] for name in imports(ast.parse(text), running=False)}
    assert ("ctypes" in modules) is (name_of(path) == USES_CTYPES)
    assert not modules & {"subprocess", "multiprocessing", "cffi", "pty", "_winapi"}
    assert not re.findall(r"\b(?:os|posix|nt)\.(?:system|popen|exec|spawn|fork|startfile)", text)
    assert "create_subprocess" not in text


def test_sources_ctypes_is_not_even_mentioned():
    # What is said about other programs stands in the documents.
    mentioned = [name_of(path) for path in [*C_FILES, *PYTHON_FILES] if "ctypes" in read(path)]
    assert mentioned == [USES_CTYPES]


@pytest.mark.parametrize("path", PYTHON_FILES, ids=name_of)
def test_package_each_native_module_is_imported_by_one_module(path):
    imported = {name.split(".")[-1] for name in imports(ast.parse(read(path)))} & NATIVE
    known = {"_core/backend.py": {"_ipif"}, "_sim/native.py": {"_ipif_sim"}}
    assert imported == known.get(path.relative_to(SRC / "ipif").as_posix(), set())


@pytest.mark.parametrize("path", PYTHON_FILES, ids=name_of)
def test_package_top_level_imports_bring_no_heavy_module(path):
    # What import ipif itself loads is measured elsewhere; this names the line.
    light = (
        "__init__.py",
        "backend.py",
        "native.py",
        "control.py",
        "warning.py",
        "errors.py",
        "family.py",
    )
    if path.name not in light:
        return
    heavy = {"ctypes", "json", "enum", "typing", "functools", "collections", "ipaddress", "uuid"}
    tree = ast.parse(read(path))
    top = ast.Module([node for node in tree.body if not isinstance(node, ast.FunctionDef)], [])
    assert not {name.split(".")[0] for name in imports(top)} & (heavy | {"socket", "contextlib"})


# ---- everything

SKIPPED = {"__pycache__", "build", "dist", ".git", ".hypothesis"}


def repository_files():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not is_made(name))
        for name in sorted(files):
            path = Path(folder, name)  # .git is a file in a linked work tree
            if name != ".git" and path.suffix not in {
                ".so",
                ".pyd",
                ".pyc",
                ".o",
                ".obj",
                ".whl",
                ".dll",
            }:
                yield path


def is_made(folder):
    """Return whether a folder holds what tools have made."""
    return (
        folder in SKIPPED
        or folder.startswith((".venv", ".tox"))
        or (folder.endswith((".egg-info", "_cache")))
    )


def test_repository_names_no_place_of_one_computer():
    # Written in pieces, or this file would be found.
    names = ["[.][.]/" + "shared", "(?<![\\w.])/" + "work/", "/" + "scratch/"]
    places = re.compile("|".join(names))
    found = []
    for path in repository_files():
        try:
            text = read(path)
        except UnicodeDecodeError:
            continue
        if path == ROOT / ".ci" / "run":  # where the schemas of DSC lie, if they are there
            text = re.sub(r'\nif \[ -z "\$\{IPIF_DSC_SCHEMAS:-\}" .*?\nfi\n', "", text, flags=re.S)
        found += [f"{name_of(path)}: {match[0]}" for match in places.finditer(text)]
    assert not found


def test_repository_text_files_end_with_one_line_end_and_have_no_trailing_blanks():
    wrong = []
    for path in repository_files():
        if path.suffix in {".py", ".c", ".h", ".toml", ".def", ".pyi"}:
            text = read(path)
            if text and (not text.endswith("\n") or text.endswith("\n\n")):
                wrong.append(name_of(path))
            wrong += [name_of(path) for line in text.splitlines() if line != line.rstrip()]
    assert not wrong
