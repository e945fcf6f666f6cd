"""The documentation site has a place for every public name, member, error and option.

tools/docs.py builds the site and checks its links and its search; these tests need no Sphinx.
"""

import inspect
import re
from collections import Counter
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif
from ipif import netioapi, pytest_plugin, reports, simulation
from ipif._core import errors
from ipif._sim.snapshot import OPTIONS

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"

if not DOCS.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)

DIRECTIVE = re.compile(r"^:::\{(\w+)\}(?: (\S+))?\n(.*?)^:::$", re.MULTILINE | re.DOTALL)
MODULES = {"enums", "netioapi", "simulation", "types"}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def directives(name: str) -> list[tuple[str, str]]:
    """Return argument and contents of each directive *name* on the pages of the reference."""
    found = [
        one for page in sorted(REFERENCE.glob("*.md")) for one in DIRECTIVE.findall(read(page))
    ]
    return [(argument, contents) for kind, argument, contents in found if kind == name]


PLACES = Counter(
    f"{module}.{name}" for module, names in directives("public") for name in names.split()
)


def public_names() -> list[str]:
    """Return every public name that people call or catch."""
    functions = [
        name
        for name, value in vars(netioapi).items()
        if inspect.isroutine(value) and name[0] != "_"
    ]
    return [
        *(f"ipif.{name}" for name in ipif.__all__ if name not in MODULES),
        *(f"ipif.netioapi.{name}" for name in [*functions, "FIELDS"]),
        *(f"ipif.simulation.{name}" for name in simulation.__all__),
        *(f"ipif.reports.{name}" for name in reports.__all__),
        *(f"ipif.pytest_plugin.{name}" for name in pytest_plugin.__all__),
        *(
            f"ipif.types.{name}"
            for name in vars(ipif.types)
            if name.isidentifier() and name[0] != "_" and name != "annotations"
        ),
    ]


@pytest.mark.parametrize("name", public_names())
def test_a_public_name_has_one_place_in_the_reference(name: str) -> None:
    assert PLACES[name] == 1


def test_the_reference_has_no_other_names() -> None:
    assert PLACES.keys() == {*public_names()}


def test_every_structure_has_a_page_with_its_members() -> None:
    assert {argument for argument, _ in directives("structure")} == netioapi.FIELDS.keys()
    for structure in netioapi.FIELDS:
        assert f":::{{structure}} {structure}\n" in read(REFERENCE / f"{structure.lower()}.md")


def test_notes_and_links_are_about_members_that_exist() -> None:
    for structure, contents in directives("structure"):
        noted = re.findall(r"^(\w+): ", contents, re.MULTILINE)
        assert {*noted} <= {field.name for field in netioapi.FIELDS[structure]}
    known = {field.name for field in ipif.FIELDS}
    known |= {f"{name}.{field.name}" for name in netioapi.FIELDS for field in netioapi.FIELDS[name]}
    for page in DOCS.rglob("*.md"):
        assert {*re.findall(r"\{member\}`([^`]+)`", read(page))} <= known, page.name


def test_every_document_has_its_schema_on_the_page() -> None:
    assert [argument for argument, _ in directives("schema")] == [
        *("desired", "snapshot", "journal", "report")
    ]


def test_every_error_code_that_has_a_class_or_a_hint_is_in_the_table() -> None:
    source = read(DOCS / "extensions" / "generated_reference.py")
    listed = {int(code) for code in re.findall(r"^    (\d+): \(", source, re.MULTILINE)}
    assert {*errors._CLASSES} | {50, 123, 1231, 1232} <= listed


def test_every_option_of_the_simulation_stands_beside_its_rule() -> None:
    page = read(DOCS / "explanation" / "simulation.md")
    assert {option for option in OPTIONS if f"`{option}`" not in page} == set()


def test_every_unconfirmed_value_of_a_member_stands_in_the_field_table() -> None:
    page = read(DOCS / "explanation" / "simulation.md")
    for field in ipif.FIELDS:
        if "unconfirmed" in field.source:
            assert field.name in page


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_a_page_is_reached_from_the_front_page(page: Path) -> None:
    if page.name == "index.md" and page.parent == DOCS:
        return
    listed = set()
    for index in DOCS.rglob("index.md"):
        for tree in re.findall(r"^:::\{toctree\}\n(.*?)^:::$", read(index), re.M | re.S):
            for line in tree.splitlines():
                target = re.sub(r".*<(.*)>", r"\1", line).strip()
                if target and target[0] != ":":
                    folder = DOCS if target[0] == "/" else index.parent
                    listed.add((folder / f"{target.lstrip('/')}.md").resolve())
    assert page.resolve() in listed


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_a_page_has_one_title(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", read(page), flags=re.M | re.S)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
