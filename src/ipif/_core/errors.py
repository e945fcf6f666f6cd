"""Exceptions for calls that Windows refuses, and for values refused before any call.

:class:`Error` and its subclasses: Windows refused a call; ``winerror`` holds its error code.
:class:`ValidationError`: a value was refused before any call. Transactions and
``wait_for_interface`` define their own exceptions.
"""

from __future__ import annotations

from errno import EACCES, EBADF, EINVAL, ENOENT, ENOMEM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeVar

    _E = TypeVar("_E", bound="Error")


class Error(OSError):
    """Windows refused a call.

    Catch this class for every error of Windows. Its subclasses are for the errors that a program
    can do something about. The attributes and the text are the same on every system. They are kept
    when the exception is pickled or copied.

    Attributes:
        winerror: The error code of Windows. ``None`` when no call failed.
        strerror: The system's text for the code, in the language of the system.
        errno: The nearest POSIX number.
        function: The Windows function, such as ``"SetIpInterfaceEntry"``.
        interface: The interface that the call was about, as the caller named it, or ``None``.
        family: The family that the call was about, ``"ipv4"`` or ``"ipv6"``, or ``None``.
        destination: The destination of :func:`ipif.best_route`, or ``None``.
        source: The source address of :func:`ipif.best_route`, or ``None``.
        hint: Advice for the user. An empty string when there is none.

    Example:
        >>> import ipif
        >>> try:
        ...     ipif.get_interface(99, "ipv4")
        ... except ipif.Error as error:
        ...     print(error.winerror, error.function, error.interface, error.family)
        2 GetIpInterfaceEntry 99 ipv4
    """

    # There is no __init__: OSError itself keeps arguments and attributes when an exception is
    # pickled or copied.

    __module__ = "ipif"

    # On Windows this hides OSError.winerror, which cannot hold a code above 2**31 - 1.
    winerror: int | None = None  # type: ignore[assignment, unused-ignore]
    """The error code of Windows. ``None`` when no call failed."""
    function: str | None = None
    """The Windows function, such as ``"SetIpInterfaceEntry"``."""
    interface: object = None
    """The interface that the call was about, as the caller named it, or ``None``."""
    family: str | None = None
    """The family that the call was about, ``"ipv4"`` or ``"ipv6"``, or ``None``."""
    destination: object = None
    """The destination of :func:`ipif.best_route`, or ``None``."""
    source: object = None
    """The source address of :func:`ipif.best_route`, or ``None``."""
    hint: str = ""
    """Advice for the user. An empty string when there is none."""

    def __str__(self) -> str:
        if self.function is None:
            return super().__str__()
        arguments = [] if self.interface is None else [repr(self.interface)]
        if self.family is not None:
            arguments.append(self.family)
        if self.destination is not None:
            arguments.append(f"destination {self.destination}")
        if self.source is not None:
            arguments.append(f"source {self.source}")
        call = f"{self.function}({', '.join(arguments)})"
        return f"[WinError {self.winerror}] {self.strerror}: {call}"

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            ``error`` is the name of the class, ``text`` is ``str()`` of the error, and ``message``
            is ``strerror``. The rest are the attributes. Those that are ``None`` are left out.
        """
        found = {"error": type(self).__name__, "text": str(self), "message": self.strerror}
        for name in ("winerror", "function", "interface", "family", "destination", "source"):
            found[name] = getattr(self, name)
        found["hint"] = self.hint
        return {name: json_value(value) for name, value in found.items() if value is not None}


class AccessDenied(Error, PermissionError):
    """ERROR_ACCESS_DENIED (5): only an elevated administrator may change an interface.

    It is a ``PermissionError`` too. Its ``hint`` says how a program gets elevated.

    Example:
        >>> import ipif
        >>> ipif.simulation.elevated(False)
        >>> try:
        ...     ipif.update_interface("Ethernet", "ipv4", NlMtu=1400)
        ... except ipif.AccessDenied as error:
        ...     print(error.winerror, error.function)
        5 SetIpInterfaceEntry
    """

    __module__ = "ipif"


class InterfaceNotFound(Error, FileNotFoundError):
    """ERROR_FILE_NOT_FOUND (2): no interface has this index, LUID, alias or GUID.

    It is a ``FileNotFoundError`` too, and ``errno`` is always ENOENT. ``winerror`` is 87, 123 or
    1168 when a ConvertInterface function returned that code.

    Attributes:
        nearest: The existing alias most similar to an unknown one, or ``None``.

    Example:
        >>> import ipif
        >>> try:
        ...     ipif.get_interface("WiFi", "ipv4")
        ... except ipif.InterfaceNotFound as error:
        ...     print(error.interface, "->", error.nearest)
        WiFi -> Wi-Fi
    """

    __module__ = "ipif"

    nearest: str | None = None
    """The existing alias most similar to an unknown one, or ``None``."""

    def __str__(self) -> str:
        call = super().__str__()
        if self.function is None or self.interface is None:
            return call
        better = "."
        if self.nearest is not None:
            better = f"; did you mean {self.nearest!r}?"
        elif isinstance(self.interface, str):
            from ipif._core.forms import index_digits

            index = index_digits(self.interface)
            if index is not None:
                better = f"; for the index write the int {index}."
        return f"no interface {_described(self.interface)}{better} {call}"

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            What :meth:`ipif.Error.to_json` returns, and ``nearest``, which may be ``None``.
        """
        return {**super().to_json(), "nearest": self.nearest}


