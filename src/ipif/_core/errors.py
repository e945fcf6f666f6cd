"""The exceptions of ipif.

:class:`Error` and its subclasses say that Windows refused a call; each has the error code in
``winerror``, exactly as Windows gave it. :class:`ValidationError` says that a value was refused
before any call.
"""

from __future__ import annotations

from errno import EACCES, EBADF, EINVAL, ENOENT, ENOMEM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from ipif._transaction import Change

    _E = TypeVar("_E", bound="Error")


class Error(OSError):
    """Windows refused a call.

    ``winerror`` is the code, ``strerror`` the system's text for it, ``errno`` what CPython makes of
    the code, ``function`` the Windows function, ``interface`` and ``family`` what it was asked
    about, and ``hint`` what a person can do. Attributes and text are the same on every system.

    There is no ``__init__``: OSError keeps its arguments and the attributes through pickling and
    copying by itself.
    """

    __module__ = "ipif"

    # On Windows this hides OSError's own, which takes no code above 2**31 - 1.
    winerror: int | None = None  # type: ignore[assignment, unused-ignore]
    function: str | None = None
    interface: object = None
    family: str | None = None
    hint: str = ""

    def __str__(self) -> str:
        if self.function is None:
            return super().__str__()
        arguments = [] if self.interface is None else [repr(self.interface)]
        if self.family is not None:
            arguments.append(self.family)
        call = f"{self.function}({', '.join(arguments)})"
        return f"[WinError {self.winerror}] {self.strerror}: {call}"


class AccessDenied(Error, PermissionError):
    """5, ERROR_ACCESS_DENIED: only an elevated administrator may change an interface."""

    __module__ = "ipif"


class InterfaceNotFound(Error, FileNotFoundError):
    """2, ERROR_FILE_NOT_FOUND: no interface has this index, LUID, alias or GUID."""

    __module__ = "ipif"


class FamilyNotBound(Error):
    """1168, ERROR_NOT_FOUND: the interface exists, but not for this address family."""

    __module__ = "ipif"


class InvalidRow(Error, ValueError):
    """87, ERROR_INVALID_PARAMETER: Windows refuses a value.

    ``members`` are the members of the row that differ from the current one, so one of these it
    must be. It is empty where the call was no Set.
    """

    __module__ = "ipif"

    members: tuple[str, ...] = ()


class ApplyError(Error):
    """Several changes belong together, and one failed: the others were undone, or could not be.

    ``winerror``, ``function``, ``interface`` and ``family`` are those of the call that failed,
    which is the ``__cause__``; ``winerror`` is ``None`` when every call succeeded and a value that
    was read back is another one than was written.

    ``done`` lists each :class:`ipif.Change` that had been made. Each of them is either in
    ``undone`` (its row holds the earlier value again, or is gone) or in ``not_undone``.
    """

    __module__ = "ipif"

    done: Sequence[Change] = ()
    undone: Sequence[Change] = ()
    not_undone: Sequence[Change] = ()


class NotReady(Error, TimeoutError):
    """The rows that somebody waited for have not come in time.

    ``reason`` is :attr:`NO_INTERFACE`, :attr:`NOT_BOUND` or :attr:`NO_STACK`. ``winerror``,
    ``function`` and ``family`` are those of the last look, which is the ``__cause__``.
    """

    __module__ = "ipif"

    #: Nothing has this index, LUID, alias or GUID.
    NO_INTERFACE = "no such interface"
    #: The interface exists without this family: it has just been created and waiting longer may
    #: help, or the binding is switched off on this adapter.
    NOT_BOUND = "family not bound to it"
    #: No interface at all has this family: its stack is disabled, and waiting does not help.
    NO_STACK = "no interface has this family"

    reason: str = ""


class RestoreWarning(UserWarning):
    """Something was not put back, because somebody else has changed it meanwhile."""

    __module__ = "ipif"


