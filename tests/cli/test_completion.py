"""Completion: what the command offers to a shell, and that nothing happens without argcomplete."""

import json
import os
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import start

import ipif
from ipif import simulation
from ipif._cli import completion
from ipif._cli.commands import COMMANDS
from ipif._cli.main import make_parser

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
SHELLS = ["bash", "powershell", "zsh"]


def complete(
    line: str, folder: Path, *, shell: str = "bash", point: int | None = None, code: str = ""
) -> list[str]:
    """Return what the shell is offered, asked as the scripts of argcomplete ask."""
    pytest.importorskip("argcomplete")
    answer = folder / "answer"
    answer.write_text("")
    main = "import sys; sys.argv[0] = 'ipif'\nfrom ipif._cli.main import main\nsys.exit(main())"
    done = start(
        *("-c", f"{code}\n{main}"),
        IPIF_BACKEND="simulated",
        _ARGCOMPLETE="1",
        _ARGCOMPLETE_SHELL=shell,
        _ARGCOMPLETE_IFS="\n",
        _ARGCOMPLETE_SUPPRESS_SPACE="1",
        _ARGCOMPLETE_STDOUT_FILENAME=str(answer),
        _ARGCOMPLETE_COMP_WORDBREAKS=None,
        COMP_LINE=line,
        COMP_POINT=str(len(line) if point is None else point),
    )
    assert "Traceback" not in done.stderr
    found = answer.read_text(encoding="utf-8").split("\n")
    if shell == "zsh":  # with a description
        found = [word.partition(":")[0] for word in found]
    return [word for word in found if word]


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_are_completed(shell: str, tmp_path: Path) -> None:
    assert complete("ipif ", tmp_path, shell=shell) == [*COMMANDS]
    assert complete("ipif ex", tmp_path, shell=shell) == ["explain"]


@pytest.mark.parametrize("shell", SHELLS)
def test_interfaces_are_completed_by_alias_in_any_case(shell: str, tmp_path: Path) -> None:
    assert complete("ipif get eth", tmp_path, shell=shell) == ["Ethernet"]
    escape = "`" if shell == "powershell" else "\\"
    assert complete("ipif set blue", tmp_path, shell=shell) == [
        f"Bluetooth{escape} Network{escape} Connection"
    ]
    assert complete('ipif get "blue', tmp_path, shell=shell) == ["Bluetooth Network Connection"]


@pytest.mark.parametrize("shell", SHELLS)
def test_families_members_and_values_are_completed(shell: str, tmp_path: Path) -> None:
    assert complete("ipif set Wi-Fi ", tmp_path, shell=shell) == ["ipv4", "ipv6", "both"]
    assert complete("ipif set Wi-Fi ipv4 nl", tmp_path, shell=shell) == ["NlMtu="]
    assert complete("ipif set Wi-Fi ipv4 WeakHostSend=", tmp_path, shell=shell) == [
        "WeakHostSend=true",
        "WeakHostSend=false",
    ]
    assert complete("ipif set Wi-Fi ipv4 routerdiscovery=d", tmp_path, shell=shell) == [
        "routerdiscovery=Disabled",
        "routerdiscovery=Dhcp",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ipif explain nlm", ["NlMtu"]),
        ("ipif explain MIB_IF_ROW2.operst", ["MIB_IF_ROW2.OperStatus"]),
        ("ipif explain interfacemetr", ["InterfaceMetric"]),
        ("ipif set Wi-Fi ipv4 NlMtu=1400 Metric=a", ["Metric=auto"]),
        ("ipif set Wi-Fi ipv4 NlMtu=1400 nlm", []),
        ("ipif set Wi-Fi ipv4 automaticm", ["AutomaticMetric="]),
        ("ipif set Wi-Fi ipv4 Connected=", []),
        ("ipif list --family ", ["ipv4", "ipv6", "both"]),
        ("ipif list --columns Alias,weakhosts", ["Alias,WeakHostSend"]),
        ("ipif list --type wi", ["wifi", "wimax"]),
        ("ipif list --conn", ["--connected"]),
        ("ipif --json get wi", ["Wi-Fi"]),
        ("ipif set Wi-Fi ipv4 NlMtu=1400 --dry", ["--dry-run"]),
    ],
)
def test_what_stands_at_the_cursor_decides(line: str, expected: list[str], tmp_path: Path) -> None:
    assert complete(line, tmp_path) == expected


def test_the_cursor_may_be_inside_of_the_line(tmp_path: Path) -> None:
    line = "ipif get eth ipv4"
    assert complete(line, tmp_path, point=len("ipif get eth")) == ["Ethernet"]


