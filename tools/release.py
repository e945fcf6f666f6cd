"""Prepare a release, and check that a tag may be released.

    python3 tools/release.py prepare 0.2.0   # write the version and the changelog
    python3 tools/release.py check v0.2.0    # do the tag, the version and the changelog agree?
    python3 tools/release.py notes v0.2.0    # what the changelog says about it

*check* is what .github/workflows/release.yml asks first: it lists everything that disagrees, and
ends non-zero. The sequence of a release is in CONTRIBUTING.md.
"""

import argparse
import datetime
import re
import sys

from environments import ROOT

PACKAGE = ROOT / "src" / "ipif" / "__init__.py"
CHANGELOG = ROOT / "CHANGELOG.md"

VERSION = r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?"
SET_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
HEADING = re.compile(r"^## \[(.+?)\](?: - (.+))?$\n", re.MULTILINE)
LINK = re.compile(r"^\[(.+?)\]: (\S+)$", re.MULTILINE)
NO_RELEASE = " There is no release yet."


class Changelog:
    """The sections of a changelog, newest first, and its links."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.links = dict(LINK.findall(text))
        headings = list(HEADING.finditer(text))
        ends = [heading.start() for heading in headings[1:]] + [len(text)]
        self.dates = {heading[1]: heading[2] for heading in headings}
        self.sections = {
            heading[1]: LINK.sub("", text[heading.end() : end]).strip()
            for heading, end in zip(headings, ends, strict=True)
        }

    @property
    def repository(self) -> str:
        """The address that all links begin with."""
        return re.sub(r"/(commits|compare|releases)/.*", "", self.links["Unreleased"])


def package_version() -> str:
    """Return ``ipif.__version__`` as the source has it."""
    found = SET_VERSION.search(PACKAGE.read_text(encoding="utf-8"))
    return found[1] if found else ""


def is_date(text: str | None) -> bool:
    try:
        datetime.date.fromisoformat(text or "")
    except ValueError:
        return False
    return True


def problems(tag: str) -> list[str]:
    """Return what speaks against releasing this tag; an empty list when nothing does."""
    if not re.fullmatch("v" + VERSION, tag):
        return [f"the tag {tag!r} is not a v and a version, as v1.2.3 is"]
    version, log, found = tag[1:], Changelog(CHANGELOG.read_text(encoding="utf-8")), []
    if package_version() != version:
        found.append(f"the tag says {version}, __version__ says {package_version()!r}")
    if version not in log.sections:
        return [*found, f"CHANGELOG.md has no section for {version}"]
    if list(log.sections)[:2] != ["Unreleased", version]:
        found.append(f"the section for {version} is not the newest release in CHANGELOG.md")
    if not is_date(log.dates[version]):
        found.append(f"the section for {version} has no date, as 2026-01-31 is one")
    if not log.sections[version]:
        found.append(f"the section for {version} is empty")
    if log.sections.get("Unreleased"):
        found.append("CHANGELOG.md still has changes under Unreleased")
    if not log.links.get(version, "").endswith(f"/releases/tag/{tag}"):
        found.append(f"the link [{version}] in CHANGELOG.md does not lead to /releases/tag/{tag}")
    if not log.links.get("Unreleased", "").endswith(f"/compare/{tag}...HEAD"):
        found.append(f"the link [Unreleased] in CHANGELOG.md is not /compare/{tag}...HEAD")
    if NO_RELEASE.strip() in log.text:
        found.append("CHANGELOG.md says that there is no release yet")
    return found


def check(tag: str) -> int:
    """Print whether the tag may be released; return the exit code."""
    found = problems(tag)
    for problem in found:
        print(f"release.py: {problem}", file=sys.stderr)
    if not found:
        print(f"{tag}: the tag, __version__ and CHANGELOG.md agree")
    return 1 if found else 0


def notes(tag: str) -> int:
    """Print the section of the changelog about this tag; return the exit code."""
    sections = Changelog(CHANGELOG.read_text(encoding="utf-8")).sections
    if tag[1:] not in sections:
        print(f"release.py: CHANGELOG.md has no section for {tag[1:]}", file=sys.stderr)
        return 1
    print(sections[tag[1:]])
    return 0


def prepare(version: str) -> int:
    """Write the version into the package, and name what is unreleased after it."""
    log = Changelog(CHANGELOG.read_text(encoding="utf-8"))
    if not re.fullmatch(VERSION, version):
        print(f"release.py: {version!r} is not a version, as 1.2.3 is", file=sys.stderr)
        return 1
    if version in log.sections or not log.sections.get("Unreleased"):
        what = "already has a section for" if version in log.sections else "has nothing new for"
        print(f"release.py: CHANGELOG.md {what} {version}", file=sys.stderr)
        return 1
    today = datetime.date.today().isoformat()
    links = (
        f"[Unreleased]: {log.repository}/compare/v{version}...HEAD\n"
        f"[{version}]: {log.repository}/releases/tag/v{version}"
    )
    text = log.text.replace(NO_RELEASE, "").replace(
        "## [Unreleased]\n", f"## [Unreleased]\n\n## [{version}] - {today}\n", 1
    )
    text = text.replace(f"[Unreleased]: {log.links['Unreleased']}", links)
    CHANGELOG.write_text(text, encoding="utf-8")
    source = PACKAGE.read_text(encoding="utf-8")
    PACKAGE.write_text(SET_VERSION.sub(f'__version__ = "{version}"', source), encoding="utf-8")
    return check(f"v{version}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepare a release, and check that it is right.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, work, argument, text in (
        ("prepare", prepare, "VERSION", "write the version and the changelog"),
        ("check", check, "TAG", "do the tag, the version and the changelog agree?"),
        ("notes", notes, "TAG", "print what the changelog says about a tag"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("value", metavar=argument)
        command.set_defaults(work=work)
    options = parser.parse_args()
    code: int = options.work(options.value)
    return code


if __name__ == "__main__":
    sys.exit(main())
