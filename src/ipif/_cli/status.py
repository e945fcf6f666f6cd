"""How a command ends: the exit status, and what it writes about an error."""

from __future__ import annotations

import errno
import re

import ipif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DONE = 0
#: Windows or this system refused something. ``diff`` also ends so when something differs, and
#: ``report`` when a host failed.
REFUSED = 1
USAGE = 2
NOT_ELEVATED = 3
NOT_FOUND = 4
INVALID = 5
TIMED_OUT = 6
INTERRUPTED = 130

#: For help texts and documentation.
MEANINGS = {
    DONE: "done",
    REFUSED: "refused by the system (diff: something differs; report: a host failed)",
    USAGE: "wrong command line",
    NOT_ELEVATED: "not elevated: only an elevated administrator may change an interface",
    NOT_FOUND: "no such interface, family, route or file",
    INVALID: "invalid document or value",
    TIMED_OUT: "the time is up",
    INTERRUPTED: "ended by Ctrl-C",
}


class Failure(Exception):
    """A command cannot do what it was asked for: exit status, message, hint, and data for JSON."""

    def __init__(self, status: int, message: str, hint: str = "", **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.hint = hint
        self.data = data

    def to_json(self) -> dict[str, Any]:
        """Return the object that ``--json`` writes."""
        return {"code": self.status, "message": self.message, "hint": self.hint, **self.data}


# The library speaks to people who write Python; these are the words of the command.
_WORDS = [
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bexpected bool, got \w+", "it must be true or false"),
        (r"\bexpected int, got \w+", "it must be a number"),
        (r"\bexpected str( or bytes)?, got \w+", "it must be text"),
        (r"\bexpected tuple of (\d+) int, got \w+", r"it must be \1 numbers"),
        (r"\bexpected (an? [\w ]+), got \w+", r"it must be \1"),
        (r"\bit must be a JSON object", "it must be an object"),
        (r"\bwrite an int(eger)?\b", "write a number"),
        (r"Exceeds the limit \(.*set_int_max_str_digits.*", "a number has too many digits"),
        (r"ipif\.FIELDS lists the members", "'ipif explain' lists the members"),
        (r"\bipif\.list_interfaces\(\) lists", "'ipif list' lists"),
        (r"\bipif\.explain_route\(\) lists", "'ipif route' lists"),
        (
            r"\bipif\.recover\(path, discard=True\), or ipif recover --discard",
            "ipif recover --discard",
        ),
        (r"\bipif\.recover\(\)", "'ipif recover'"),
        (r": ipif\.set_interface\(\) and ipif\.update_interface\(\) always write 0", ""),
        (r"\bfor the index write the int (\d+)\.", r"to name it by its index, write \1."),
        (r"\ba uuid\.UUID, an ipif\.Luid, or a row", "a GUID or luid:N"),
        (r"\bthe ipif\.Luid\b", "luid:N"),
        (r"\bwrite \{\.\.\.\} with members", "write an object with members"),
        (
            r"leave it out, or use ipif\.update_interface\(\), which rolls nothing back",
            "leave it out, or use 'ipif set' without --journal, --confirm and --until-enter",
        ),
        (r"\bwrite a snapshot as ipif\.snapshot\(\) returns it", "'ipif snapshot FILE' makes one"),
        (r"\bwrite it with ipif\.reports\.make\(\)", "'ipif apply --report FILE' writes one"),
        (r"\bNone\b", "null"),
        (r"\bTrue\b", "true"),
        (r"\bFalse\b", "false"),
    )
]


def in_words_of_command(text: str) -> str:
    """Return a message of the library in the words of the command."""
    for pattern, words in _WORDS:
        text = pattern.sub(words, text)
    return text


