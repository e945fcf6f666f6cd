"""The pytest plugin: each test gets a simulated machine of its own, and no other machine.

The tests with the plugin run in a pytest of their own, which starts without conftest.py.
"""

import importlib.util
import re
import sys
from importlib.metadata import entry_points

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, run

from ipif import pytest_plugin, simulation

pytest_plugins = ["pytester"]

INI = "[pytest]\nipif_backend = simulated\n"

# What stands for a pytest that runs on the interfaces of a Windows computer.
IMPORTED_WITH_WINDOWS = """\
import sys, types
ipif = types.ModuleType("ipif")
ipif.backend = "windows"
sys.modules["ipif"] = ipif
"""


# The plugins of other distributions, which only the tests about them need.
OTHER_PLUGINS = ("anyio", "asyncio", "cacheprovider", "hypothesispytest", "xdist")


class Inner:
    """A folder of tests, and a pytest that runs them with the plugin."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pytester = pytester
        self._monkeypatch = monkeypatch
        self.file("pytest.ini", INI)
        self.backend("simulated" if sys.platform == "win32" else None)

    def backend(self, name: str | None) -> None:
        """Set IPIF_BACKEND, or take it out of the environment."""
        if name is None:
            self._monkeypatch.delenv("IPIF_BACKEND", raising=False)
        else:
            self._monkeypatch.setenv("IPIF_BACKEND", name)

    def file(self, name: str, text: str) -> None:
        path = self._pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self._pytester.path / name).unlink()

    def run(self, text: str, *options: str, plugin: str = "") -> pytest.RunResult:
        """Run *text* as a test file, with one other *plugin*; warnings are errors there."""
        self.file("test_inner.py", text)
        words = ("-Werror", *(f"-pno:{name}" for name in OTHER_PLUGINS if name != plugin))
        return self._pytester.runpytest_subprocess(*words, *options, timeout=120)


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    return Inner(pytester, monkeypatch)


# ---- loading


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    [entry] = {entry for entry in entry_points(group="pytest11") if entry.name == "ipif"}
    assert entry.value == "pytest_ipif"


def test_loading_the_plugin_imports_no_module_but_itself() -> None:
    run(
        "import sys, pytest\nbefore = set(sys.modules)\nimport pytest_ipif\n"
        "assert set(sys.modules) - before == {'pytest_ipif'}, set(sys.modules) - before\n",
        "-Wdefault",
    )


def test_a_project_that_does_not_use_the_plugin_does_not_import_ipif(inner: Inner) -> None:
    inner.file("pytest.ini", "[pytest]\n")
    inner.backend(None)
    done = inner.run(
        "import os, sys\n"
        "def test_nothing():\n"
        "    assert not [name for name in sys.modules if name.split('.')[0] == 'ipif']\n"
        "    assert 'IPIF_BACKEND' not in os.environ\n",
        "--strict-markers",
        "--strict-config",
    )
    done.assert_outcomes(passed=1)


# ---- ipif_backend


def test_the_backend_of_the_ini_file_is_there_before_a_conftest_file_imports_ipif(
    inner: Inner,
) -> None:
    inner.backend(None)
    inner.file(
        "conftest.py",
        "import os, ipif\n"
        "assert os.environ['IPIF_BACKEND'] == ipif.backend == 'simulated'\n"
        "ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)  # without a SimulationWarning\n",
    )
    done = inner.run(
        "import ipif\n"
        "def test_it():\n"
        "    assert ipif.backend == 'simulated'\n"
        "    assert ipif.get_interface('Ethernet', 'ipv4')['NlMtu'] == 1400\n"
        "def test_fresh(ipif_machine):\n"
        "    assert ipif.get_interface('Ethernet', 'ipv4')['NlMtu'] == 1500\n"
    )
    done.assert_outcomes(passed=2)


def test_an_unknown_backend_in_the_ini_file_ends_the_run_with_what_to_write(inner: Inner) -> None:
    inner.file("pytest.ini", "[pytest]\nipif_backend = Simulated\n")
    done = inner.run("def test_it(): pass\n")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*ipif_backend is 'Simulated'; write simulated or windows*"])


def test_a_plugin_that_has_imported_ipif_with_backend_windows_ends_the_run(inner: Inner) -> None:
    inner.file("early.py", IMPORTED_WITH_WINDOWS)
    done = inner.run("def test_it(): pass\n", "-pearly")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(
        ["*ipif_backend is 'simulated', but ipif has been imported with backend 'windows'*"]
    )
    done.stderr.fnmatch_lines(["*Set IPIF_BACKEND=simulated in the environment before*"])


def test_the_fixture_refuses_the_backend_windows_and_says_what_to_write(inner: Inner) -> None:
    inner.file("pytest.ini", "[pytest]\n")
    inner.file("conftest.py", IMPORTED_WITH_WINDOWS)
    done = inner.run("def test_it(ipif_machine): pass\ndef test_other(): pass\n")
    done.assert_outcomes(errors=1, passed=1)
    done.stdout.fnmatch_lines(["*would change the network of this computer*"])
    done.stdout.fnmatch_lines(['*"ipif_backend = simulated"*IPIF_BACKEND=simulated*'])
    done.stdout.no_fnmatch_line("*pytest_ipif.py:*")


def test_without_the_ini_option_the_fixture_asks_for_the_simulation(inner: Inner) -> None:
    inner.file("pytest.ini", "[pytest]\n")
    inner.backend(None)
    done = inner.run(
        "def test_it(ipif_machine):\n"
        "    import ipif\n"
        "    ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)\n"
    )
    done.assert_outcomes(passed=1)


@pytest.mark.skipif(sys.platform == "win32", reason="there the backend would be windows")
def test_a_simulation_that_was_imported_unasked_gives_no_warning_with_the_fixture(
    inner: Inner,
) -> None:
    inner.file("pytest.ini", "[pytest]\n")
    inner.backend(None)
    done = inner.run(
        "import ipif\n"
        "def test_it(ipif_machine):\n"
        "    assert not any(ipif_machine.calls().values())\n"
        "    ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)\n"
    )
    done.assert_outcomes(passed=1)


# ---- the machine


def test_every_control_of_the_simulation_is_there() -> None:
    for name in simulation.__all__:
        control = getattr(pytest_plugin.Machine, name)
        assert control is getattr(simulation, name) or name in ("calls", "load")


def test_the_example_of_the_documentation_runs(inner: Inner) -> None:
    inner.file("prefer.py", "import ipif\ndef prefer(alias):\n"
                            "    ipif.update_interface(alias, 'ipv4', Metric=1)\n")  # fmt: skip
    example = (pytest_plugin.__doc__ or "").partition(".. code-block:: python\n")[2]
    code = example.partition("\nInstalling")[0].replace("\n    ", "\n")
    head = "import ipif\nfrom ipif.pytest_plugin import Machine\nfrom prefer import prefer\n"
    inner.run(head + code).assert_outcomes(passed=1)


@pytest.mark.skipif(not (ROOT / "docs").exists(), reason="the documentation is not here")
def test_the_examples_of_the_page_run_as_they_stand(inner: Inner) -> None:
    page = (ROOT / "docs" / "guides" / "test-without-windows.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    [ini] = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    inner.remove("pytest.ini")
    inner.file("pyproject.toml", ini)
    inner.file("lab.json", (ROOT / "docs" / "machines" / "vpn.json").read_text("utf-8"))
    for number, block in enumerate(blocks[1:]):
        inner.file(f"test_page_{number}.py", block)
    tests = sum(block.count("\ndef test_") for block in blocks) + 1  # one has two parameters
    inner.run(blocks[0]).assert_outcomes(passed=tests)


def test_each_test_has_a_fresh_machine_whatever_the_one_before_has_done(inner: Inner) -> None:
    done = inner.run(
        "import ipif, pytest\n"
        "@pytest.mark.parametrize('turn', [1, 2])\n"
        "def test_it(ipif_machine, turn):\n"
        "    assert ipif.get_interface('Ethernet', 'ipv4')['NlMtu'] == 1500\n"
        "    assert not any(ipif_machine.calls()[name] for name in ipif_machine.calls()\n"
        "                   if name.startswith('Set'))\n"
        "    ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)\n"
        "    assert ipif_machine.calls()['SetIpInterfaceEntry'] == 1\n"
        "    ipif_machine.add_interface('VPN', families=['ipv4'])\n"
        "    ipif_machine.set_link('Ethernet', up=False)\n"
        "    assert not ipif.get_interface('Ethernet', 'ipv4')['Connected']\n"
        "    ipif_machine.elevated(False)\n"
        "    with pytest.raises(ipif.AccessDenied):\n"
        "        ipif.update_interface('VPN', 'ipv4', NlMtu=1400)\n"
        "    ipif_machine.elevated(True)\n"
        "    ipif_machine.fail('SetIpInterfaceEntry', 31, times=2, after=1)\n"
        "    ipif.update_interface('VPN', 'ipv4', NlMtu=1400)\n"
        "    with pytest.raises(ipif.Error, match='WinError 31'):\n"
        "        ipif.update_interface('VPN', 'ipv4', NlMtu=1300)\n"
        "def test_afterwards_without_the_fixture():\n"
        "    ipif.update_interface('Ethernet', 'ipv4', NlMtu=1300)\n"
        "    with pytest.raises(ipif.InterfaceNotFound):\n"
        "        ipif.get_interface('VPN', 'ipv4')\n"
        "def test_at_last(ipif_machine):\n"
        "    assert ipif.get_interface('Ethernet', 'ipv4')['NlMtu'] == 1500\n"
    )
    done.assert_outcomes(passed=4)


LAB = (
    '{"ipif_snapshot": 1, "adapters": [{"Alias": "%s", "InterfaceIndex": 7, "InterfaceLuid": '
    '1688850262261760}], "interfaces": [{"Family": "ipv4", "InterfaceIndex": 7, '
    '"InterfaceLuid": 1688850262261760}]}'
)


def test_a_snapshot_comes_by_marker_by_parameter_and_by_load(inner: Inner) -> None:
    inner.file("pytest.ini", INI + "testpaths = inner\n")
    inner.file("lab.json", LAB % "beside rootdir")
    inner.file("inner/lab.json", LAB % "beside the test")
    inner.file("root.json", LAB % "in rootdir")
    inner.file(
        "inner/test_snapshots.py",
        "import json, pathlib, ipif, pytest\n"
        "ROOT = pathlib.Path(__file__).parent.parent\n"
        "DOCUMENT = json.loads((ROOT / 'root.json').read_text())\n"
        "def aliases():\n"
        "    return [row['Alias'] for row in ipif.list_adapters()]\n"
        "@pytest.mark.ipif_machine('lab.json')\n"
        "def test_marker_relative_to_the_file(ipif_machine):\n"
        "    assert aliases() == ['beside the test']\n"
        "    assert ipif_machine.calls()['GetIfTable2Ex'] == 1\n"
        "@pytest.mark.ipif_machine('root.json')\n"
        "def test_marker_relative_to_rootdir(ipif_machine):\n"
        "    assert aliases() == ['in rootdir']\n"
        "@pytest.mark.ipif_machine(DOCUMENT)\n"
        "def test_marker_with_a_dict(ipif_machine):\n"
        "    assert aliases() == ['in rootdir']\n"
        "@pytest.mark.ipif_machine('lab.json')\n"
        "class TestMarked:\n"
        "    def test_marker_of_a_class_without_the_fixture(self):\n"
        "        assert aliases() == ['beside the test']\n"
        "    @pytest.mark.ipif_machine(DOCUMENT)\n"
        "    def test_nearest_marker(self, tmp_path):\n"
        "        assert aliases() == ['in rootdir']\n"
        "    @pytest.mark.ipif_machine\n"
        "    def test_empty_marker(self):\n"
        "        assert 'Ethernet' in aliases()\n"
        "PLACES = ['lab.json', ROOT / 'root.json', DOCUMENT, None]\n"
        "@pytest.mark.parametrize('ipif_machine', PLACES, indirect=True)\n"
        "def test_parameter(ipif_machine, request):\n"
        "    expected = ['beside the test', 'in rootdir', 'in rootdir', 'Ethernet']\n"
        "    value = request.node.callspec.params['ipif_machine']\n"
        "    assert expected[PLACES.index(value)] in aliases()\n"
        "@pytest.mark.ipif_machine('lab.json')\n"
        "@pytest.mark.parametrize('ipif_machine', ['root.json'], indirect=True)\n"
        "def test_parameter_before_marker(ipif_machine):\n"
        "    assert aliases() == ['in rootdir']\n"
        "def test_load(ipif_machine, tmp_path, monkeypatch):\n"
        "    monkeypatch.chdir(tmp_path)\n"
        "    ipif_machine.load('lab.json')\n"
        "    assert aliases() == ['beside the test']\n"
        "    ipif_machine.save(tmp_path / 'saved.json')\n"
        "    ipif_machine.load(DOCUMENT)\n"
        "    assert aliases() == ['in rootdir']\n"
        "    ipif_machine.load(tmp_path / 'saved.json')\n"
        "    assert aliases() == ['beside the test']\n"
        "    with pytest.raises(FileNotFoundError) as caught:\n"
        "        ipif_machine.load('missing.json')\n"
        "    assert caught.value.filename == 'missing.json'\n"
        "    assert f'in {ROOT / \"inner\"} and in {ROOT}' in caught.value.strerror\n"
        "    with pytest.raises(FileNotFoundError) as caught:\n"
        "        ipif_machine.load(ROOT / 'missing.json')\n"
        "    assert caught.value.filename == str(ROOT / 'missing.json')\n",
    )
    done = inner.run("def test_elsewhere(): pass\n", "inner")
    done.assert_outcomes(passed=12)


def test_a_snapshot_that_cannot_be_loaded_is_an_error_without_a_traceback(inner: Inner) -> None:
    inner.file("bad.json", '{"ipif_snapshot": 99}')
    done = inner.run(
        "import pytest\n"
        "@pytest.mark.ipif_machine('missing.json')\n"
        "def test_missing(): pass\n"
        "@pytest.mark.ipif_machine('bad.json')\n"
        "def test_bad(): pass\n"
        "@pytest.mark.ipif_machine(17)\n"
        "def test_type(): pass\n"
        "@pytest.mark.ipif_machine('a', 'b')\n"
        "def test_two(): pass\n"
        "@pytest.mark.ipif_machine(snapshot='a')\n"
        "def test_keyword(): pass\n"
        "def test_good(ipif_machine): pass\n"
    )
    done.assert_outcomes(errors=5, passed=1)
    done.stdout.fnmatch_lines_random(
        [
            "ipif_machine: *no such snapshot file*missing.json*",
            "ipif_machine: *bad.json: ipif_snapshot*",
            "ipif_machine: expected the path of a snapshot or a dict, got int",
            "ipif_machine: write one snapshot into the marker, such as *",
        ]
    )
    assert "During handling" not in done.stdout.str()


def test_a_marked_method_of_unittest_has_a_machine_of_its_own(inner: Inner) -> None:
    done = inner.run(
        "import unittest, ipif, pytest\n"
        "@pytest.mark.ipif_machine\n"
        "class Test(unittest.TestCase):\n"
        "    def change(self):\n"
        "        before, after = ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)\n"
        "        self.assertEqual((before['NlMtu'], after['NlMtu']), (1500, 1400))\n"
        "    test_1 = test_2 = change\n"
    )
    done.assert_outcomes(passed=2)


# ---- other plugins


def needs(module: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is not installed")


@needs("xdist")
def test_workers_of_xdist_have_machines_of_their_own(inner: Inner) -> None:
    inner.backend(None)
    done = inner.run(
        "import os, ipif, pytest\n"
        "@pytest.mark.parametrize('turn', range(8))\n"
        "def test_it(ipif_machine, turn):\n"
        "    assert os.environ['IPIF_BACKEND'] == 'simulated'\n"
        "    assert 'PYTEST_XDIST_WORKER' in os.environ\n"
        "    for mtu in range(1400, 1420):\n"
        "        ipif.update_interface('Ethernet', 'ipv4', NlMtu=mtu)\n"
        "        assert ipif.get_interface('Ethernet', 'ipv4')['NlMtu'] == mtu\n"
        "    assert ipif_machine.calls()['SetIpInterfaceEntry'] == 20\n",
        "-n2",
        plugin="xdist",
    )
    done.assert_outcomes(passed=8)


ASYNC = """\
import ipif, pytest
{mark}
@pytest.mark.parametrize('turn', [1, 2])
async def test_it(ipif_machine, turn):
    async with ipif.watch('ipv4') as events:
        before, after = ipif.update_interface('Ethernet', 'ipv4', NlMtu=1400)
        assert (before['NlMtu'], after['NlMtu']) == (1500, 1400)
        async for event in events:
            assert event.alias == 'Ethernet'
            break
    assert ipif_machine.calls()['SetIpInterfaceEntry'] == 1
"""


@needs("pytest_asyncio")
def test_coroutines_run_by_pytest_asyncio_have_a_machine(inner: Inner) -> None:
    done = inner.run(ASYNC.format(mark="@pytest.mark.asyncio"), "-Wdefault", plugin="asyncio")
    done.assert_outcomes(passed=2)


@needs("anyio")
def test_coroutines_run_by_anyio_have_a_machine(inner: Inner) -> None:
    inner.file("conftest.py", "import pytest\n@pytest.fixture\ndef anyio_backend():\n"
                              "    return 'asyncio'\n")  # fmt: skip
    done = inner.run(ASYNC.format(mark="@pytest.mark.anyio"), plugin="anyio")
    done.assert_outcomes(passed=2)
