"""What docs/explanation/threats.md says that others can and cannot do.

Every statement there names the tests that show it; those that have no better place are here.
"""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import support.machine
from support import fresh, simulated_dll
from support.abandon import abandon
from support.command import run
from support.rows import rows

import ipif
from ipif import simulation

PAGE = fresh.ROOT / "docs" / "explanation" / "threats.md"
SOURCES = fresh.ROOT / "src" / "ipif"
needs_checkout = pytest.mark.skipif(not PAGE.exists(), reason="no checkout: the page is not here")

ETHERNET = {"match": {"alias": "Ethernet"}}


def wanted(**ipv4: Any) -> dict[str, Any]:
    return {"interfaces": [{**ETHERNET, "ipv4": ipv4}]}


# ---- the page


def statements() -> list[tuple[str, str]]:
    """Return each statement of the page, and what it names as its proof."""
    found = re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return [row for row in found if row != ("Statement", "Shown by")]


def names_of_tests() -> Counter[str]:
    """Return the names of all test functions, and how many modules have each."""
    names: Counter[str] = Counter()
    for path in fresh.TESTS.rglob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names[node.name] += 1
    return names


@needs_checkout
def test_each_statement_names_tests_or_whose_promise_it_is() -> None:
    known = names_of_tests()
    table = statements()
    assert len(table) > 30
    for statement, proof in table:
        named = re.findall(r"`(test_\w+)`", proof)
        assert named or proof.startswith(("Python's doc", "Microsoft's doc")), statement
        assert [name for name in named if name not in known] == [], statement


@needs_checkout
def test_each_test_of_this_module_is_named_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    own = [name for name in globals() if name.startswith("test_")]
    about_the_page = [name for name in own if name.startswith("test_each_")]
    assert len(about_the_page) == 2
    assert [name for name in own if f"`{name}`" not in page] == about_the_page


# ---- documents


def test_an_alias_selects_whichever_adapter_has_it() -> None:
    simulation.rename_interface("Ethernet", "Old")
    simulation.rename_interface("Wi-Fi", "Ethernet")
    luid = ipif.Luid.of("Ethernet")
    assert {change.luid for change in ipif.plan(wanted(NlMtu=1400)).changes} == {luid}


def test_a_document_can_set_every_settable_member() -> None:
    row = ipif.get_interface("Ethernet", "ipv6")
    settable = [field for field in ipif.FIELDS if field.access == "settable"]
    values: dict[str, Any] = {"UseAutomaticMetric": False}
    for field in settable:
        now = row[field.name]
        if field.name in values or isinstance(now, tuple):
            continue
        if isinstance(now, bool):
            values[field.name] = not now
        else:
            values[field.name] = now + 1 if now < field.maximum else now - 1
    with ipif.plan({"interfaces": [{**ETHERNET, "ipv6": values}]}) as plan:
        assert {change.member for change in plan.changes} >= set(values) - {"UseAutomaticMetric"}


@pytest.mark.parametrize(
    "member", ["InterfaceIndex", "Connected", "Family", "LinkSpeed", "__class__", "path", "import"]
)
def test_a_document_sets_nothing_but_settable_members(member: str) -> None:
    before = rows()
    for document in (
        wanted(**{member: 1}),
        {"interfaces": [{**ETHERNET, "ipv4": {"NlMtu": 1400}, member: 1}]},
        {**wanted(NlMtu=1400), member: 1},
    ):
        with pytest.raises(ipif.ValidationError):
            ipif.plan(document)
    assert rows() == before


def test_a_document_with_one_problem_changes_nothing() -> None:
    before = rows()
    many = [{"match": {"alias": "*"}, "expect": "any", "ipv4": {"DadTransmits": 9}}] * 50
    with pytest.raises(ipif.ValidationError):
        ipif.plan({"interfaces": [*many, {**ETHERNET, "ipv4": {"NlMtu": -1}}]}).apply()
    assert rows() == before


EXECUTED = """
import sys
document = {document!r}
try:  # what is imported for that is imported now
    ipif.plan(document)
except ipif.ValidationError:
    pass
events = []
def note(event, arguments):
    if event in ("open", "exec", "compile", "import", "os.system", "subprocess.Popen"):
        events.append((event, str(arguments)[:200]))
sys.addaudithook(note)
try:
    ipif.plan(document)
except ipif.ValidationError as error:
    assert len(error.problems) > 5
assert events == [], events
"""


