"""The advice for a name or a value as another tool writes it.

They are not accepted, because a row has one name for each member. A problem names the member.
"""

from __future__ import annotations

from ipif._core.errors import advise
from ipif._core.fields import FIELD_BY_NAME, FIELDS, SETTABLE
from ipif._core.other_tools import WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ipif._core.errors import Problem

#: The member by its name in another tool, in lower case, where that is another name; and by what
#: people call it.
OTHER_NAMES = {
    name.lower(): field.name
    for field in FIELDS
    for name in (field.powershell, field.netsh)
    if name is not None and name.lower() != field.name.lower()
} | {"dad": "DadTransmits", "ipforwarding": "ForwardingEnabled"}


def advise_member(name: str, problems: list[Problem], *, in_row: bool) -> str:
    """Return the advice for a *name* that is no member: the member that is meant, if one is.

    Of a row (*in_row*) every member may be meant, of changes only a settable one.
    """
    known = OTHER_NAMES.get(name[:64].lower().replace("_", ""))
    members = tuple(FIELD_BY_NAME) if in_row else SETTABLE
    if known in members:
        return f"did you mean {known}?"
    return advise(name, members, "ipif.FIELDS lists the members", problems)


def advise_bool(value: Any) -> str:
    """Return what to write for the *value* of a member of kind bool."""
    known = WORDS.get(str.lower(value)) if issubclass(type(value), str) else None
    return "write True or False" if known is None else f"write {known}"
