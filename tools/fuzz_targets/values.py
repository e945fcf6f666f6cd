"""Values made of random bytes, and what all targets work on."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import atheris

T = TypeVar("T")

# What programs get wrong: the ends of ranges, signs, and one more than fits.
NUMBERS = (0, 1, -1, 64, 128, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**64 - 1, 2**64)
TEXTS = ("", "*", "Ethernet", "Wi-Fi", "ipv4", "ipv6", "\0", "\ud800", "\N{LIZARD}" * 200, "{}")


class Values:
    """Takes values from random bytes, one after the other; in the end all are zero or empty."""

    def __init__(self, data: bytes) -> None:
        self.bytes = atheris.FuzzedDataProvider(data)

    def chance(self, one_in: int) -> bool:
        return self.below(one_in) == one_in - 1

    def below(self, limit: int) -> int:
        number: int = self.bytes.ConsumeIntInRange(0, limit - 1)
        return number

    def one_of(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def number(self) -> int:
        if self.chance(2):
            return self.one_of(NUMBERS)
        number: int = self.bytes.ConsumeInt(self.one_of((1, 2, 4, 8, 9)))
        return number

    def text(self) -> str:
        if self.chance(2):
            return self.one_of(TEXTS)
        text: str = self.bytes.ConsumeUnicode(self.below(20))
        return text

    def json(self, depth: int = 3) -> Any:
        """Return a value as a document has them."""
        kind = self.below(8 if depth else 6)
        if kind < 2:
            return self.number()
        if kind == 2:
            return self.text()
        if kind == 3:
            return self.bytes.ConsumeFloat()
        if kind < 6:
            return (None, True, False)[self.below(3)]
        if kind == 6:
            return [self.json(depth - 1) for _ in range(self.below(4))]
        return {self.text(): self.json(depth - 1) for _ in range(self.below(4))}

    def changed(self, document: Any) -> Any:
        """Return a copy of *document* with some parts replaced, removed, doubled or renamed."""
        for _ in range(1 + self.below(3)):
            document = self._with_one_change(document)
        return document

    def _with_one_change(self, part: Any) -> Any:
        if not isinstance(part, dict | list) or not part or self.chance(8):
            return self.json()
        keys: Sequence[Any] = list(part) if isinstance(part, dict) else range(len(part))
        key = self.one_of(keys)
        result: Any = part.copy()
        action = self.below(8)
        if action == 0:
            del result[key]
        elif action == 1 and isinstance(result, list):
            result.append(part[key])
        elif action == 2 and isinstance(result, dict):
            result[self.text()] = result.pop(key)
        elif action == 3:
            result[key] = part[self.one_of(keys)]
        else:
            result[key] = self._with_one_change(part[key])
        return result


def require(condition: object, *what: object) -> None:
    """Fail unless *condition* holds."""
    if not condition:
        raise AssertionError(*what)


def small_snapshot() -> dict[str, Any]:
    """Return the bundled machine with its first three adapters only: most time goes into rows."""
    from ipif._sim.snapshot import bundled_file

    with open(bundled_file("machine.json"), encoding="utf-8") as file:
        whole = json.load(file)
    kept = {row["InterfaceLuid"] for row in whole["adapters"][:3]}
    return {
        name: [row for row in part if row["InterfaceLuid"] in kept] if type(part) is list else part
        for name, part in whole.items()
    }


def folder_in_memory() -> str:
    """Return a new folder, where the system has one in memory: files are written at each input."""
    memory = "/dev/shm"
    return tempfile.mkdtemp(prefix="ipif-fuzz-", dir=memory if os.path.isdir(memory) else None)


def fuzz(one: Callable[[bytes], None]) -> None:
    """Call *one* with random bytes, as often as the arguments of this script say."""
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
