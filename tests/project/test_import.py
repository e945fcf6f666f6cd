"""What an import brings, which backend it chooses, and when it warns."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import MACHINE, ROOT, STRICT, run

import ipif

PACKAGE = Path(ipif.__file__).parent
NATIVE = "ipif._ipif" if ipif.backend == "windows" else "ipif._ipif_sim"
LIBRARY = Path(sys.modules[NATIVE].__file__)
MOST_MODULES = 12
LEAST_TRIES, MOST_TRIES = 5, 30
FORBIDDEN = {
    *("ctypes", "subprocess", "argparse", "json", "asyncio", "dataclasses", "enum", "typing"),
    *("functools", "contextlib", "collections", "ipaddress", "uuid", "socket"),
}
on_windows = pytest.mark.skipif(sys.platform != "win32", reason="a rule for Windows only")
off_windows = pytest.mark.skipif(sys.platform == "win32", reason="a rule for other systems")


def bare(code, *options, **variables):
    """Run *code* without site-packages, whose .pth files may import anything; ipif is there."""
    path = f"import sys; sys.path.append({str(PACKAGE.parent)!r})\n"
    return run(path + code, "-S", *STRICT, *options, **variables)


# ---- weight


def test_import_ipif_brings_few_modules_and_no_heavy_one():
    # An ordinary start of Python has imported os.
    code = "import os\nbefore = set(sys.modules)\nimport ipif\nprint(*set(sys.modules) - before)"
    done = bare(code)
    brought = set(done.stdout.split())
    assert "ipif" in brought
    assert len(brought) <= MOST_MODULES, sorted(brought)
    assert not {name.split(".")[0] for name in brought} & FORBIDDEN


# As multiples of `import ctypes`. Where that takes 1.6 ms of a processor, the first is 3 ms.
MOST_FOR_THE_IMPORT, MOST_FOR_THE_FIRST_CALL = 1.8, 6


def assert_takes_less(number, code, folder):
    """Fail when *code* takes *number* times as long as ``import ctypes``, or longer.

    A busy computer only makes both longer, so the shortest of several runs count. Each is in a
    Python of its own, which has imported os, as every ordinary start does.
    """
    # Installed packages are compiled; a source folder may not be. The first run compiles.
    compiled = {"PYTHONPYCACHEPREFIX": str(folder), "PYTHONDONTWRITEBYTECODE": ""}

    def seconds(code):
        code = f"import os, time\nstart = time.process_time()\n{code}\n"
        return float(bare(code + "print(time.process_time() - start)", **compiled).stdout)

    times, others = [], []
    while len(times) < LEAST_TRIES or (
        min(times) >= number * min(others) and len(times) < MOST_TRIES
    ):
        times.append(seconds(code))
        others.append(seconds("import ctypes"))
    assert min(times) < number * min(others), (times, others)


@off_windows  # Wine's files and clocks tell nothing about Windows
def test_import_ipif_takes_less_than_twice_as_long_as_ctypes(tmp_path):
    assert_takes_less(MOST_FOR_THE_IMPORT, "import ipif", tmp_path)


def test_import_listing_the_names_imports_nothing_more():
    bare(
        "import ipif\nbefore = set(sys.modules)\n"
        "assert set(ipif.__all__) <= set(dir(ipif))\n"
        "assert set(sys.modules) == before\n"
        "try:\n    ipif.no_such_name\n"
        "except AttributeError as error:\n    assert 'no_such_name' in str(error)\n"
        "else:\n    raise AssertionError\n"
        "for name in ipif.__all__:\n    getattr(ipif, name)\n"
        "    assert name in vars(ipif)\n"
    )


def test_import_reading_and_writing_rows_needs_no_uuid_and_no_ctypes():
    unwanted = "ctypes subprocess asyncio argparse dataclasses"
    bare(
        "import ipif\nfrom ipif import netioapi\n"
        "netioapi.get_ip_interface_table()\n"
        "netioapi.update_ip_interface_entry(2, {'NlMtu': 1400}, index=13)\n"
        f"assert not set(sys.modules) & set({unwanted!r}.split())\n",
    )


@pytest.mark.parametrize("missing", ["uuid", "ipaddress"])
def test_import_only_what_a_call_needs_is_imported(missing):
    # The raw API below the package: rows of IP interfaces hold numbers only.
    bare(
        f"import ipif\nfrom ipif._core.backend import native\nsys.modules[{missing!r}] = None\n"
        "native.unpack('MIB_IPINTERFACE_ROW', bytes(168))\n"
        "try:\n    native.unpack('MIB_IF_ROW2', bytes(1352))\n"
        "    native.unpack('MIB_IPFORWARDROW', bytes(56))\n"
        "except ImportError:\n    pass\nelse:\n    raise AssertionError\n"
    )


@off_windows
def test_import_the_first_call_on_the_simulation_takes_a_few_imports_of_ctypes(tmp_path):
    code = "import ipif; ipif.list_interfaces()"
    assert_takes_less(MOST_FOR_THE_FIRST_CALL, code, tmp_path)


def test_import_the_first_call_and_the_raw_api_parse_no_json():
    bare(
        "import ipif\nipif.list_interfaces(); ipif.get_interface(13, 4); ipif.FIELDS\n"
        "ipif.update_interface(13, 4, NlMtu=1400)\n"
        "from ipif import netioapi\nnetioapi.get_ip_interface_table()\n"
        "unwanted = {'json', 'uuid', 'ipif.simulation', 'ipif._sim.snapshot'}\n"
        "assert not unwanted & set(sys.modules), unwanted & set(sys.modules)\n",
        **({} if sys.platform == "win32" else {"IPIF_BACKEND": "simulated"}),
    )


# ---- the public names


def test_names_every_module_of_the_table_is_where_freezers_look():
    named = {name for name in imported_by(PACKAGE / "__init__.py") if "ipif._" in name}
    assert {f"ipif.{module}" for module in ipif._PUBLIC} <= named
    assert {f"ipif.{module}" for module in ipif._MODULES} <= imported_by(PACKAGE / "__init__.py")


def test_names_are_in_one_table_only():
    names = [name for names in ipif._PUBLIC.values() for name in names]
    assert len(names) == len(set(names))
    assert set(ipif.__all__) == {*names, *ipif._MODULES, "__version__", "backend"}
    assert list(ipif.__all__) == sorted(ipif.__all__)
    for module, members in ipif._PUBLIC.items():
        assert list(members) == sorted(members), module


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import ipif\nipif.up", "update_interface"),
        ("import ipif\nipif.netioapi.get_ip_interface_e", "get_ip_interface_entry"),
        ("import ipif\nipif.simulation.res", "reset"),
        ("import ipif\nrow = ipif.get_interface(1, 4)\nrow['NlM", "'NlMtu'"),
    ],
)
def test_names_are_completed_by_jedi(code, name):
    jedi = pytest.importorskip("jedi", reason="jedi is not installed")
    assert name in {completion.name for completion in jedi.Script(code).complete()}


# ---- the backend


def executed(node):
    """Yield the nodes below this one that are not for type checkers only."""
    for child in ast.iter_child_nodes(node):
        for_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not for_types:
            yield child
        for each in child.orelse if for_types else [child]:
            yield from executed(each)


def imported_by(path):
    """Return the dotted names that a file imports, in whatever function, and their packages."""
    found = set()
    for node in executed(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "ipif":
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(node.module.rpartition(".")[0])
    return found


def test_package_followed_from_its_first_import_is_found_whole():
    # This is how programs are frozen: what is imported by a string alone would be left out. Nuitka
    # leaves out what is imported for type checkers, too.
    modules = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
        modules[name.removesuffix(".__init__")] = path
    found, new = set(), {"ipif", "ipif.__main__"}
    while new:
        found |= new
        new = set().union(*(imported_by(modules[name]) for name in new)) & set(modules) - found
    # The pytest plugin, the hook of PyInstaller and what Salt loads have entry points of their own;
    # the schemas of the command's JSON are for tests and the documentation.
    own = {"ipif.pytest_plugin", "ipif._pyinstaller", "ipif._pyinstaller.hook-ipif"}
    own |= {name for name in modules if name.startswith("ipif.salt")}
    assert modules.keys() - found == own | {"ipif._cli.schemas"}


@pytest.mark.parametrize("value", ["", "Windows", "SIMULATED", "sim", "real", "windows,simulated"])
def test_backend_unknown_is_an_import_error(value):
    bare(
        "try:\n    import ipif\n"
        "except ImportError as error:\n"
        f"    assert {value!r} in str(error) and \"'simulated'\" in str(error), error\n"
        "else:\n    raise AssertionError\n",
        IPIF_BACKEND=value,
    )


@off_windows
def test_backend_windows_elsewhere_is_an_import_error():
    bare(
        "try:\n    import ipif\n"
        "except ImportError as error:\n    assert 'exist on Windows only' in str(error), error\n"
        "else:\n    raise AssertionError\n",
        IPIF_BACKEND="windows",
    )


@pytest.mark.parametrize("asked", [None, "simulated"])
@off_windows
def test_backend_elsewhere_is_simulated(asked):
    bare("import ipif\nassert ipif.backend == 'simulated'", IPIF_BACKEND=asked)


@on_windows
@pytest.mark.parametrize("asked", [None, "windows"])
def test_backend_on_windows_is_windows_and_loads_nothing_simulated(asked):
    bare(
        "import ipif\nassert ipif.backend == 'windows'\n"
        "from ipif import netioapi\n"
        "assert ipif.list_interfaces() and ipif.Luid(1) and ipif.FIELDS\n"
        "simulated = ('ipif._ipif_sim', 'ipif._sim_control', 'ipif._sim.native')\n"
        "assert not set(simulated) & set(sys.modules), sorted(sys.modules)\n",
        IPIF_BACKEND=asked,
    )


@on_windows
def test_simulation_on_windows_without_asking_has_no_controls():
    bare(
        "import ipif.simulation\n"
        "try:\n    ipif.simulation.dump()\n"
        "except RuntimeError as error:\n    assert 'IPIF_BACKEND=simulated' in str(error)\n"
        "else:\n    raise AssertionError\n",
        IPIF_BACKEND="windows",
    )


# ---- a simulated answer is labelled as one

SET = "ipif.netioapi.set_ip_interface_entry({'Family': 2, 'InterfaceIndex': 13, 'NlMtu': 1400})\n"
UPDATE = "ipif.netioapi.update_ip_interface_entry(2, {'NlMtu': 1300}, index=13)\n"
CAUGHT = "with warnings.catch_warnings(record=True) as caught:\n"
CAUGHT += "    warnings.simplefilter('always')\n"


CHANGES = [SET, UPDATE, "ipif.update_interface(13, 4, NlMtu=1400)\n"]
CHANGES += ["with ipif.changed(13, 4, NlMtu=1400): pass\n"]


@off_windows
@pytest.mark.parametrize("change", CHANGES)
def test_warning_the_first_change_on_a_simulation_nobody_asked_for_warns_once(change):
    run(
        f"import ipif, warnings\n{CAUGHT}"
        "    ipif.get_interface('Ethernet', 'ipv4'); ipif.list_interfaces()\n"
        "    assert not caught\n"
        f"    {change}    {SET}    {UPDATE}"
        "[warning] = caught\n"
        "assert warning.category is ipif.SimulationWarning\n"
        "assert issubclass(ipif.SimulationWarning, UserWarning)\n"
        "assert warning.filename == '<string>', warning.filename\n",
        IPIF_BACKEND=None,
    )


@off_windows
def test_warning_that_is_an_error_stops_every_set():
    run(
        f"{MACHINE}import warnings\n"
        "for change in (0, 1, 2):\n"
        "    try:\n"
        f"        {SET}"
        "    except ipif.SimulationWarning:\n        pass\n"
        "    else:\n        raise AssertionError\n"
        "assert control.calls('SetIpInterfaceEntry') == 0\n",
        "-Werror",
        IPIF_BACKEND=None,
    )


@off_windows
def test_warning_a_row_that_is_refused_is_not_a_set():
    run(
        f"{MACHINE}"
        "try:\n    ipif.set_interface({'Family': 2, 'InterfaceIndex': 13, 'NlMtu': 1})\n"
        "except ipif.ValidationError:\n    pass\n"
        "else:\n    raise AssertionError\n",
        "-Werror",
        IPIF_BACKEND=None,
    )


@pytest.mark.parametrize("change", CHANGES)
def test_warning_a_simulation_that_was_asked_for_is_silent_on_every_system(change):
    run(f"import ipif\n{change}", "-Werror", IPIF_BACKEND="simulated")


# ---- from the source folder, and what the shared library shows

SOURCE = ROOT / "src" / "ipif"
needs_source = pytest.mark.skipif(not SOURCE.is_dir(), reason="the sources are not here")


@needs_source
def test_package_source_folder_beside_one_built_module_imports(tmp_path):
    package = tmp_path / "ipif"
    package.mkdir()
    unwanted = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
    # Not copy2, which calls CopyFile2 from 3.13 on: Wine has no such function.
    copy = shutil.copyfile
    shutil.copytree(SOURCE, package, ignore=unwanted, copy_function=copy, dirs_exist_ok=True)
    copy(LIBRARY, package / LIBRARY.name)
    run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import ipif\n"
        f"assert ipif.__file__.startswith({str(package)!r}), ipif.__file__\n"
        f"assert ipif._core.backend.native.__file__.startswith({str(package)!r})\n"
        "for name in ipif.__all__:\n    getattr(ipif, name)\n"
        "assert ipif.get_interface('Ethernet', 'ipv4')['Metric'] == 25\n"
        "import ipif._cli.main\n",
        "-S",
        *STRICT,
    )


NM = shutil.which("nm")
needs_nm = pytest.mark.skipif(NM is None, reason="no nm")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at an ELF file")


def symbols(path, *options):
    """Return (kind, name) of the symbols of an object or a library, as nm shows them."""
    shown = subprocess.run([NM, *options, path], check=True, capture_output=True, text=True).stdout
    lines = (line.split() for line in shown.splitlines())
    return {(words[-2], words[-1]) for words in lines if len(words) >= 2}


@needs_linux
@needs_nm
def test_library_its_exports_are_the_two_init_functions():
    exports = {name for kind, name in symbols(LIBRARY, "-D", "--defined-only")}
    hooks = {"_init", "_fini", "__bss_start", "_edata", "_end"}
    prefix = "PyModExport_" if LIBRARY.name.endswith(".abi3t.so") else "PyInit_"
    assert exports - hooks == {f"{prefix}_ipif_sim", f"{prefix}_sim_control"}


@needs_linux
@needs_nm
@needs_source
def test_extension_writable_data_is_only_that_of_cpython_definitions(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    import sysconfig

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("these headers have no stable ABI of 3.11")
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").exists():
        pytest.skip("no Python.h")
    target = tmp_path / "ipif.o"
    # Without position independence, constant tables of addresses are read-only data.
    command = [compiler, "-std=c11", "-O0", "-fno-pic", "-c", ROOT / "src" / "_ipif.c"]
    command += ["-DPy_LIMITED_API=0x030b0000", f"-I{include}", "-o", target]
    command += [f"-I{ROOT / 'src' / 'sim' / 'include'}"]
    subprocess.run(command, check=True, capture_output=True)
    kinds = "dDbBC"
    writable = {name.split(".")[0] for kind, name in symbols(target) if kind in kinds}
    definitions = {"DEFINITION_311", "DEFINITION_312", "SLOTS_311", "SLOTS_312"}
    assert writable <= {"METHODS", "CALL_UNTIL_DONE", *definitions}, writable