class FamilyNotBound(Error):
    """ERROR_NOT_FOUND (1168): the interface exists, but not for this address family.

    Either the adapter has just been created and its row will appear in a moment, or the family is
    disabled: on this adapter or on the whole computer. :func:`ipif.wait_for_interface` waits for
    the row, and says which of these it is.

    Example:
        >>> import ipif
        >>> ipif.simulation.unbind("Ethernet", "ipv6")
        >>> try:
        ...     ipif.get_interface("Ethernet", "ipv6")
        ... except ipif.FamilyNotBound as error:
        ...     print(error.winerror, error.interface, error.family)
        1168 Ethernet ipv6
    """

    __module__ = "ipif"


class InvalidRow(Error, ValueError):
    """ERROR_INVALID_PARAMETER (87): Windows refuses a value.

    It is a ``ValueError`` too.

    Attributes:
        members: The members of the row that differ from the current one. Windows refuses at least
            one of these. Empty when the call was not SetIpInterfaceEntry.

    Example:
        >>> import socket
        >>> import ipif
        >>> row = {"Family": socket.AF_INET, "InterfaceIndex": 13, "SitePrefixLength": 32}
        >>> try:
        ...     ipif.netioapi.set_ip_interface_entry(row)
        ... except ipif.InvalidRow as error:
        ...     print(error.winerror, error.members)
        87 ('SitePrefixLength',)
    """

    __module__ = "ipif"

    members: tuple[str, ...] = ()
    """The members of the row that differ from the current one. Windows refuses at least one of
    these. Empty when the call was not SetIpInterfaceEntry."""

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            What :meth:`ipif.Error.to_json` returns, and the ``members``.
        """
        return {**super().to_json(), "members": list(self.members)}


class Problem:
    """One bad value, and what to write instead.

    :func:`ipif.validate` returns problems, and :class:`ipif.ValidationError` has them. Two problems
    are equal when their attributes are. When a problem is pickled, a value that cannot be pickled
    becomes its text.

    Attributes:
        member: The member or the argument. In a document its place, such as
            ``"interfaces[2].ipv6.NlMtu"``.
        value: The value that was given.
        rule: The rule that the value breaks.
        advice: What to write instead.

    Example:
        >>> import ipif
        >>> [problem] = ipif.validate({"Metrik": 10}, family="ipv4")
        >>> problem.member, problem.rule, problem.advice
        ('Metrik', 'not a member of MIB_IPINTERFACE_ROW', 'did you mean Metric?')
    """

    __module__ = "ipif"

    member: str
    """The member or the argument. In a document its place, such as
    ``"interfaces[2].ipv6.NlMtu"``."""
    value: object
    """The value that was given."""
    rule: str
    """The rule that the value breaks."""
    advice: str
    """What to write instead."""

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

    __hash__: None = None  # type: ignore[assignment]

    def __copy__(self) -> Problem:
        return Problem(self.member, self.value, self.rule, self.advice)

    def __reduce__(self) -> tuple[type[Problem], tuple[str, object, str, str]]:
        # A problem must arrive in another process, whatever value a caller has given.
        return Problem, (self.member, _portable(self.value), self.rule, self.advice)

    def to_json(self) -> dict[str, Any]:
        """Return the problem as a dict that :mod:`json` can write.

        Returns:
            The four attributes. A ``value`` that JSON does not have is given as text.
        """
        return {
            "member": self.member,
            "value": json_value(self.value),
            "rule": self.rule,
            "advice": self.advice,
        }


class ValidationError(ValueError):
    """Values were refused before any call.

    It is a ``ValueError``. Its text lists every problem, and so does :attr:`problems`.

    Example:
        >>> import ipif
        >>> try:
        ...     ipif.update_interface("Ethernet", "ipv4", NlMtu=1, Connected=True)
        ... except ipif.ValidationError as error:
        ...     print([problem.member for problem in error.problems])
        ['NlMtu', 'Connected']
    """

    __module__ = "ipif"

    @property
    def problems(self) -> list[Problem]:
        """Every :class:`ipif.Problem`, in the order of the members as they were given."""
        found: list[Problem] = self.args[0]
        return found

    def __str__(self) -> str:
        problems = self.problems
        if len(problems) == 1:
            return str(problems[0])
        lines = [f"{len(problems)} problems:"]
        lines.extend(f"  {problem}" for problem in problems)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the error as a dict that :mod:`json` can write.

        Returns:
            ``error`` is the name of the class, ``text`` is ``str()`` of the error. ``problems`` has
            what :meth:`ipif.Problem.to_json` returns for each problem.
        """
        problems = [problem.to_json() for problem in self.problems]
        return {"error": type(self).__name__, "text": str(self), "problems": problems}


