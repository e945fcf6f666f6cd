"""What people meet before the code: hooks, issue forms, links, the changelog."""

import ast
import json
import re
import tomllib

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

import ipif
from ipif import simulation

if not (ROOT / ".pre-commit-config.yaml").exists():
    pytest.skip("the files of the repository are not here: no checkout", allow_module_level=True)

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_hooks_run_every_check_of_the_linter_and_no_other() -> None:
    hooked: list[str] = []
    for line in re.findall(r"^ +args: (\[.*\])$", read(".pre-commit-config.yaml"), re.M):
        hooked += json.loads(line)
    [checks] = [
        node.value
        for node in ast.parse(read("tools/lint.py")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CHECKS"
    ]
    assert isinstance(checks, ast.Dict)
    assert sorted(hooked) == sorted(ast.literal_eval(key) for key in checks.keys if key)


def test_a_bug_report_asks_for_what_doctor_writes() -> None:
    assert "ipif doctor --json" in read(".github/ISSUE_TEMPLATE/bug.yml")
    assert {form.stem for form in FORMS} == {"bug", "feature", "windows-fact"}


def test_the_links_of_the_metadata_lead_into_one_repository() -> None:
    urls: dict[str, str] = tomllib.loads(read("pyproject.toml"))["project"]["urls"]
    assert {"Homepage", "Documentation", "Source", "Changelog", "Issues"} <= set(urls)
    base = urls["Source"]
    for name, url in urls.items():
        assert url.startswith(base), name
        file = url.removeprefix(base).removeprefix("/blob/main/")
        assert file in ("", "/issues") or (ROOT / file).is_file(), name
    for page in ("SECURITY.md", ".github/ISSUE_TEMPLATE/config.yml", "CHANGELOG.md"):
        assert base in read(page)
        assert set(re.findall(r"https://github\.com/[\w-]+/[\w-]+", read(page))) == {base}


def test_security_names_no_address_but_the_private_report() -> None:
    text = read("SECURITY.md")
    assert "/security/advisories/new" in text
    assert not re.search(r"[\w.]+@[\w.]+", text + read("CODE_OF_CONDUCT.md"))


# ---- the changelog

SECTIONS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_the_changelog_has_the_order_and_the_sections_of_keep_a_changelog() -> None:
    text = read("CHANGELOG.md")
    versions = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.M)
    assert versions[0] == ("Unreleased", "")
    dates = [date for _, date in versions[1:]]
    assert all(dates)
    assert dates == sorted(dates, reverse=True)
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        sections = re.findall(r"^### (.+)$", part, re.M)
        assert sections == [name for name in SECTIONS if name in sections]
        assert "### " in part or part.startswith("[Unreleased]")
    for name, _ in versions:
        assert f"\n[{name}]: https://" in text


def test_the_changelog_names_every_public_name() -> None:
    words = set(re.findall(r"\w+", read("CHANGELOG.md")))
    names = {*ipif.__all__, *simulation.__all__} - {"__version__"}
    assert names - words == set()
