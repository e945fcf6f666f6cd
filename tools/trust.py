"""Check memory, threads, faults and hostile input: what the suite alone does not show.

    python3 tools/trust.py                # the short form of every check
    python3 tools/trust.py address fuzz   # of these
    python3 tools/trust.py --long soak    # the long form
    python3 tools/trust.py --list         # what there is, and what each check shows
    python3 tools/trust.py --broken       # each fault in tests/trust/broken must be found
    python3 tools/trust.py address --only tests/native/test_guid.py
                                          # of a check, these tests, calls or scenes

Each check is a module of tools/trust_checks. Checks run side by side, as many as there are
processors, and the output of each is printed when it ends. Ends non-zero when one finds something.

``pytest -m slow tests/trust`` runs the long forms.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Sequence

from environments import run_together
from trust_checks.planted import FAULTS, find_faults

#: The checks, in the order in which they start.
CHECKS = (
    "address",
    "coverage",
    "thread",
    "parallel",
    "memcheck",
    "references",
    "allocations",
    "interrupts",
    "soak",
    "kill",
    "fuzz",
    "processes",
)

#: What does not run in its short form unless it is named, and why.
ONLY_IF_NAMED = {
    "interrupts": "its short form is run with the suite",
    "processes": "its short form is run with the suite",
}


def what(name: str) -> str:
    """Return what a check shows: the first line of its docstring."""
    document = importlib.import_module(f"trust_checks.{name}").__doc__
    assert document is not None, name
    return document.splitlines()[0]


def can_run_only(name: str) -> bool:
    """Return whether a check can run a part of what it has."""
    return hasattr(importlib.import_module(f"trust_checks.{name}"), "run_only")


def run_one(name: str, long: bool, only: Sequence[str]) -> int:
    """Run a check, or of a check what *only* names; return 0 when it found nothing."""
    start = time.monotonic()
    check = importlib.import_module(f"trust_checks.{name}")
    code: int = check.run_only(only) if only else check.run_check(long)
    answer = "nothing found" if code == 0 else "FAILED"
    print(f"== {name}: {answer} ({time.monotonic() - start:.0f} s)", flush=True)
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    parser.add_argument("--long", action="store_true", help="the long form of the checks")
    parser.add_argument(
        "--only",
        nargs=argparse.REMAINDER,
        default=[],
        metavar="WORD",
        help="of one check, these tests, calls or scenes; its module says what it takes",
    )
    parser.add_argument("--broken", nargs="*", metavar="FAULT", help=f"{', '.join(FAULTS)}")
    parser.add_argument("--list", action="store_true", help="list the checks")
    options = parser.parse_args()
    if options.broken is not None:
        return find_faults(options.broken)
    unknown = [name for name in options.names if name not in CHECKS]
    if unknown:
        parser.error(f"no check is called {', '.join(unknown)}; there are {', '.join(CHECKS)}")
    if options.list:
        for name in options.names or CHECKS:
            print(f"{name:14}{what(name)}")
        return 0
    names = options.names or [name for name in CHECKS if options.long or name not in ONLY_IF_NAMED]
    if not options.names and not options.long:
        for name, reason in ONLY_IF_NAMED.items():
            print(f"not run: {name}: {reason}", flush=True)
    if options.only and len(names) > 1:
        parser.error("--only needs the name of one check")
    if options.only and not can_run_only(names[0]):
        can = ", ".join(filter(can_run_only, CHECKS))
        parser.error(f"{names[0]} takes no --only; these do: {can}")
    if len(names) == 1:
        return 1 if run_one(names[0], options.long, options.only) else 0
    long = ["--long"] if options.long else []
    commands = {name: [sys.executable, __file__, *long, name] for name in names}
    failed = [name for name, code in run_together(commands).items() if code != 0]
    print(f"failed: {', '.join(failed)}" if failed else "-- nothing found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
