"""Write docs/cookbook.md from tests/test_jobs.py, after every change of the jobs.

    python tools/cookbook.py            # writes the page
    python tools/cookbook.py --check    # only compares, and ends with 1 when it differs

A job becomes a recipe: its name the title, its docstring the text, and its fixtures the scene, so
that each example runs as it stands.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests" / "test_jobs.py"
PAGE = ROOT / "docs" / "cookbook.md"

HEAD = """\
# Cookbook

What programs do with IP interfaces, as short as it gets. Each recipe runs as it stands, on the
simulation: the scene comes first, under its comments, and `assert` tells what comes out. On a
Windows computer leave both away.

This page is made by `tools/cookbook.py` from [the tests of these jobs](../tests/test_jobs.py):
change it there.
"""

PREFIX = "test_job_"
CHAPTER = re.compile(r"# -{4} (.+)")
SPELLING = {
    "ipv4": "IPv4",
    "ipv6": "IPv6",
    "mtu": "MTU",
    "tun": "TUN",
    "vpn": "VPN",
    "wireguard": "WireGuard",
}
WIDTH = 125

Import: TypeAlias = ast.Import | ast.ImportFrom


class Fixture(NamedTuple):
    """A part of a scene: what is done before the job, and what after it."""

    needs: tuple[str, ...]
    before: str
    after: str


class Jobs:
    """The source of the jobs, taken to pieces."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()
        self.imports: list[Import] = []
        self.fixtures: dict[str, Fixture] = {}
        self.chapters: dict[str, list[ast.FunctionDef]] = {}
        titles = [match and match[1] for match in map(CHAPTER.fullmatch, self._lines)]
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.imports.append(node)
            elif not isinstance(node, ast.FunctionDef):
                continue
            elif "pytest.fixture" in map(ast.unparse, node.decorator_list):
                self.fixtures[node.name] = self._fixture(node)
            elif node.name.startswith(PREFIX):
                title = next(filter(None, reversed(titles[: node.lineno])))
                self.chapters.setdefault(title, []).append(node)

    def code(self, nodes: Sequence[ast.stmt]) -> str:
        """Return the source of *nodes*, which follow each other in a function."""
        if not nodes:
            return ""
        lines = self._lines[nodes[0].lineno - 1 : nodes[-1].end_lineno]
        return textwrap.dedent("\n".join(lines)) + "\n"

    def _fixture(self, node: ast.FunctionDef) -> Fixture:
        """Return the fixture *node* as plain code that leaves its value in a variable."""
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        ends = False
        for statement in node.body[1:]:
            (after if ends else before).append(statement)
            value = statement.value if isinstance(statement, ast.Expr) else statement
            ends = ends or isinstance(value, (ast.Return, ast.Yield))
        code = re.sub(r"^(?:return|yield) ", f"{node.name} = ", self.code(before), flags=re.M)
        code = re.sub(r"^yield\n", "", code, flags=re.M)
        text = " ".join((ast.get_docstring(node) or "").split())
        return Fixture(parameters(node), f"# {text}\n{code}", self.code(after))

    def scene(self, names: Iterable[str]) -> Iterator[Fixture]:
        """Yield the fixtures *names*, each after those that it needs."""
        done: set[str] = set()
        for name in names:
            for needed in (*self.fixtures[name].needs, name):
                if needed not in done:
                    done.add(needed)
                    yield self.fixtures[needed]

    def recipe(self, job: ast.FunctionDef) -> str:
        """Return the code of *job* and its scene, as a program of its own."""
        scene = list(self.scene(parameters(job)))
        parts = [*(fixture.before for fixture in scene), self.code(job.body[1:])]
        parts += [fixture.after for fixture in reversed(scene) if fixture.after]
        return "\n".join([*self.used_imports("".join(parts)), *parts])

    def used_imports(self, code: str) -> Iterator[str]:
        """Yield the imports that *code* needs: those of the standard library, and the others."""
        used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
        groups: dict[bool, str] = {}
        for statement in self.imports:
            names = [name for name in statement.names if (name.asname or name.name) in used]
            if names:
                source = getattr(statement, "module", names[0].name)
                lines = ast.unparse(_only(statement, names)) + "\n"
                groups[source == "ipif"] = groups.get(source == "ipif", "") + lines
        yield from groups.values()


def _only(statement: Import, names: list[ast.alias]) -> Import:
    """Return an import of *names*, from where *statement* has them."""
    if isinstance(statement, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(statement.module, names, statement.level)


def parameters(node: ast.FunctionDef) -> tuple[str, ...]:
    """Return the names of the parameters of *node*."""
    return tuple(argument.arg for argument in node.args.args)


def title_of(job: ast.FunctionDef) -> str:
    """Return the title of a recipe."""
    words = [SPELLING.get(word, word) for word in job.name.removeprefix(PREFIX).split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]


def link_to(title: str) -> str:
    """Return a link to the heading *title* of this page."""
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    return f"[{title}](#{anchor})"


def page(jobs: Jobs) -> str:
    """Return the text of the page."""
    contents = []
    for chapter, members in jobs.chapters.items():
        contents.append(f"* {link_to(chapter)}")
        contents.extend(f"  * {link_to(title_of(job))}" for job in members)
    parts = [HEAD, "\n".join(contents) + "\n"]
    for chapter, members in jobs.chapters.items():
        parts.append(f"## {chapter}\n")
        for job in members:
            text = " ".join((ast.get_docstring(job) or "").split())
            parts.append(f"### {title_of(job)}\n")
            parts.append(textwrap.fill(text, WIDTH) + "\n")
            parts.append(f"```python\n{jobs.recipe(job)}```\n")
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write or check docs/cookbook.md.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    text = page(Jobs(SOURCE.read_text(encoding="utf-8")))
    if not check:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE} is not what tools/cookbook.py makes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