def failure_of(error: BaseException) -> Failure:
    """Return what the command says about an exception, and how it ends."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, KeyboardInterrupt) or _is_from_interrupt(error):
        return Failure(INTERRUPTED, "interrupted")
    if isinstance(error, ipif.Error):
        return _of_windows(error)
    if isinstance(error, ipif.ValidationError):
        problems = error.problems
        lines = [_line_of(problem) for problem in problems[:_MOST]]
        if len(problems) > 1:
            lines.insert(0, f"{len(problems)} problems:")
        if len(problems) > _MOST:
            lines.append(f"... and {len(problems) - _MOST} more")
        return Failure(INVALID, "\n  ".join(lines), problems=[one.to_json() for one in problems])
    if isinstance(error, MemoryError):
        return Failure(REFUSED, "out of memory")
    if isinstance(error, OSError):
        return _of_system(error)
    message = f"internal error: {type(error).__name__}: {error}"
    return Failure(REFUSED, message, "please report this; --debug shows where it happened")


def _is_from_interrupt(error: BaseException) -> bool:
    """Return whether Ctrl-C came while a module was imported, in ``__set_name__`` of a class.

    CPython 3.11 makes a ``RuntimeError`` of every exception there.
    """
    return type(error) is RuntimeError and isinstance(error.__cause__, KeyboardInterrupt)


_MOST = 20  # problems of a document that are written
_LONGEST_VALUE = 100  # characters


def _line_of(problem: ipif.Problem) -> str:
    """Return a problem in one line, with its value as documents write it."""
    import json

    value = json.dumps(problem.to_json()["value"], ensure_ascii=False)
    if len(value) > _LONGEST_VALUE:
        value = value[: _LONGEST_VALUE - 3] + "..."
    rule, advice = in_words_of_command(problem.rule), in_words_of_command(problem.advice)
    return f"{problem.member} = {value}: {rule}; {advice}"


def _of_windows(error: ipif.Error) -> Failure:
    """Return the failure for an error of Windows; its code and text come after what happened."""
    status, message, hint = REFUSED, str(error), error.hint
    if isinstance(error, ipif.NotReady):
        status = TIMED_OUT
    elif isinstance(error, ipif.InterfaceNotFound):
        status = NOT_FOUND
        message = f"{message.partition(' [WinError ')[0]} [WinError {error.winerror}]"
        hint = _missing_interface(error)
    elif isinstance(error, ipif.FamilyNotBound) and error.interface is not None:
        status = NOT_FOUND
        message = f"{error.interface!r} has no {error.family} row. {message}"
        hint = (
            "That is usual just after an adapter was made ('ipif wait' waits for it); else the "
            "family is disabled on it, or on the whole computer (DisabledComponents in the "
            "registry)."
        )
    elif error.winerror in (2, 1168, *_NO_ROUTE):
        status = NOT_FOUND
    elif error.winerror == 5:
        status = NOT_ELEVATED
        message = f"only an elevated administrator may change an interface. {message}"
        hint = (
            "Start the terminal with 'Run as administrator': being a member of the Administrators "
            "group is not enough."
        )
    document = error.to_json()
    data = {name: document[name] for name in _SHOWN if name in document}
    data.update((name, value) for name, value in document.items() if name not in _BASE)
    return Failure(status, in_words_of_command(message), in_words_of_command(hint), **data)


def _missing_interface(error: ipif.InterfaceNotFound) -> str:
    """Return the hint for an interface that does not exist."""
    hint = "'ipif list' lists the interfaces."
    if isinstance(error.interface, int) and not isinstance(error.interface, ipif.Luid):
        hint += " An index can change when the adapter is disabled and enabled again."
    if "several adapters" in error.hint:
        hint += " If several adapters have this GUID, use the alias, the index or luid:N."
    return hint


_NO_ROUTE = (1231, 1232)
_SHOWN = ("winerror", "function", "interface", "family")
_BASE = (*_SHOWN, "error", "text", "message", "hint")


def _of_system(error: OSError) -> Failure:
    """Return the failure for an error of a file or of another part of the system."""
    file = error.filename
    text = error.strerror or str(error)
    if isinstance(file, (str, bytes)):
        name = file if isinstance(file, str) else file.decode(errors="backslashreplace")
        text = f"{name}: {text}"
    status = REFUSED
    if isinstance(error, FileNotFoundError):
        status = NOT_FOUND
    elif isinstance(error, TimeoutError):
        status = TIMED_OUT
    elif error.errno == errno.EINVAL and file is not None:
        status = NOT_FOUND  # on Windows, a name that no file can have
    return Failure(status, text)
