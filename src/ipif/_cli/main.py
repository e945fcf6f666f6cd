"""``ipif``: the command line, from the arguments to the exit status."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.output import Output

_INTERRUPTED = 130  # before the modules are there that know it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, or those of the process; return the exit status."""
    try:
        if arguments is not None:
            return _run(list(arguments))
        _end_at_once_at_interrupts()
        _lose_no_interrupt()
        status = _run(sys.argv[1:])
        _ignore_interrupts()
        return status
    except KeyboardInterrupt:
        return _INTERRUPTED


# ---- Ctrl-C, in a process that is there for the command
#
# Python raises KeyboardInterrupt at any instruction: also in the middle of an import, where some
# of them are caught and reported, and while the interpreter ends. So it does only when a command
# runs. Whoever started the process may have made it ignore Ctrl-C; then it always does.


def _end_at_once_at_interrupts() -> None:
    """End the process at Ctrl-C without a word: nothing has been done yet."""

    def end(*arguments: object) -> None:
        os._exit(_INTERRUPTED)

    _set_handler(end)


def _raise_at_interrupts() -> None:
    """Raise ``KeyboardInterrupt`` at Ctrl-C, as usual, where this module has set a handler."""
    from signal import default_int_handler

    _set_handler(default_int_handler, only_ours=True)


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C: everything has been done."""
    from signal import SIG_IGN

    _set_handler(SIG_IGN)


def _lose_no_interrupt() -> None:
    """Raise ``KeyboardInterrupt`` again where it came in a place that Python only reports.

    Such places are weakref callbacks, which every import has, and ``__del__`` methods.
    """
    import _thread
    import time
    from signal import SIGINT

    report = sys.unraisablehook

    def interrupt_again() -> None:
        time.sleep(0.001)  # until the main thread has left the function below
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:  # this ends a wait of the main thread, too
            os.kill(os.getpid(), SIGINT)

    def note(unraisable: Any) -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            _thread.start_new_thread(interrupt_again, ())
        else:
            report(unraisable)

    sys.unraisablehook = note


def _set_handler(handler: Any, *, only_ours: bool = False) -> None:
    """Let *handler* handle Ctrl-C, and Ctrl-Break on Windows, unless another is there.

    *only_ours*: it takes the place of handlers of this module only.
    """
    import signal
    from contextlib import suppress

    for name in ("SIGINT", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        current = signal.getsignal(number)
        ours = getattr(current, "__module__", None) == __name__
        usual = not only_ours and current in (signal.default_int_handler, signal.SIG_DFL)
        if ours or usual:
            with suppress(ValueError):  # this is not the main thread
                signal.signal(number, handler)


def _run(words: list[str]) -> int:
    _open_streams()
    from ipif._cli.output import NotWritten, OutputClosed
    from ipif._cli.status import DONE, Failure, failure_of

    before_names = words[: words.index("--")] if "--" in words else words
    output = _output_of(before_names)
    try:
        status = _execute(words, output)
        output.finish()
        return status
    except OutputClosed:
        _discard_output()
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if "--debug" in before_names:
            import traceback

            traceback.print_exception(error)
        failure = failure_of(error)
        if isinstance(failure, NotWritten) and output.undo:
            failure.hint = f"the changes were made; undo: {'; '.join(output.undo)}"
        try:
            output.flush()
        except (OutputClosed, Failure):  # a full disk: that is what is reported
            _discard_output()
        output.failure(failure)
        return failure.status


def _output_of(words: list[str]) -> Output:
    """Return what writes for the command that *words* call; they may turn out to be wrong."""
    from ipif._cli.output import Output

    if _command_of(words) != "dsc":
        return Output(as_json="--json" in words)
    from ipif._cli.dsc_output import DscOutput

    return DscOutput()


def _command_of(words: list[str]) -> str:
    """Return the word that names the command, or an empty text."""
    rest = iter(words)
    for word in rest:
        if word == "--simulate":  # the only shared option with a value
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""


def _execute(words: list[str], output: Output) -> int:
    """Run the command that *words* call."""
    parser = make_parser()
    if "_ARGCOMPLETE" in os.environ:  # set by a shell that completes a command line
        from ipif._cli.completion import offer

        offer(parser)
    try:
        options = parser.parse_args(words)
    except SystemExit:  # --help or --version has been written
        return 0
    if options.simulate is not None and _is_real():
        return _start_again_simulated(words)
    from ipif._cli.commands import module_of

    command = module_of(options.command)
    _raise_at_interrupts()
    return _call(command, options, output)


def _call(command: ModuleType, options: argparse.Namespace, output: Output) -> int:
    """Run *command* on the machine of this computer, or on that of ``--simulate``."""
    import warnings

    import ipif

    changes = _changes(command, options)
    file = options.simulate
    simulated = ipif.backend == "simulated"
    shows_machine = getattr(command, "MACHINE", True)
    if simulated and file is None and shows_machine and "IPIF_BACKEND" not in os.environ:
        output.note("this machine is simulated: no Windows is here")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ipif.SimulationWarning)
        warnings.simplefilter("always", ipif.RestoreWarning)
        warnings.showwarning = _as_note(warnings.showwarning, output)
        if file is None:
            status = command.run(options, output)
            if changes and simulated:
                output.note(
                    "nothing is kept: the simulated machine ends with this command; "
                    "--simulate FILE keeps changes in a file"
                )
        elif changes:
            status = _call_and_save(command, options, output)
        else:
            _load(file)
            status = command.run(options, output)
    return int(status or 0)


def _changes(command: ModuleType, options: argparse.Namespace) -> bool:
    """Return whether *command* with these *options* changes the machine."""
    changes = getattr(command, "CHANGES", False)
    if callable(changes):
        return bool(changes(options))
    return bool(changes) and not getattr(options, "dry_run", False)


def _as_note(otherwise: Any, output: Output) -> Any:
    """Return a function that shows a warning of ipif as a note, and any other as *otherwise*."""

    def show(message: Warning, *where: Any) -> None:
        import ipif
        from ipif._cli.status import in_words_of_command

        if isinstance(message, ipif.RestoreWarning):
            output.note(in_words_of_command(str(message)))
        else:
            otherwise(message, *where)

    return show


def _call_and_save(command: ModuleType, options: argparse.Namespace, output: Output) -> Any:
    """Run *command* on the machine of ``--simulate``; save it before results are written."""
    import ipif
    from ipif._shared.lock import locked

    with locked(options.simulate):
        _load(options.simulate)
        saved = ipif.simulation.dump()

        def save() -> None:
            nonlocal saved
            machine = ipif.simulation.dump()
            if machine != saved:
                ipif.simulation.save(options.simulate)
                saved = machine

        output.before_results = save
        try:
            return command.run(options, output)
        finally:
            output.before_results = None
            save()  # guard changes it later; --confirm keeps or reverts it later


def _load(file: str) -> None:
    """Load the snapshot of ``--simulate``."""
    import ipif
    from ipif._cli.status import NOT_FOUND, Failure

    try:
        ipif.simulation.load(file)
    except FileNotFoundError:
        raise Failure(
            NOT_FOUND, f"there is no snapshot {file}", f"'ipif snapshot {file}' makes one"
        ) from None


def _is_real() -> bool:
    """Return whether the machine is a real one, which no snapshot can take the place of."""
    import ipif

    try:
        ipif.simulation.calls()
    except RuntimeError:
        return True
    return False


def _start_again_simulated(words: list[str]) -> int:
    """Run the command on Windows with backend ``simulated``, which is chosen at import."""
    os.environ["IPIF_BACKEND"] = "simulated"
    for name in [name for name in sys.modules if name.partition(".")[0] == "ipif"]:
        del sys.modules[name]
    from importlib import import_module

    status: int = import_module(__name__).main(words)
    return status


def make_parser() -> Parser:
    """Return the parser of the whole command line."""
    import ipif
    from ipif._cli.arguments import STATUS_HELP, Parser, add_shared, where
    from ipif._cli.commands import COMMANDS, module_of

    simulated = " (simulated machine)" if ipif.backend == "simulated" else ""
    parser = Parser(
        prog="ipif",
        description="Read and change the properties of the IP interfaces of this computer. "
        f"'ipif COMMAND --help' describes a command.{where()}",
        epilog=f"{STATUS_HELP}.",
    )
    parser.add_argument(
        "--version", action="version", version=f"ipif {ipif.__version__}{simulated}"
    )
    add_shared(parser, again=False)
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, parser_class=Parser
    )

    def filled_by(name: str) -> Callable[[Parser], None]:
        def fill(command: Parser) -> None:
            module = module_of(name)
            command.description = module.DESCRIPTION + where_it_works
            module.add(command)
            add_shared(command, again=True)

        return fill

    where_it_works = where()
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text, fill=filled_by(name))
    return parser


def _open_streams() -> None:
    """Make standard output and standard error writable, whatever they are."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed, or a program without a console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):  # the console may lack characters of an alias
            stream.reconfigure(errors="backslashreplace")


def _discard_output() -> None:
    """Let what is still to be written vanish; Python would report an error when it ends."""
    from contextlib import suppress

    with suppress(OSError, ValueError):  # it may be no file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