def test_no_text_of_a_document_is_executed_or_opened() -> None:
    texts = ["__import__('os').abort()", "$(reboot)", "${IPIF}", "{0.__class__}", "%s%n", "../../x"]
    entries = [
        {"match": {selector: text}, "ipv4": {"RouterDiscoveryBehavior": text, text: text}}
        for text in texts
        for selector in ("alias", "description", "type", "guid", text)
    ]
    fresh.run(fresh.MACHINE + EXECUTED.format(document={"interfaces": entries}))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"interfaces": [], "interfaces": []}', "twice"),
        ('{"interfaces": NaN}', "NaN"),
        ("[" * 100_000, "nested too deeply"),
        ('{"interfaces": [' + " " * (64 * 2**20) + "]}", "larger than"),
        ('{"interfaces": ' + "9" * 5000 + "}", "too many digits"),
    ],
    ids=["twice", "NaN", "nested", "large", "digits"],
)
def test_a_document_that_is_too_large_or_ambiguous_is_refused_by_the_command(
    text: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "document.json"
    path.write_text(text)
    before = rows()
    done = run(capsys, "apply", path)
    assert (done.status, done.out) == (5, "")
    assert what in done.err
    assert rows() == before


# ---- journals


def test_a_forged_journal_in_a_folder_of_ours_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    abandon(path, NlMtu=1400)
    forged = json.loads(path.read_text("utf-8"))
    forged["rows"][0]["before"]["NlMtu"] = 600
    path.write_text(json.dumps(forged), encoding="utf-8")
    ipif.recover(path)
    assert ipif.get_interface("Ethernet", "ipv4")["NlMtu"] == 600


# ---- the environment


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the sources are not here")
def test_the_library_reads_no_other_variable() -> None:
    found = set()
    for path in SOURCES.rglob("*.py"):
        if path.relative_to(SOURCES).parts[0] == "_cli":
            continue
        code = ast.unparse(ast.parse(path.read_text("utf-8")))
        names = re.findall(r"\bos\.environ(?:\.\w+\(|\[)'(\w+)'", code)
        assert len(names) == code.count("os.environ"), path
        assert "getenv" not in code
        found.update(names)
    assert found == {"IPIF_BACKEND"}
    for path in (*SOURCES.parent.glob("_ipif*"), *SOURCES.parent.glob("sim/[a-z]*.[ch]")):
        # dll.c is no part of the package: it plays Windows under Wine.
        assert path.name == "dll.c" or "getenv" not in path.read_text("utf-8")


def test_variables_with_nonsense_change_nothing_that_is_set(tmp_path: Path) -> None:
    saved = []
    nonsense = {"COLUMNS": "-9" * 99, "NO_COLOR": "\N{OGHAM SPACE MARK}", "FORCE_COLOR": "%n"}
    nonsense |= {"TERM": "../x", "IPIF_SIMULATE": "x", "IPIF_WORLD": "x", "IPIF_": "1"}
    for name, variables in (("plain", {}), ("nonsense", nonsense)):
        path = tmp_path / f"{name}.json"
        simulation.save(path)
        words = ["--simulate", path, "set", "Ethernet", "ipv4", "NlMtu=1400"]
        done = fresh.start("-m", "ipif", *words, IPIF_BACKEND="simulated", **variables)
        assert done.returncode == 0, done.stderr
        saved.append(path.read_bytes())
    assert saved[0] == saved[1]
    assert b"1400" in saved[0]


# ---- the working directory

INTRUDERS = ("ipif", "json", "argparse", "os", "sitecustomize", "support")


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    for name in INTRUDERS:
        (tmp_path / f"{name}.py").write_text("print('INTRUDER', flush=True); raise SystemExit(77)")
    return tmp_path


def run_there(folder: Path, *command: str | Path) -> str:
    variables = {**os.environ, "IPIF_BACKEND": "simulated"}
    variables.pop("PYTHONPATH", None)
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


def test_the_command_imports_nothing_from_the_working_directory(hostile_folder: Path) -> None:
    script = Path(sysconfig.get_path("scripts"), "ipif")
    if not script.exists():
        pytest.skip("the command is not installed here as a script")
    for arguments in (("list",), ("--json", "get", "Ethernet"), ("apply", "none.json")):
        output = run_there(hostile_folder, script, *arguments)
        assert "INTRUDER" not in output
    assert "Ethernet" in run_there(hostile_folder, script, "list")


def test_python_m_imports_from_the_working_directory_and_isolated_does_not(
    hostile_folder: Path,
) -> None:
    module = ("-m", "ipif", "list")
    assert "INTRUDER" in run_there(hostile_folder, sys.executable, *module)
    isolated = run_there(hostile_folder, sys.executable, "-I", *module)
    assert "INTRUDER" not in isolated
    assert "Ethernet" in isolated


# ---- DLLs


@pytest.mark.skipif(not simulated_dll.is_loaded(), reason="there are DLLs on Windows only")
def test_the_dll_beside_python_is_the_one_that_answers() -> None:
    assert ipif.backend == "windows"
    assert Path(sys.executable).with_name("iphlpapi.dll").exists()
    assert support.machine.control().calls("GetIpInterfaceTable") >= 0
