"""``ipif wait``: wait until an interface is there, or is connected."""

from __future__ import annotations

import ipif
from ipif._cli.arguments import add_family_option, add_interface, families, seconds
from ipif._cli.interfaces import find_luid, read_interface, row_to_json, title_of
from ipif._cli.status import DONE, TIMED_OUT, Failure, failure_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

DESCRIPTION = (
    "Wait until an interface is there, with both families or with that of --family; with "
    "--connected, until it is connected too. It ends with 0 then, and with 6 when the time is up."
)

_SHOWN = {"ipv4": "IPv4", "ipv6": "IPv6"}


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    add_interface(parser)
    add_family_option(parser)
    parser.add_argument("--connected", action="store_true", help="wait until it is connected, too")
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds,
        default=30.0,
        help="how long to wait: 30 seconds unless this says otherwise; 0 looks once",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Wait until an interface is there, or is connected."""
    wanted = families(options)
    output.finish()  # with --json, notes would otherwise come when the command ends
    try:
        rows = ipif.wait_for_interface(
            read_interface(options.interface),
            wanted,
            connected=options.connected or None,
            timeout=options.timeout,
        )
    except ipif.NotReady as error:
        raise _failure(error, options) from error
    row = next(iter(rows.values()))
    alias = ipif.Luid(row["InterfaceLuid"]).alias
    if output.as_json:
        output.json([row_to_json(row, alias) for row in rows.values()])
        return DONE
    connected = [family for family, row in rows.items() if row["Connected"]]
    state = "connected" if connected else "not connected"
    if connected and len(connected) < len(rows):
        state = f"{connected[0]} connected"
    output.sentence(f"{title_of(alias, row, rows)}: ", (state, "good" if connected else "dim"))
    return DONE


def _failure(error: ipif.NotReady, options: argparse.Namespace) -> Failure:
    """Return what the command says when the time is up: the reason, and what a person can do."""
    name = repr(options.interface)
    after = f" after {options.timeout:g} s" if options.timeout else ""
    family = _SHOWN.get(error.family or "", "this family")
    if error.reason == ipif.NotReady.NO_INTERFACE:
        message = f"there is no interface {name}{after}"
        hint = f"{_similar(options.interface)}'ipif list' lists the interfaces"
    elif error.reason == ipif.NotReady.NOT_BOUND:
        message = f"{name} is there, but has no {family}{after}"
        hint = (
            "a new adapter gets its families one after the other, so a longer --timeout may help; "
            f"if not, {family} is switched off on this adapter"
        )
    elif error.reason == ipif.NotReady.FAMILY_DISABLED:
        message = f"no interface of this computer has {family}"
        other = "ipv6" if error.family == "ipv4" else "ipv4"
        hint = (
            f"{family} is disabled on the whole computer, so waiting longer does not help; "
            f"--family {other} waits for {_SHOWN[other]} alone"
        )
    else:
        message = f"{name} is there, but not connected{after}"
        hint = "check the cable, the wireless network or the VPN"
    data = {**failure_of(error).data, "interface": options.interface}
    return Failure(TIMED_OUT, message, hint, **data)


def _similar(text: str) -> str:
    """Return the question whether the alias most similar to *text* was meant, or nothing."""
    try:
        find_luid(text)
    except ipif.InterfaceNotFound as error:
        if error.nearest is not None:
            return f"did you mean {error.nearest!r}? "
    except (ipif.Error, ipif.ValidationError):
        pass
    return ""
