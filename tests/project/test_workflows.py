"""The workflows: what they may do, what they run, and that they build all files of a release."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, start

FOLDER = ROOT / ".github" / "workflows"
if not FOLDER.exists():
    pytest.skip("the workflows are not here: no checkout", allow_module_level=True)

WORKFLOWS = sorted(FOLDER.glob("*.yml"))
USES = re.compile(r"^ +(?:- )?uses: (.+)$", re.MULTILINE)
PINNED = re.compile(r"([\w-]+/[\w-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def jobs_of(path: Path) -> dict[str, str]:
    """Return the text of each job."""
    parts = re.split(r"^  (\w[\w-]*):\n", read(path).partition("\njobs:\n")[2], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@every_workflow
def test_nothing_is_permitted_but_what_a_job_names(path: Path) -> None:
    assert "\npermissions: {}\n" in read(path)
    for name, job in jobs_of(path).items():
        assert "    permissions:" in job, name


@every_workflow
def test_every_action_is_pinned_by_commit_and_says_its_version(path: Path) -> None:
    for action in USES.findall(read(path)):
        if action.startswith("./"):
            assert (ROOT / action).is_file()
        else:
            assert PINNED.fullmatch(action), action


def test_an_action_has_one_version_in_all_workflows() -> None:
    pins = {pin for path in WORKFLOWS for pin in PINNED.findall(read(path))}
    assert len(pins) == len({name for name, _, _ in pins}), sorted(pins)


@every_workflow
def test_every_job_that_runs_ends_in_time_and_leaves_no_credentials(path: Path) -> None:
    for name, job in jobs_of(path).items():
        if "    steps:" in job:
            assert re.search(r"^    timeout-minutes: \d+$", job, re.MULTILINE), name
        assert job.count("actions/checkout@") == job.count("persist-credentials: false"), name


def test_the_runners_build_the_platforms_of_the_settings() -> None:
    settings = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["cibuildwheel"]
    matrix = re.findall(
        r"name: (\w+)-\S+, runner: \S+, archs: (\w+|\"[\w ]+\")", read(FOLDER / "wheels.yml")
    )
    built: dict[str, set[str]] = {}
    for system, archs in matrix:
        built.setdefault(system, set()).update(archs.strip('"').split())
    assert built == {name: set(settings[name]["archs"]) for name in ("windows", "linux", "macos")}


def test_only_the_job_in_the_protected_environment_can_publish() -> None:
    assert "id-token: write" in jobs_of(FOLDER / "release.yml")["publish"]
    for path in WORKFLOWS:
        for name, job in jobs_of(path).items():
            publishes = (path.stem, name) == ("release", "publish")
            assert ("id-token: write" in job) is publishes, name
            assert ("environment:\n      name: pypi" in job) is publishes, name
            assert ("gh-action-pypi-publish" in job) is publishes, name


def test_a_release_waits_for_the_comparison_and_for_all_wheels() -> None:
    jobs = jobs_of(FOLDER / "release.yml")
    assert 'release.py check "$GITHUB_REF_NAME"' in jobs["agree"]
    assert "    needs: agree\n" in jobs["wheels"]
    assert "    needs: [agree, wheels]\n" in jobs["publish"]
    assert "    needs: publish\n" in jobs["github"]


def test_what_builds_a_release_is_installed_by_its_hash() -> None:
    for path in (FOLDER / "wheels.yml", FOLDER / "release.yml"):
        for line in re.findall(r"pip install (.*)", read(path)):
            assert any(
                word in line for word in ("--require-hashes", "--group test", "--no-index")
            ) or (line == "--upgrade pip")
    before = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["cibuildwheel"]["before-build"]
    assert "--require-hashes" in before
    for path in (ROOT / "requirements").glob("*.txt"):
        packages = re.findall(
            r"^([\w.-]+)(==)?.* \\$\n(    --hash=sha256:\w{64})?", read(path), re.M
        )
        assert packages
        assert all(pin and digest for _, pin, digest in packages)


def test_the_pinned_requirements_are_those_of_the_dependency_groups() -> None:
    groups = tomllib.loads(read(ROOT / "pyproject.toml"))["dependency-groups"]
    for group in ("build", "cibuildwheel", "wheels"):
        pinned = dict(
            re.findall(r"^([\w.-]+)==(\S+)", read(ROOT / f"requirements/{group}.txt"), re.M)
        )
        for requirement in groups[group]:
            if isinstance(requirement, str):
                name, version = re.findall(r"^([\w-]+)(?:\[.*\])?(?: == ([\w.]+))?", requirement)[0]
                assert name in pinned
                assert version in ("", pinned[name]), f"run tools/wheels.py pin: {requirement}"


# ---- the files of a release


def complete(names: list[str]) -> str:
    """Return what tools/wheels.py says about a folder with these files."""
    script = """if True:
        import sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        import wheels
        wheels.check_complete([Path(name) for name in sys.argv[2:]])
    """
    done = start("-c", script, ROOT / "tools", *names)
    return (done.stdout + done.stderr).strip()


def release() -> list[str]:
    platforms = [
        "win_amd64",
        "win32",
        "win_arm64",
        "manylinux2014_x86_64.manylinux_2_17_x86_64",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "musllinux_1_2_x86_64",
        "musllinux_1_2_aarch64",
        "macosx_10_9_x86_64",
        "macosx_11_0_arm64",
    ]
    tags = ["cp311-abi3", "cp314-cp314t", "cp315-abi3.abi3t"]
    wheels = [f"ipif-1.2.0-{tag}-{platform}.whl" for tag in tags for platform in platforms]
    return ["ipif-1.2.0.tar.gz", *wheels]


def test_a_release_is_the_sdist_and_three_wheels_for_each_of_nine_platforms() -> None:
    assert complete(release()) == "-- complete: the sdist and 27 wheels"


def test_a_wheel_that_is_missing_or_unexpected_is_named() -> None:
    files = release()
    files.remove("ipif-1.2.0-cp314-cp314t-win_arm64.whl")
    files[0] = "ipif-1.2.0-cp311-abi3-linux_x86_64.whl"
    assert complete(files).splitlines() == [
        "0 wheels for cp314-cp314t-win_arm64",
        "not part of a release: ipif-1.2.0-cp311-abi3-linux_x86_64.whl",
        "0 sdists",
    ]


def test_the_table_of_wheels_and_the_settings_name_the_same_interpreters() -> None:
    [pythons] = [
        ast.literal_eval(node.value)
        for node in ast.parse(read(ROOT / "tools" / "wheels.py")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PYTHONS"
    ]
    settings = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["cibuildwheel"]
    assert [f"{python}-*" for python in pythons] == settings["build"]


def test_the_long_form_of_every_check_of_trust_runs_every_week() -> None:
    [checks] = [
        ast.literal_eval(node.value)
        for node in ast.parse(read(ROOT / "tools" / "trust.py")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECKS"
    ]
    workflow = read(FOLDER / "trust.yml")
    [names] = re.findall(r"^        check: \[(.+)\]$", workflow, re.MULTILINE)
    assert names.split(", ") == list(checks)
    assert re.search(r"^    - cron: ", workflow, re.MULTILINE)
