"""``ipif report``: sum up what was changed on many computers."""

from __future__ import annotations

import sys

from ipif import reports
from ipif._cli.arguments import file_name
from ipif._cli.output import Column
from ipif._cli.status import DONE, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Sum up reports of many computers, as 'ipif apply --report FILE' and ipif.reports write them: "
    "how many were changed, how many failed, and why. A file has one report, several, or the "
    "answers of 'salt --out=json'. The command ends with 1 when a computer failed."
)
MACHINE = False


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("action", metavar="merge", choices=["merge"], help="sum the reports up")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=file_name,
        help="a file with reports; - is standard input",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Sum up what was changed on many computers."""
    found = []
    for file in options.files:
        found += reports.read(sys.stdin.buffer if file == "-" else file)
    total = reports.merge(found)
    if output.as_json:
        output.json(total)
    else:
        _write(total, output)
    return REFUSED if total["results"]["failed"] else DONE


def _write(total: dict[str, Any], output: Output) -> None:
    counts = {"Hosts": total["hosts"]}
    counts |= {name.capitalize(): number for name, number in total["results"].items()}
    counts["Rolled back"] = len(total["rolled_back"])
    columns = [Column(name, right=True) for name in counts]
    output.table(columns, [[str(number) for number in counts.values()]])
    for title, names in (
        ("rolled back", total["rolled_back"]),
        ("not rolled back completely", total["not_rolled_back"]),
    ):
        if names:
            output.title(title)
            output.sentence(", ".join(names))
    if total["failed"]:
        output.title("failed")
        rows = [
            [str(len(cause["hosts"])), cause["why"], ", ".join(cause["hosts"])]
            for cause in total["failed"]
        ]
        columns = [
            Column("Hosts", right=True),
            Column("Why", fit="wrap"),
            Column("Names", fit="wrap"),
        ]
        output.table(columns, rows)
    if len(total["versions"]) > 1:
        shown = [f"{version or 'unknown'}: {n}" for version, n in total["versions"].items()]
        output.note(f"the hosts have several versions of ipif ({', '.join(shown)})")
