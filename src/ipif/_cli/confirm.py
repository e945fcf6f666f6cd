"""Changes that are kept only when somebody confirms them, or until a key is pressed."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress

import ipif
from ipif._cli import changes as changed
from ipif._cli.arguments import file_name, some_seconds
from ipif._cli.countdown import Countdown
from ipif._cli.output import OutputClosed
from ipif._cli.status import INTERRUPTED, REFUSED, TIMED_OUT, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from ipif._cli.arguments import Parser
    from ipif._cli.changes import Changed
    from ipif._cli.output import Output

    Write: TypeAlias = Callable[..., None]

# Seconds between two looks at the clock and at the keyboard.
_LOOK = 0.1

# The other signals that end a process: a request to end, a closed terminal, Ctrl-Break on Windows.
_ENDING = ("SIGTERM", "SIGHUP", "SIGBREAK")


def add_options(parser: Parser) -> None:
    """Add the options for changes that are taken back."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--confirm",
        metavar="SECONDS",
        type=some_seconds,
        help="revert after so many seconds unless Enter is pressed; Ctrl-C reverts at once",
    )
    group.add_argument(
        "--until-enter", action="store_true", help="revert when Enter is pressed, or at Ctrl-C"
    )
    parser.add_argument(
        "--journal",
        metavar="FILE",
        type=file_name,
        help="write the earlier values to the new FILE first: 'ipif revert FILE' restores them, "
        "also after this command was killed",
    )


def is_wanted(options: argparse.Namespace) -> bool:
    """Return whether one of the options is given."""
    return options.confirm is not None or options.until_enter or options.journal is not None


def run(
    plan: ipif.Plan,
    write: Write,
    options: argparse.Namespace,
    output: Output,
    made: list[ipif.Change],
) -> int:
    """Apply *plan* as the *options* say; return the exit status.

    *write* is ``changes.write`` with its first two arguments. The changes that were made are
    appended to *made*, also when they are reverted later.

    Whatever ends this before the changes are to be kept, it reverts them.
    """
    with _ended_as_by_ctrl_c():
        return _run(plan, write, options, output, made)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Let the other signals that end a process raise ``KeyboardInterrupt`` in a with-block."""
    ours = []
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError):  # this is not the main thread
                signal.signal(number, signal.default_int_handler)
                ours.append(number)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _run(
    plan: ipif.Plan,
    write: Write,
    options: argparse.Namespace,
    output: Output,
    applied: list[ipif.Change],
) -> int:
    """Apply *plan*, and ask for a confirmation if that is wanted."""
    try:
        try:
            applied += plan.apply(confirm_within=options.confirm, journal=options.journal)
        except FileExistsError:
            raise Failure(
                REFUSED,
                f"{options.journal} exists, and a journal is a new file",
                f"if it is an earlier journal, '{_revert_command(options)}' restores the values "
                "in it",
            ) from None
        made = changed.of(applied)
        if not made:
            write(made, "nothing changed", undo=[], kept=True)
            return 0
        if options.until_enter:
            return _until_enter(plan, write, made, options, output)
        if options.confirm is not None:
            return _confirm(plan, write, made, options, output)
    except BaseException as error:
        if plan.state != "applied" or isinstance(error, ipif.ApplyError):
            raise
        plan.revert()
        if isinstance(error, KeyboardInterrupt):
            raise Failure(INTERRUPTED, "interrupted: everything was reverted") from None
        if isinstance(error, OutputClosed):
            raise Failure(REFUSED, "nobody reads the output: everything was reverted") from None
        raise
    _finish(write, made, options, output, kept=True)
    return 0


def _finish(
    write: Write, made: list[Changed], options: argparse.Namespace, output: Output, *, kept: bool
) -> None:
    """Write what was changed, and how it is undone."""
    if options.journal is None:
        undo = changed.undo_commands(made, options.simulate)
    else:
        undo = [_revert_command(options)]
    if kept:
        output.undo = undo
    if output.as_json:
        write(made, "", undo=undo if kept else [], kept=kept)
    elif kept:
        if not (options.confirm or options.until_enter):
            write(made, "")
        for command in undo:
            output.line("undo: ", command)


def _revert_command(options: argparse.Namespace) -> str:
    """Return the command that restores the values in the journal."""
    return changed.command_line(options.simulate, "revert", changed.quoted(options.journal))


def _until_enter(
    plan: ipif.Plan, write: Write, made: list[Changed], options: argparse.Namespace, output: Output
) -> int:
    """Keep the changes until Enter is pressed."""
    pressed = Enter()
    if not output.as_json:
        write(made, "")
        output.line("press Enter to revert")
        output.flush()
    while not pressed.is_pressed() and not pressed.is_closed:
        time.sleep(_LOOK)
    plan.revert()
    _finish(write, made, options, output, kept=False)
    if not output.as_json:
        output.line("reverted")
    return 0


def _confirm(
    plan: ipif.Plan, write: Write, made: list[Changed], options: argparse.Namespace, output: Output
) -> int:
    """Count down; keep the changes when Enter is pressed in time."""
    ends = time.monotonic() + options.confirm
    if not output.as_json:
        write(made, "")
    pressed = Enter()
    with Countdown(output, options.confirm) as countdown:
        countdown.show(options.confirm)
        _count_down(plan, pressed, countdown, ends)
        if pressed.is_pressed():
            countdown.end_at_enter()
    if pressed.is_pressed() and plan.state == "applied":
        plan.confirm(keep_journal=True)
    if plan.state != "confirmed":
        plan.revert()
        raise Failure(
            TIMED_OUT, f"not confirmed within {options.confirm:g} s: everything was reverted"
        )
    _finish(write, made, options, output, kept=True)
    if not output.as_json:
        output.line(("kept", "good"))
    return 0


def _count_down(plan: ipif.Plan, pressed: Enter, countdown: Countdown, ends: float) -> None:
    """Return when the time is up, Enter is pressed, or the plan is no longer applied."""
    left = ends - time.monotonic()
    while left > 0 and plan.state == "applied" and not pressed.is_pressed():
        countdown.show(left)
        time.sleep(min(_LOOK, left))
        left = ends - time.monotonic()


class Enter:
    """Whether somebody has pressed Enter; a thread of its own reads standard input.

    What was typed before on a terminal does not count: it was no answer.
    """

    def __init__(self) -> None:
        import threading

        _forget_keys()
        self._pressed = threading.Event()
        #: Whether standard input has ended, so that nobody can press anything.
        self.is_closed = False
        threading.Thread(target=self._read, name="ipif.enter", daemon=True).start()

    def is_pressed(self) -> bool:
        """Return whether Enter has been pressed."""
        return self._pressed.is_set()

    def _read(self) -> None:
        # Not sys.stdin, whose lock this thread would still hold when the interpreter ends.
        try:
            number = sys.stdin.fileno()
            while True:
                data = os.read(number, 1024)
                if b"\n" in data or b"\r" in data:
                    self._pressed.set()
                    return
                if not data:
                    break
        except (OSError, ValueError, AttributeError):
            pass
        self.is_closed = True


def _forget_keys() -> None:
    """Drop what has been typed on the terminal and not been read."""
    try:
        if not sys.stdin.isatty():
            return
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
        else:
            import termios

            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    except (OSError, ValueError, AttributeError):  # there is no standard input
        pass
