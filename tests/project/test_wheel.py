"""The wheel that was built: what it holds, and what it says that it runs on."""

import email.parser
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif
from ipif.dsc.manifests import RESOURCES, file_of, manifest

WHEEL = os.environ.get("IPIF_WHEEL", "")

if not WHEEL:
    pytest.skip(
        "IPIF_WHEEL names no wheel (tools/test.py and tools/wine.py set it)",
        allow_module_level=True,
    )


@pytest.fixture(scope="module")
def path() -> Path:
    return Path(WHEEL)


@pytest.fixture(scope="module")
def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name for name in archive.namelist() if not name.endswith("/")}  # no folders


def text_of(path: Path, ending: str) -> str:
    """Return the text of the one file of the wheel whose name ends like this."""
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(ending)]
        return archive.read(name).decode()


def test_it_holds_the_modules_of_its_platform(path: Path, names: set[str]) -> None:
    modules = {name.partition(".")[0] for name in names if name.endswith((".so", ".pyd"))}
    if "-win" in path.name:
        assert modules == {"ipif/_ipif", "ipif/_ipif_sim"}
    else:
        assert modules == {"ipif/_ipif_sim"}


def test_it_holds_types_stubs_snapshot_and_licence(names: set[str]) -> None:
    wanted = {
        "py.typed",
        "_ipif.pyi",
        "_ipif_sim.pyi",
        "_sim_control.pyi",
        "_sim/machine.json",
        "_sim/machine.dat",
        "schemas/desired.schema.json",
        "schemas/journal.schema.json",
        "schemas/report.schema.json",
        "schemas/snapshot.schema.json",
        "__init__.pyi",
        "netioapi.pyi",
    }
    wanted |= {"__init__.py", "__main__.py", "_cli/main.py", "types.py", "enums.py"}
    assert {f"ipif/{name}" for name in wanted} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.skipif(not (ROOT / "src").exists(), reason="the sources are not here: no checkout")
def test_it_holds_every_python_file_of_the_package(names: set[str]) -> None:
    files = (ROOT / "src" / "ipif").rglob("*.py*")
    sources = {file.relative_to(ROOT / "src").as_posix() for file in files}
    sources -= {name for name in sources if name.endswith((".pyc", ".pyd"))}
    assert sources <= names


MANIFESTS = {f"ipif-{ipif.__version__}.data/scripts/{file_of(name)}" for name in RESOURCES}
PYTEST_PLUGIN = {"pytest_ipif.py", "ipif/pytest_plugin.py", "ipif/pytest_plugin.pyi"}


def test_it_holds_no_test_no_c_source_and_beside_the_package_the_pytest_plugin(
    names: set[str],
) -> None:
    assert names >= PYTEST_PLUGIN
    for name in names - PYTEST_PLUGIN - MANIFESTS:
        assert name.startswith("ipif/") or ".dist-info/" in name
        assert "test" not in name.lower()
        assert not name.endswith((".c", ".h", ".pyc", ".def", ".lib"))


def test_the_manifests_of_the_dsc_resources_are_beside_the_command(path: Path) -> None:
    for resource in RESOURCES:
        assert json.loads(text_of(path, f"/scripts/{file_of(resource)}")) == manifest(resource)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pip in this CPython for Windows")
def test_an_installation_has_the_dsc_resources_until_it_is_removed(
    path: Path, tmp_path: Path
) -> None:
    from support.dsc_engine import find, in_own_process  # needs jsonschema

    venv.create(tmp_path, with_pip=False)
    folder = tmp_path / "bin"
    pip = [sys.executable, "-m", "pip", "--python", folder / "python", "--quiet"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", path], check=True, timeout=120)
    found = find(folder, in_own_process([folder / "ipif"]))
    assert found.keys() == RESOURCES.keys()
    wanted = {"match": {"alias": "Ethernet"}, "family": "ipv4", "NlMtu": 1400}
    assert found["Ipif/IPInterface"].set(wanted).changed == ["NlMtu"]
    subprocess.run([*pip, "uninstall", "--yes", "ipif"], check=True, timeout=120)
    assert find(folder, in_own_process([])) == {}
    assert not (folder / "ipif").exists()


def test_it_is_tagged_for_the_stable_abi_unless_it_is_free_threaded(path: Path) -> None:
    name, version, python, abi, platform = path.stem.split("-")
    assert (name, version) == ("ipif", ipif.__version__)
    assert platform != "any"
    if (python, abi) not in (("cp311", "abi3"), ("cp315", "abi3.abi3t")):
        assert abi == python + "t"
    tags = [line for line in text_of(path, "/WHEEL").splitlines() if line.startswith("Tag: ")]
    assert f"Tag: {python}-{abi.split('.')[0]}-{platform.split('.')[0]}" in tags


def test_its_bill_of_materials_names_ipif_alone(path: Path) -> None:
    bill = json.loads(text_of(path, ".dist-info/sboms/ipif.cdx.json"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    package = f"pkg:pypi/ipif@{ipif.__version__}"
    assert bill["metadata"]["component"]["purl"] == package
    assert bill["components"] == []
    assert bill["dependencies"] == [{"ref": package, "dependsOn": []}]


def test_its_metadata_need_nothing_and_say_which_python(path: Path) -> None:
    metadata = email.parser.Parser().parsestr(text_of(path, "/METADATA"))
    assert metadata["Requires-Python"] in (">=3.11", ">= 3.11")
    requirements = metadata.get_all("Requires-Dist", [])
    assert all("extra ==" in requirement for requirement in requirements)
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Version"] == ipif.__version__
    entry_points = text_of(path, "/entry_points.txt").split("\n")
    assert {"ipif = ipif._cli.main:main", "ipif = pytest_ipif"} <= set(entry_points)