def _described(interface: object) -> str:
    """Return the words that name a missing *interface* in a message."""
    if isinstance(interface, str):
        from ipif._core.forms import described

        return described(interface)
    # Compares class names, so that neither Luid nor uuid has to be imported.
    kinds = {kind.__name__ for kind in type(interface).__mro__}
    if "Luid" in kinds:
        return f"with the LUID {interface:d}"
    if "UUID" in kinds:
        return f"with the GUID {{{interface}}}"
    if kinds & {"IPv4Address", "IPv6Address"}:
        return f"with the address {interface}"
    if isinstance(interface, bytes):
        return f"with the hardware address {interface.hex('-').upper()}"
    return f"with the index {interface!r}"


def expected(what: str, value: object) -> str:
    """Return the rule that a *value* of the wrong type breaks, worded as Python does."""
    return f"expected {what}, got {type(value).__name__}"


def shown(value: object) -> str:
    """Return a short ``repr`` of *value*, whatever kind of object it is."""
    try:
        text = repr(value)
    except Exception:  # an int of more than 4300 digits, or a broken __repr__
        return f"<{type(value).__name__}>"
    return text if len(text) <= 100 else text[:97] + "..."


def _portable(value: object) -> object:
    """Return *value*, or its text when it cannot be pickled."""
    import pickle

    try:
        pickle.dumps(value)
    except Exception:
        return shown(value)
    return value


def json_value(value: Any, depth: int = 3) -> Any:
    """Return *value* as :mod:`json` can write it; what JSON does not have becomes a short text.

    Lists and dicts are followed *depth* levels down, so that a list may contain itself.
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        number = int.__int__(value)
        return number if -(2**64) < number < 2**64 else shown(value)
    if kind is float and value - value == 0:  # neither infinite nor NaN
        return value
    if (kind is list or kind is tuple) and depth:
        return [json_value(item, depth - 1) for item in value]
    if kind is dict and depth:
        return {
            name if type(name) is str else shown(name): json_value(item, depth - 1)
            for name, item in value.items()
        }
    if issubclass(kind, bytes):
        return bytes.hex(value, "-").upper()
    # Compares class names, so that neither uuid nor ipaddress has to be imported.
    if kind.__name__ == "UUID":
        return f"{{{value}}}".upper()
    return str(value) if kind.__name__ in ("IPv4Address", "IPv6Address") else shown(value)


def suggest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of *names* most similar to *name*, ignoring case, or ``None``."""
    from ipif._core.similar import most_similar

    return most_similar(name, names)


_MANY = 100


def advise(name: object, names: Iterable[str], otherwise: str, problems: list[Problem]) -> str:
    """Return "did you mean ...?" for an unknown *name*, or *otherwise*.

    After many *problems* nothing is suggested, because each search takes time.
    """
    better = suggest(name, names) if isinstance(name, str) and len(problems) < _MANY else None
    return f"did you mean {better}?" if better else otherwise


_ERRNO = {2: ENOENT, 5: EACCES, 6: EBADF, 8: ENOMEM}
_CLASSES = {2: InterfaceNotFound, 5: AccessDenied, 87: InvalidRow, 1168: FamilyNotBound}

