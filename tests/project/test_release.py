"""tools/release.py: which tags may be released, and what preparing a release writes."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT, start

if not (ROOT / "tools" / "release.py").exists():
    pytest.skip("the tools are not here: no checkout", allow_module_level=True)

CHANGELOG = """\
# Changelog

What changed.

## [Unreleased]

## [1.2.0] - 2026-11-28

### Added

- A thing.

## [1.1.0] - 2026-01-31

### Fixed

- Another.

[Unreleased]: https://example.org/ipif/compare/v1.2.0...HEAD
[1.2.0]: https://example.org/ipif/releases/tag/v1.2.0
[1.1.0]: https://example.org/ipif/releases/tag/v1.1.0
"""


class Checkout:
    """A checkout with a package, a changelog and the tool, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "src" / "ipif" / "__init__.py"
        self.changelog = folder / "CHANGELOG.md"
        self.package.parent.mkdir(parents=True)
        self.package.write_text('"""ipif"""\n__version__ = "1.2.0"\nfirst = 1\n')
        self.changelog.write_text(CHANGELOG)
        (folder / "tools").mkdir()
        for name in ("release.py", "environments.py"):
            shutil.copyfile(ROOT / "tools" / name, folder / "tools" / name)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return start(self.folder / "tools" / "release.py", *words)

    def replace(self, old: str, new: str) -> None:
        text = self.changelog.read_text()
        assert old in text
        self.changelog.write_text(text.replace(old, new))

    def refusals(self, tag: str) -> list[str]:
        done = self.run("check", tag)
        assert done.returncode == 1
        assert done.stdout == ""
        return [line.removeprefix("release.py: ") for line in done.stderr.splitlines()]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_tag_is_released_when_the_version_and_the_changelog_say_the_same(
    checkout: Checkout,
) -> None:
    done = checkout.run("check", "v1.2.0")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "v1.2.0: the tag, __version__ and CHANGELOG.md agree\n"


@pytest.mark.parametrize(
    "tag", ["1.2.0", "v1.2", "v1.2.0-final", "v1.2.0 ", "", "refs/tags/v1.2.0"]
)
def test_a_tag_that_is_no_version_is_refused(checkout: Checkout, tag: str) -> None:
    assert checkout.refusals(tag) == [f"the tag {tag!r} is not a v and a version, as v1.2.3 is"]


def test_a_tag_is_refused_when_the_package_has_another_version(checkout: Checkout) -> None:
    checkout.package.write_text('__version__ = "1.3.0.dev0"\n')
    assert checkout.refusals("v1.2.0") == ["the tag says 1.2.0, __version__ says '1.3.0.dev0'"]


def test_a_tag_is_refused_that_the_changelog_does_not_know(checkout: Checkout) -> None:
    checkout.package.write_text('__version__ = "1.3.0"\n')
    assert checkout.refusals("v1.3.0") == ["CHANGELOG.md has no section for 1.3.0"]


def test_an_older_release_is_refused(checkout: Checkout) -> None:
    checkout.package.write_text('__version__ = "1.1.0"\n')
    first, *_ = checkout.refusals("v1.1.0")
    assert first == "the section for 1.1.0 is not the newest release in CHANGELOG.md"


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (" - 2026-11-28", "", "the section for 1.2.0 has no date, as 2026-01-31 is one"),
        ("2026-11-28", "2026-11-31", "the section for 1.2.0 has no date, as 2026-01-31 is one"),
        ("### Added\n\n- A thing.\n", "", "the section for 1.2.0 is empty"),
        (
            "[Unreleased]\n",
            "[Unreleased]\n\n- New.\n",
            "CHANGELOG.md still has changes under Unreleased",
        ),
        (
            "/tag/v1.2.0",
            "/tag/v1.1.0",
            "the link [1.2.0] in CHANGELOG.md does not lead to /releases/tag/v1.2.0",
        ),
        (
            "/compare/v1.2.0...HEAD",
            "/commits/main",
            "the link [Unreleased] in CHANGELOG.md is not /compare/v1.2.0...HEAD",
        ),
        (
            "What changed.",
            "What changed. There is no release yet.",
            "CHANGELOG.md says that there is no release yet",
        ),
    ],
)
def test_a_changelog_that_is_not_ready_is_refused(
    checkout: Checkout, old: str, new: str, refusal: str
) -> None:
    checkout.replace(old, new)
    assert checkout.refusals("v1.2.0") == [refusal]


def test_every_disagreement_is_named_at_once(checkout: Checkout) -> None:
    checkout.package.write_text("")
    checkout.replace("- A thing.", "")
    checkout.replace("### Added", "")
    checkout.replace(" - 2026-11-28", "")
    assert len(checkout.refusals("v1.2.0")) == 3


def test_notes_are_the_section_of_the_tag_alone(checkout: Checkout) -> None:
    assert checkout.run("notes", "v1.2.0").stdout == "### Added\n\n- A thing.\n"
    assert checkout.run("notes", "v1.1.0").stdout == "### Fixed\n\n- Another.\n"
    assert checkout.run("notes", "v9.0.0").returncode == 1


def test_preparing_a_release_makes_a_checkout_that_passes_the_check(checkout: Checkout) -> None:
    checkout.replace("[Unreleased]\n", "[Unreleased]\n\n### Changed\n\n- More.\n")
    done = checkout.run("prepare", "1.3.0")
    assert done.returncode == 0, done.stderr
    assert checkout.run("check", "v1.3.0").returncode == 0
    assert checkout.package.read_text() == '"""ipif"""\n__version__ = "1.3.0"\nfirst = 1\n'
    assert checkout.run("notes", "v1.3.0").stdout == "### Changed\n\n- More.\n"
    text = checkout.changelog.read_text()
    assert re.search(r"^## \[Unreleased\]\n\n## \[1\.3\.0\] - \d{4}-\d\d-\d\d\n\n###", text, re.M)
    assert text.endswith(CHANGELOG.partition("[1.2.0]: ")[2])


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.3", "'1.3' is not a version, as 1.2.3 is"),
        ("1.3.0", "CHANGELOG.md has nothing new for 1.3.0"),
        ("1.1.0", "CHANGELOG.md already has a section for 1.1.0"),
    ],
)
def test_preparing_refuses_what_is_no_new_version_and_writes_nothing(
    checkout: Checkout, version: str, reason: str
) -> None:
    done = checkout.run("prepare", version)
    assert (done.returncode, done.stderr) == (1, f"release.py: {reason}\n")
    assert checkout.changelog.read_text() == CHANGELOG
    assert '"1.2.0"' in checkout.package.read_text()


def test_this_checkout_could_be_released_after_preparing(checkout: Checkout) -> None:
    shutil.copyfile(ROOT / "CHANGELOG.md", checkout.changelog)
    shutil.copyfile(ROOT / "src" / "ipif" / "__init__.py", checkout.package)
    done = checkout.run("prepare", "99.0.0")
    if "nothing new" not in done.stderr:
        assert done.returncode == 0, done.stderr