def test_files_are_completed_where_files_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("office.json").write_text("{}")
    Path("folder").mkdir()
    Path("folder", "inner.json").write_text("{}")
    for line in ("ipif diff off", "ipif --simulate off", "ipif apply --journal OFF"):
        assert complete(line, tmp_path) == ["office.json"]
    assert complete("ipif diff fo", tmp_path) == ["folder/"]
    assert complete("ipif diff folder/i", tmp_path) == ["folder/inner.json"]
    assert complete("ipif diff nothing/i", tmp_path) == []
    assert complete("ipif set Wi-Fi ipv4 --confirm ", tmp_path) == []


def test_interfaces_are_those_of_the_simulated_machine(tmp_path: Path) -> None:
    simulation.add_interface("Lab ether")
    machine = tmp_path / "lab.json"
    machine.write_text(json.dumps(simulation.dump()), encoding="utf-8")
    assert complete(f"ipif --simulate {machine.as_posix()} get lab", tmp_path) == ["Lab\\ ether"]
    assert complete("ipif get lab", tmp_path) == []


def test_an_alias_that_a_shell_cannot_show_is_completed_by_its_luid(machine: None) -> None:
    luid = simulation.add_interface("new\x0bline\u202e")
    found = completion.interfaces("", Namespace())
    assert f"luid:{int(luid)}" in found
    assert "Ethernet" in found
    assert all(alias.isprintable() for alias in found)


def test_an_error_offers_nothing(tmp_path: Path) -> None:
    assert complete(f"ipif --simulate {tmp_path.as_posix()}/none.json get ", tmp_path) == []
    code = (
        "from ipif import simulation\n"
        "simulation.fail('GetIfTable2', 5); simulation.fail('GetIfTable2Ex', 5)"
    )
    assert complete("ipif get ", tmp_path, code=code) == []


def test_every_argument_that_takes_a_name_is_completed() -> None:
    # A metavar that is new needs a line in completion.BY_METAVAR, or a word here.
    free = {"SECONDS", "ADDRESS", "DESTINATION", None}
    unknown = set()
    for name, parser in completion.commands_of(make_parser()).items():
        parser.complete()
        found = {action.metavar for action in parser._actions if not action.choices}
        unknown |= {(name, word) for word in found - free - set(completion.BY_METAVAR)}
    assert unknown == set()


def test_every_member_that_can_be_set_is_offered() -> None:
    found = completion.changes("", Namespace(changes=None))
    assert list(found) == [f"{field.name}=" for field in SETTABLE]


def test_without_argcomplete_the_command_runs_as_usual(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    code = (
        "import sys\nsys.modules['argcomplete'] = None\n"
        "from ipif._cli.main import main\nsys.exit(main(['list']))"
    )
    line = {"COMP_LINE": "ipif li", "COMP_POINT": "7", "_ARGCOMPLETE": "1"}
    file = {"_ARGCOMPLETE_STDOUT_FILENAME": str(answer)}
    done = start("-c", code, IPIF_BACKEND="simulated", **line, **file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ethernet" in done.stdout
    assert not answer.exists()


def test_argcomplete_is_imported_for_a_shell_only() -> None:
    code = (
        "import sys\nfrom ipif._cli.main import main\nmain(['list'])\n"
        "print([name for name in sys.modules if 'argcomplete' in name or 'completion' in name])"
    )
    done = start("-c", code, IPIF_BACKEND="simulated", _ARGCOMPLETE=None)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_that_the_documentation_names_is_printed(shell: str) -> None:
    pytest.importorskip("argcomplete")
    program = shutil.which("register-python-argcomplete", path=os.path.dirname(sys.executable))
    if program is None:
        pytest.skip("the script of argcomplete is not installed")
    done = subprocess.run(
        [program, "--shell", shell, "ipif"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "_ARGCOMPLETE" in done.stdout
    assert "ipif" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="bash is not there")
def test_bash_completes_by_that_script(tmp_path: Path) -> None:
    pytest.importorskip("argcomplete")
    program = shutil.which("register-python-argcomplete", path=os.path.dirname(sys.executable))
    bash = shutil.which("bash")
    if program is None or bash is None or not (Path(sys.executable).parent / "ipif").exists():
        pytest.skip("bash, the script of argcomplete or the command is not installed")
    script = """
eval "$(register-python-argcomplete --shell bash ipif)"
COMP_LINE="ipif get eth" COMP_POINT=12 COMP_WORDBREAKS=$' \\t\\n"=:'
_python_argcomplete ipif
printf '%s|' "${COMPREPLY[@]}"
"""
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        env={**os.environ, "PATH": path, "IPIF_BACKEND": "simulated"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() in ("Ethernet |", "Ethernet|")