# Its codes are not about an interface or a family.
_SET_COMPARTMENT = "SetCurrentThreadCompartmentId"

# The codes of the ConvertInterface functions for a name, LUID or GUID that does not exist.
_NOT_CONVERTED = frozenset((2, 87, 123, 1168))

_ELEVATE = (
    "Only an elevated administrator may change an interface. Start the program with 'Run as "
    "administrator', or give it an application manifest with "
    '<requestedExecutionLevel level="requireAdministrator"/>, so that Windows asks for '
    "elevation when it starts. Being a member of the Administrators group is not enough."
)
_NOT_FOUND = (
    "No interface has this index, LUID, alias or GUID now. An index can change when the adapter "
    "is disabled and enabled again; the LUID stays. ipif.list_interfaces() lists them all."
)
_GUID_OF_SEVERAL = (
    " Or several adapters have this GUID: then it names none of them, and the LUID, index or alias "
    "has to be given."
)
_NO_ROUTE = (
    "No route leads there. With a source, only the routes of the interface that has this address "
    "count. ipif.explain_route() lists the routes, and why each of them is not taken."
)
_NOT_INSTALLED = (
    "Windows does not support this now. Where a family was asked for, no interface has it: it is "
    "not installed, or disabled on the whole computer (DisabledComponents in the registry)."
)
_NOT_BOUND = (
    "The interface exists, but not for this address family. For a moment after an adapter is "
    "created this is normal, because its IPv4 and IPv6 rows appear separately: wait and try again. "
    "If this persists, the family is disabled on this adapter (its binding is off) or on the whole "
    "computer (DisabledComponents in the registry)."
)
_NO_COMPARTMENT = (
    "Windows refuses this number: most likely there is no such network compartment now. 1 is the "
    "default one; PowerShell's Get-NetCompartment lists them all."
)


def from_win32(
    winerror: int,
    strerror: str,
    function: str,
    interface: object = None,
    family: str | None = None,
    members: Sequence[str] = (),
) -> Error:
    """Return the exception for an error code of Windows; the extension raises it.

    *interface* is an index, an alias, a ``uuid.UUID`` or an :class:`ipif.Luid`. *members* are those
    that SetIpInterfaceEntry may have refused.
    """
    if winerror in _NOT_CONVERTED and function.startswith("ConvertInterface"):
        cls: type[Error] = InterfaceNotFound
    elif function == _SET_COMPARTMENT and winerror != 5:
        cls = Error
    else:
        cls = _CLASSES.get(winerror, Error)
    number = ENOENT if cls is InterfaceNotFound else _ERRNO.get(winerror, EINVAL)
    error = cls(number, strerror)
    error.winerror = winerror
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
    """Return a *cls* with *text*, about the same call as *error*."""
    new = cls(error.errno, text)
    new.winerror = error.winerror
    new.function = error.function
    new.interface = error.interface
    new.family = error.family
    new.destination = error.destination
    new.source = error.source
    new.hint = error.hint
    return new


def _hint(error: Error, members: tuple[str, ...]) -> str:
    """Return advice about *error*, or an empty string."""
    if error.function == _SET_COMPARTMENT and not isinstance(error, AccessDenied):
        return _NO_COMPARTMENT
    if error.winerror in (1231, 1232) and str(error.function).startswith("GetBestRoute"):
        return _NO_ROUTE
    if error.winerror == 50:
        return _NOT_INSTALLED
    if isinstance(error, AccessDenied):
        return _ELEVATE
    if isinstance(error, InterfaceNotFound):
        is_guid = _described(error.interface).startswith("with the GUID")
        return _NOT_FOUND + _GUID_OF_SEVERAL if is_guid else _NOT_FOUND
    if isinstance(error, FamilyNotBound):
        # From a table function it only means that the table is empty.
        return "" if error.interface is None else _NOT_BOUND
    if not isinstance(error, InvalidRow) or error.function != "SetIpInterfaceEntry":
        return ""
    if not members:
        return "Windows refuses a value, although the row does not differ from the current one."
    hint = f"Windows does not say which value it refuses. New in this row: {', '.join(members)}."
    if "SitePrefixLength" in members and error.family == "ipv4":
        hint += (
            " SitePrefixLength must be 0 for IPv4, although GetIpInterfaceEntry returns 64: "
            "ipif.set_interface() and ipif.update_interface() always write 0."
        )
    return hint
