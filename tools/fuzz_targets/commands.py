"""Command lines: every one ends with a status of the table, and without a traceback."""

import io
import json
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif import simulation
    from ipif._cli import status
    from ipif._cli.commands import COMMANDS
    from ipif._cli.main import main
    from ipif._sim.control import control
    from ipif.dsc.manifests import METHODS, RESOURCES

from fuzz_targets.values import Values, folder_in_memory, fuzz, require, small_snapshot

#: They wait for something to happen.
WAITING = {"watch", "wait", "guard"}
NAMES: list[str] = [name for name in COMMANDS if name not in WAITING]
FILES = ("lab.json", "desired.json", "journal.json", "none.json")
OPTIONS = ["--json", "--wide", "--simulate", "--dry-run", "--journal", "--force", "--anonymous"]
OPTIONS += ["--help", "--version", "--family", "--all", "--debug", "-4", "-6", "--", "-x"]
MEMBERS = [field.name for field in ipif.FIELDS]
WORDS: list[str] = [
    *FILES,
    *MEMBERS,
    *OPTIONS,
    *NAMES,
    "Ethernet",
    "Wi-Fi",
    "13",
    "luid:1",
    "both",
    "ipv4",
]
RESOURCE_TYPES: list[str] = [*RESOURCES]
WORDS += ["ipv6", "8.8.8.8", "::1", "Metric=auto", "NlMtu=1400", "NlMtu=", "=", "{}", "*"]

FOLDER = folder_in_memory()
os.chdir(FOLDER)

simulation.load(small_snapshot())
FIRST = control().dump()
simulation.save("first.json")


def a_word(values: Values) -> str:
    kind = values.below(8)
    if kind < 5:
        return values.one_of(WORDS)
    if kind == 5:
        return f"{values.one_of(MEMBERS)}={values.number()}"
    # A name of a file must not lead out of the folder.
    return values.text().replace("/", "").replace("\0", "")


def write_files(values: Values) -> None:
    for name in os.listdir("."):
        if name != "first.json":
            os.unlink(name)
    shutil.copyfile("first.json", "lab.json")
    with open("desired.json", "w", encoding="utf-8", errors="replace") as file:
        file.write('{"interfaces": [{"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}}]}')
    with open("journal.json", "wb") as file:
        file.write(values.bytes.ConsumeBytes(values.below(30)))


def an_instance(values: Values) -> object:
    """Return an instance of a resource of DSC that may be right."""
    if values.chance(3):
        return values.json(3)
    match = values.one_of(({"alias": "Ethernet"}, {"alias": "*"}, values.json(1)))
    section = {values.one_of(MEMBERS): values.json(1) for _ in range(values.below(4))}
    if values.chance(2):
        return {"interfaces": [{"match": match, "ipv4": section}]}
    return {"match": match, "family": values.one_of(("ipv4", "ipv6")), **section}


def one(data: bytes) -> None:
    values = Values(data)
    control().load(FIRST)
    write_files(values)
    words = [values.one_of(NAMES)] + [a_word(values) for _ in range(values.below(7))]
    is_dsc = words[0] == "dsc"
    if is_dsc and not values.chance(8):
        words = ["dsc", values.one_of(RESOURCE_TYPES), values.one_of(METHODS)]
    text = json.dumps(an_instance(values)) if is_dsc else ""
    stdin = io.BytesIO(text.encode("utf-8", "replace"))
    sys.stdin = io.TextIOWrapper(io.BufferedReader(stdin), "utf-8")
    if any(word in WAITING or word.startswith(("--c", "--u")) for word in words):
        return  # --confirm and --until-enter wait, too; options may be shortened
    if words[0] == "snapshot" and values.chance(2):
        words.append("new.json")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        found = main(words)
    told = err.getvalue()
    require(found in status.MEANINGS, words, found)
    require("internal error" not in told, words, told)
    require("--debug" in words or "Traceback" not in told, words, told)
    require(found == 0 or told or found == status.REFUSED, words, found)
    if is_dsc and len(words) == 3:
        for line in (out.getvalue() + told).splitlines():
            json.loads(line)


try:
    fuzz(one)
finally:
    os.chdir(os.path.dirname(sys.executable))
    shutil.rmtree(FOLDER)
