"""Write docs/guides/cookbook.md from tests/integrations/test_jobs.py.

Run it after every change of the jobs.

    python tools/cookbook.py            # writes the page
    python tools/cookbook.py --check    # only compares, and ends with 1 when it differs

A job becomes a recipe: its name the title, its docstring the text, and its fixtures the scene, so
that each example runs as it stands.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests" / "integrations" / "test_jobs.py"
PAGE = ROOT / "docs" / "guides" / "cookbook.md"

HEAD = """\
# Cookbook

Common jobs with IP interfaces, in a few lines each. Each recipe runs as it stands, on the
simulation: the setup comes first, under its comments, and `assert` shows the result. On a Windows
computer leave both out.

This page is made by `tools/cookbook.py` from
the tests of these jobs, `tests/integrations/test_jobs.py`: change it there.
"""

PREFIX = "test_job_"
CHAPTER = re.compile(r"# -{4} (.+)")
SPELLING = {word.lower(): word for word in ("IPv4", "IPv6", "MTU", "TUN", "VPN", "WireGuard")}
WIDTH = 125


class Jobs:
    """The source of the jobs, taken to pieces: imports, fixtures by name, jobs by chapter."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()
        nodes = ast.parse(source).body
        self.imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
        self.fixtures: dict[str, ast.FunctionDef] = {}
        self.chapters: dict[str, list[ast.FunctionDef]] = {}
        for node in nodes:
            if not isinstance(node, ast.FunctionDef):
                continue
            if "pytest.fixture" in map(ast.unparse, node.decorator_list):
                self.fixtures[node.name] = node
            elif node.name.startswith(PREFIX):
                titles = filter(None, map(CHAPTER.fullmatch, self.lines[: node.lineno]))
                self.chapters.setdefault(list(titles)[-1][1], []).append(node)

    def code(self, nodes: list[ast.stmt]) -> str:
        """Return the source of *nodes*, which follow each other in a function."""
        if not nodes:
            return ""
        lines = self.lines[nodes[0].lineno - 1 : nodes[-1].end_lineno]
        return textwrap.dedent("\n".join(lines)) + "\n"

    def scene(self, name: str) -> tuple[str, str]:
        """Return what a fixture does before the job, its value in a variable, and what after it."""
        node = self.fixtures[name]
        yields = [isinstance(getattr(each, "value", None), ast.Yield) for each in node.body]
        end = yields.index(True) + 1 if True in yields else len(node.body)
        code = re.sub(r"^(?:return|yield) ", f"{name} = ", self.code(node.body[1:end]), flags=re.M)
        code = re.sub(rf"^yield\n|^{name} = {name}\n", "", code, flags=re.M)
        return f"# {text_of(node)}\n{code}", self.code(node.body[end:])

    def recipe(self, job: ast.FunctionDef) -> str:
        """Return the code of *job* and its scenes, as a program of its own."""
        names: dict[str, None] = {}  # without duplicates, each after those that it needs
        for argument in job.args.args:
            needed = self.fixtures[argument.arg].args.args
            names |= dict.fromkeys(each.arg for each in (*needed, argument))
        scenes = [self.scene(name) for name in names]
        parts = [*(before for before, _ in scenes), self.code(job.body[1:])]
        parts += [after for _, after in reversed(scenes) if after]
        return "\n".join([*self.used_imports("".join(parts)), *parts])

    def used_imports(self, code: str) -> Iterator[str]:
        """Yield the imports that *code* needs: those of the standard library, and the others."""
        used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
        groups: dict[bool, str] = {}
        for node in self.imports:
            aliases = [each for each in node.names if (each.asname or each.name) in used]
            if aliases:
                names = ", ".join(map(ast.unparse, aliases))
                module = node.module if isinstance(node, ast.ImportFrom) else None
                line = f"from {module} import {names}\n" if module else f"import {names}\n"
                ours = (module or names).split(".")[0] == "ipif"
                groups[ours] = groups.get(ours, "") + line
        yield from groups.values()


def text_of(node: ast.FunctionDef) -> str:
    """Return the docstring of a function on one line."""
    return " ".join((ast.get_docstring(node) or "").split())


def title_of(job: ast.FunctionDef) -> str:
    """Return the title of a recipe."""
    text = " ".join(SPELLING.get(word, word) for word in job.name[len(PREFIX) :].split("_"))
    return text[0].upper() + text[1:]


def page(jobs: Jobs) -> str:
    """Return the text of the page."""
    text = ""
    for chapter, members in jobs.chapters.items():
        text += f"\n## {chapter}\n"
        for job in members:
            about, code = textwrap.fill(text_of(job), WIDTH), jobs.recipe(job)
            text += f"\n### {title_of(job)}\n\n{about}\n\n```python\n{code}```\n"
    contents = ""
    for level, title in re.findall(r"^##(#?) (.+)", text, re.M):
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        contents += f"{'  ' if level else ''}* [{title}](#{anchor})\n"
    return f"{HEAD}\n{contents}{text}"


if __name__ == "__main__":
    text = page(Jobs(SOURCE.read_text(encoding="utf-8")))
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE} is not what tools/cookbook.py makes")
