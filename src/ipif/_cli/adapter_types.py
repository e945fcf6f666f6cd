"""Types of adapters: the option ``--type``."""

from __future__ import annotations

import ipif
from ipif._cli.status import INVALID, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif._cli.arguments import Parser


def add_type_option(parser: Parser) -> None:
    """Add the option that names a type of adapter."""
    parser.add_argument(
        "--type",
        metavar="TYPE",
        help=f"only this type of adapter: {', '.join(_by_name())}, or an ifType number",
    )


def read_type(text: str) -> list[int]:
    """Return the ifType numbers that *text* names."""
    known = _by_name()
    plain = text.strip().lower().replace("-", "")
    if plain in known:
        return known[plain]
    if plain.isascii() and plain.isdigit() and len(plain) < 6:
        return [int(plain)]
    raise Failure(INVALID, f"the type is one of {', '.join(known)}, or a number, not {text[:40]!r}")


def _by_name() -> dict[str, list[int]]:
    """Return the ifType numbers by the name of a type."""
    found: dict[str, list[int]] = {}
    for kind in ipif.IfType:
        found.setdefault(kind.name.lower().rstrip("2"), []).append(int(kind))
    return found
