"""Who may import whom in the package: one table of allowed arrows, and no circle.

Imports inside functions, imports for type checkers and stubs count like all others.
"""

import ast
import functools
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

PACKAGE = ROOT / "src" / "ipif"
pytestmark = pytest.mark.skipif(not PACKAGE.is_dir(), reason="the sources are not here")

# The parts of the package, and those that each may import. A longer name is a part of its own:
# what is allowed for `_core` is not allowed for `_core.backend`.
ALLOWED = {
    # The extension modules and their stubs: only the types of rows.
    "_ipif": {"_core.types"},
    "_ipif_sim": {"_ipif"},
    "_sim_control": set(),
    # Inside. _core.backend alone reaches a native module.
    "_core": {"_core", "_core.types", "_core.backend"},
    "_core.types": set(),
    "_core.backend": {"_ipif", "_sim.native"},
    "_sim.native": {"_ipif_sim", "_sim.control", "_sim.warning", "_core.types"},
    "_sim.control": set(),
    "_sim.warning": set(),
    "_sim": {"_sim", "_core", "_core.types", "_core.backend"},
    "_desired": {"_desired", "_core", "_core.types", "_core.backend"},
    # What people import.
    "types": {"_core.types"},
    "enums": {"_core"},
    "netioapi": {"_core", "_core.types", "_core.backend"},
    "simulation": {"_core", "_core.types", "_sim", "_sim.control"},
    "": {
        *("_core", "_core.backend", "_desired", "_sim", "_sim.warning"),
        *("types", "enums", "netioapi", "simulation"),
    },
    # What pytest loads stands outside of the package and imports this one.
    "pytest_plugin": {"", "types", "simulation"},
    # Reports of many hosts, too.
    "reports": {"", "_core"},
    # The command: public names and its own files.
    "__main__": {"_cli"},
    # What PyInstaller loads: nothing of the package.
    "_pyinstaller": set(),
    "_cli": {
        *("_cli", "_cli.commands.dsc", "_shared"),
        *("", "types", "enums", "netioapi", "reports", "simulation"),
    },
    "_cli.commands.dsc": {"_cli", "dsc", ""},
    "dsc": {"dsc", "_cli", ""},
    # What Salt loads: public names and its own files.
    "salt": {"salt", "_shared", "", "reports"},
    # What the command and Salt's modules share: nothing of the package.
    "_shared": set(),
}


def name_of(path: Path) -> str:
    """Return the name of a module inside the package: `_core.errors`, `` for the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(
    {name_of(path) for path in PACKAGE.rglob("*.py*") if path.suffix in (".py", ".pyi")}
)


def part_of(module: str) -> str:
    """Return the row of the table that *module* belongs to."""
    return module if module in ALLOWED else module.partition(".")[0]


def imports_of(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.removeprefix("ipif.") in MODULES else str(node.module))
    inside = {name for name in found if name.partition(".")[0] == "ipif"}
    return {name.partition(".")[2] for name in inside}


@functools.cache
def arrows() -> dict[str, set[str]]:
    """Return the imports of each module."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py*"):
        if path.suffix in (".py", ".pyi"):
            found.setdefault(name_of(path), set()).update(imports_of(path))
    return found


def test_the_table_has_a_row_for_every_module() -> None:
    assert len(MODULES) > 40
    assert [module for module in MODULES if part_of(module) not in ALLOWED] == []
    assert [row for row in ALLOWED if row not in {part_of(module) for module in MODULES}] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_knows_only_what_the_table_allows(module: str) -> None:
    known = {other for other in arrows()[module] if part_of(other) not in ALLOWED[part_of(module)]}
    assert known - {module} == set()


def test_pytest_loads_no_module_of_the_package_with_the_plugin() -> None:
    path = PACKAGE.parent / "pytest_ipif.py"
    assert imports_of(path) == {"", "pytest_plugin"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "ipif" not in ast.unparse(tree)


def test_no_module_imports_itself_by_way_of_others() -> None:
    known = arrows()
    circles = []
    for start in MODULES:
        reached: set[str] = set()
        new = set(known[start])
        while new:
            reached |= new
            new = set().union(*(known.get(module, set()) for module in new)) - reached
        if start in reached:
            circles.append(start)
    assert circles == []


def test_the_command_salt_and_the_pytest_plugin_use_public_names_only() -> None:
    folders = (PACKAGE / "_cli", PACKAGE / "dsc", PACKAGE / "salt")
    for path in [*(p for f in folders for p in f.rglob("*.py")), PACKAGE / "pytest_plugin.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("ipif."):
                assert not node.attr.startswith("_") or node.attr == "__version__", path