class Problem:
    """One thing that is wrong with a value: which, why, and what to write instead."""

    __module__ = "ipif"

    def __init__(self, member: str, value: object, rule: str, advice: str) -> None:
        self.member = member
        self.value = value
        self.rule = rule
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.member} = {shown(self.value)}: {self.rule}; {self.advice}"

    def __repr__(self) -> str:
        return (
            f"Problem(member={self.member!r}, value={shown(self.value)}, "
            f"rule={self.rule!r}, advice={self.advice!r})"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (self.member, self.value, self.rule, self.advice) == (
            other.member,
            other.value,
            other.rule,
            other.advice,
        )

    __hash__ = None  # type: ignore[assignment]


class ValidationError(ValueError):
    """Values were refused before any call. ``problems`` lists all of them, ``str()`` too."""

    __module__ = "ipif"

    @property
    def problems(self) -> list[Problem]:
        """Every :class:`Problem`, in the order of the members as they were given."""
        found: list[Problem] = self.args[0]
        return found

    def __str__(self) -> str:
        problems = self.problems
        if len(problems) == 1:
            return str(problems[0])
        lines = [f"{len(problems)} problems:"]
        lines.extend(f"  {problem}" for problem in problems)
        return "\n".join(lines)


def shown(value: object) -> str:
    """Return a short ``repr`` of *value*, whatever kind of object it is."""
    try:
        text = repr(value)
    except Exception:  # an int of more than 4300 digits, or a broken __repr__
        return f"<{type(value).__name__}>"
    return text if len(text) <= 100 else text[:97] + "..."


def suggest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of *names* that *name* resembles most, or ``None``; case does not matter."""
    from difflib import get_close_matches

    plain = {known.lower(): known for known in names}
    wanted = name[:64].lower().replace("_", "")
    for match in get_close_matches(wanted, plain, n=1, cutoff=0.7):
        return plain[match]
    return None


_MANY = 100


def advise(name: object, names: Iterable[str], otherwise: str, problems: list[Problem]) -> str:
    """Return "did you mean ...?" for an unknown *name*, or *otherwise*.

    After many *problems* it is no misspelling any more, and a search for each would take long.
    """
    better = suggest(name, names) if isinstance(name, str) and len(problems) < _MANY else None
    return f"did you mean {better}?" if better else otherwise


_ERRNO = {2: ENOENT, 5: EACCES, 6: EBADF, 8: ENOMEM}
_CLASSES = {2: InterfaceNotFound, 5: AccessDenied, 87: InvalidRow, 1168: FamilyNotBound}

# What the ConvertInterface... functions answer for a name, LUID or GUID that nobody has differs
# from function to function.
_NOT_CONVERTED = frozenset((2, 87, 123, 1168))

_ELEVATE = (
    "Only an elevated administrator may change an interface. Start the program by 'Run as "
    "administrator', or give it an application manifest with "
    '<requestedExecutionLevel level="requireAdministrator"/>, so that Windows asks for the '
    "elevation when it starts. Being a member of the Administrators group is not enough."
)
_NOT_FOUND = (
    "No interface has this index, LUID, alias or GUID now. An index can change when the adapter "
    "is disabled and enabled again; the LUID stays. ipif.list_interfaces() shows all."
)
_NOT_BOUND = (
    "The interface exists, but not for this address family. Just after an adapter was created that "
    "is so for a moment, because its IPv4 and IPv6 rows appear separately: wait and ask again. "
    "If it stays so, the family is disabled on this adapter (its binding is off) or on the whole "
    "computer (DisabledComponents in the registry)."
)


def from_win32(
    winerror: int,
    strerror: str,
    function: str,
    interface: object = None,
    family: str | None = None,
    members: Sequence[str] = (),
) -> Error:
    """Return the exception for an error code of Windows; the native module raises it.

    *interface* is an index, an alias, a ``uuid.UUID``, or ``("luid", value)``, which tells a LUID
    from an index. *members* are those that Set may have objected to.
    """
    if winerror in _NOT_CONVERTED and function.startswith("ConvertInterface"):
        cls: type[Error] = InterfaceNotFound
    else:
        cls = _CLASSES.get(winerror, Error)
    number = _ERRNO.get(winerror, EINVAL)
    error = cls(number, strerror)
    error.winerror = winerror
    if type(interface) is tuple:
        from ipif._luid import Luid

        interface = Luid(interface[1])
    error.function = function
    error.interface = interface
    error.family = family
    error.hint = _hint(error, tuple(members))
    if isinstance(error, InvalidRow):
        error.members = tuple(members)
    if error.hint:
        error.add_note(error.hint)
    return error


def derived(cls: type[_E], error: Error, text: str) -> _E:
    """Return a *cls* that says *text* about the call that *error* is about."""
    new = cls(error.errno, text)
    new.winerror = error.winerror
    new.function = error.function
    new.interface = error.interface
    new.family = error.family
    new.hint = error.hint
    return new


def _hint(error: Error, members: tuple[str, ...]) -> str:
    """Return what a person can do about *error*, or an empty text."""
    if isinstance(error, AccessDenied):
        return _ELEVATE
    if isinstance(error, InterfaceNotFound):
        return _NOT_FOUND
    if isinstance(error, FamilyNotBound):
        # Of a table it only says that there is no row to put into it.
        return "" if error.interface is None else _NOT_BOUND
    if not isinstance(error, InvalidRow) or error.function != "SetIpInterfaceEntry":
        return ""
    if not members:
        return "Windows refuses a value, although the row says what the current one says."
    hint = f"Windows does not say which value it refuses. New in this row: {', '.join(members)}."
    if "SitePrefixLength" in members and error.family == "ipv4":
        hint += (
            " SitePrefixLength must be 0 for IPv4, although GetIpInterfaceEntry returns 64: "
            "ipif.set_interface() and ipif.update_interface() see to that."
        )
    return hint
