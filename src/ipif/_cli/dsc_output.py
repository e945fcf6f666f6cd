"""What ``ipif dsc`` writes: JSON lines, and messages as DSC takes them from standard error."""

from __future__ import annotations

from ipif._cli.output import Output, tell_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipif._cli.status import Failure


class DscOutput(Output):
    """Writes results as JSON lines, and each message as an object ``{level: text}`` on a line."""

    def __init__(self) -> None:
        super().__init__(as_json=True)

    def info(self, text: str) -> None:
        """Write a message about what was done."""
        self._tell("info", text)

    def note(self, text: str) -> None:
        """Write a note, as a warning."""
        self._tell("warn", text)

    def failure(self, failure: Failure) -> None:
        """Write an error and its hint."""
        self._tell("error", "\n".join(filter(None, (failure.message, failure.hint))))

    def _tell(self, level: str, text: str) -> None:
        tell_json({level: text})
