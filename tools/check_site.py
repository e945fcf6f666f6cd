"""Check the site that Sphinx has built: links, what a browser loads, and what its search finds.

tools/docs.py runs it, with the Python that Sphinx is installed in and the folder of the site.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit

# What people ask, and the page that must be among the first results of the search of the site.
QUESTIONS = {
    "how do I undo": "guides/undo-after-a-crash",
    "undo": "guides/undo-after-a-crash",
    "what does error 1168 mean": "reference/errors",
    "error 1168": "reference/errors",
    "1168": "reference/errors",
    "ERROR_NOT_FOUND": "reference/errors",
    "FamilyNotBound": "reference/errors",
    "WinError 87": "reference/errors",
    "access denied": "reference/errors",
    "what is the range of NlMtu for IPv6": "reference/mib_ipinterface_row",
    "NlMtu": "reference/mib_ipinterface_row",
    "range of NlMtu": "reference/mib_ipinterface_row",
    "NlMtuBytes": "reference/mib_ipinterface_row",
    "InterfaceMetric": "reference/mib_ipinterface_row",
    "how do I test without Windows": "guides/test-without-windows",
    "test without windows": "guides/test-without-windows",
    "does it survive a reboot": "guides/survive-a-restart",
    "survive reboot": "guides/survive-a-restart",
    "which threads call me back": "explanation/threads",
    "callback thread": "explanation/threads",
    "set mtu": "guides/set-the-mtu",
    "change mtu": "guides/set-the-mtu",
    "rollback": "guides/safe-changes",
    "run as a service": "guides/survive-a-restart",
    "VPN DNS": "guides/prefer-an-adapter",
    "update_interface": "reference/changing",
    "Set-NetIPInterface": "coming-from/powershell",
}
FIRST = 3

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
LINK_TYPES = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "dns-prefetch"}


class Page(HTMLParser):
    """The links of a page, what a browser loads for it, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
        if tag in LOADED and LOADED[tag] in values:
            self.loaded.add(values[LOADED[tag]])
        if tag == "link" and LINK_TYPES & set(values.get("rel", "").split()):
            self.loaded.add(values["href"])


class Result(NamedTuple):
    """A line of the result of a search; the order is that of Sphinx' search."""

    score: int
    title: str
    page: str


def is_external(target: str) -> bool:
    return bool(urlsplit(target).scheme) or target.startswith("//")


def check_links(site: Path) -> Iterator[str]:
    """Yield each link that leads nowhere, and each resource of another server.

    The external links are written into external-links.txt; nobody asks for them.
    """
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    external: set[str] = set()
    for path, page in pages.items():
        name = path.relative_to(site)
        for target in sorted(page.links | page.loaded):
            if is_external(target):
                if target in page.loaded and not target.startswith("data:"):
                    yield f"{name}: a browser loads {target} from another server"
                external.add(target)
                continue
            file, anchor = urldefrag(target)
            file = unquote(urlsplit(file).path)
            found = (path.parent / file).resolve() if file else path
            if not found.is_file():
                yield f"{name}: {target} does not exist"
            elif anchor and found in pages and unquote(anchor) not in pages[found].anchors:
                yield f"{name}: {target} has no such anchor"
    for path in site.rglob("*.css"):
        for target in re.findall(r"url\(\s*['\"]?([^'\")]+)", path.read_text(encoding="utf-8")):
            if is_external(target) and not target.startswith("data:"):
                yield f"{path.relative_to(site)}: a browser loads {target} from another server"
    lines = sorted(target for target in external if not target.startswith("data:"))
    listing = site.parent / "external-links.txt"
    listing.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"{len(pages)} pages; {len(lines)} external links, listed in {listing}")


# ---- the search, as searchtools.js does it


class Search:
    """The search of the site."""

    def __init__(self, site: Path) -> None:
        text = (site / "searchindex.js").read_text(encoding="utf-8")
        self.index: dict[str, Any] = json.loads(text[text.index("(") + 1 : text.rindex(")")])
        self.language = importlib.import_module("sphinx.search.en").SearchEnglish({})

    def find(self, query: str) -> list[str]:
        """Return the pages that a *query* finds, the best first."""
        words = re.findall(r"\w+", query.lower())
        results = [*self._titles(query.lower()), *self._entries(query.lower(), True)]
        for word in words:
            results += self._objects(word, words)
        results += self._texts(words)
        less = self._entries(query.lower(), False)
        ordered = [*sorted(results, key=rank), *sorted(less, key=rank)]
        return list(dict.fromkeys(one.page for one in ordered))

    def _titles(self, query: str) -> Iterator[Result]:
        for title, places in self.index["alltitles"].items():
            if query in title.lower() and len(query) >= len(title) / 2:
                for number, _ in places:
                    boost = self.index["titles"][number] == title
                    score = round(15 * len(query) / len(title)) + boost
                    yield self._result(score, title, number)

    def _entries(self, query: str, are_main: bool) -> Iterator[Result]:
        for entry, places in self.index["indexentries"].items():
            if query in entry and len(query) >= len(entry) / 2:
                for number, _, is_main in places:
                    if is_main == are_main:
                        score = round(100 * len(query) / len(entry))
                        yield self._result(score, self.index["titles"][number], number)

    def _objects(self, word: str, words: list[str]) -> Iterator[Result]:
        for prefix, objects in self.index["objects"].items():
            for number, kind, priority, _, name in objects:
                full = f"{prefix}.{name}" if prefix else name
                last = full.lower().rpartition(".")[2]
                if word not in full.lower():
                    continue
                title = self.index["titles"][number]
                text = f"{prefix} {name} {self.index['objnames'][str(kind)][2]} {title}".lower()
                if all(other in text for other in words if other != word):
                    score = {0: 15, 1: 5, 2: -5}.get(priority, 0)
                    if word in (full.lower(), last):
                        score += 11
                    elif word in last:
                        score += 6
                    yield self._result(score, full, number)

    def _texts(self, words: list[str]) -> Iterator[Result]:
        stems = {
            self.language.stem(word)
            for word in words
            if word not in self.language.stopwords and not word.isdigit()
        }
        scores: dict[int, dict[str, int]] = {}
        for stem in stems:
            for table, whole, part in (("terms", 5, 2), ("titleterms", 15, 7)):
                terms = self.index[table]
                found = {stem: whole} if stem in terms else {}
                if not found and len(stem) > 2:
                    found = {term: part for term in terms if stem in term}
                for term, score in found.items():
                    pages = terms[term]
                    for number in [pages] if isinstance(pages, int) else pages:
                        scores.setdefault(number, {})[stem] = score
        needed = {len(stems), len([stem for stem in stems if len(stem) > 2])}
        for number, found in scores.items():
            if len(found) in needed:
                title = self.index["titles"][number]
                yield self._result(max(found.values()), title, number)

    def _result(self, score: int, title: str, number: int) -> Result:
        return Result(score, title, self.index["docnames"][number])


def rank(result: Result) -> tuple[int, str]:
    return -result.score, result.title.lower()


def check_search(site: Path) -> Iterator[str]:
    """Yield each question whose page is not among the first results."""
    search = Search(site)
    for question, page in QUESTIONS.items():
        found = search.find(question)[:FIRST]
        if page not in found:
            yield f"the search for {question!r} finds {found}, not {page}"


def main() -> int:
    site = Path(sys.argv[1]).resolve()
    problems = [*check_links(site), *check_search(site)]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
