"""valgrind finds no wrong access, no use of memory that nobody wrote, and no leak.

It runs an ordinary CPython, in which it finds faults, too. Those of the extension count
(``is_of_extension``); the numbers of the others are printed.
"""

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from environments import ROOT

from trust_checks.builds import instrumented

FLAGS = ("-g", "-O1", "-fno-inline")
VALGRIND = (
    "valgrind",
    "--quiet",
    "--num-callers=60",
    "--track-origins=yes",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--error-limit=no",
    "--trace-children=no",
    "--xml=yes",
)
PROGRAM = ROOT / "tests" / "trust" / "smoke.py"
EXTENSION = "_ipif_sim"
SECONDS = {False: 900, True: 6000}  # for the short and the long form

#: Tests that the long form does not run: their names, and why.
NOT_RUN = {
    "tests/native/test_instructions.py": "runs valgrind itself",
    "tests/native/test_memory.py": "repeats calls hundreds of times to count blocks",
}


def run_check(long: bool) -> int:
    """Call every function; in the long form run tests/native, too."""
    python = instrumented("memcheck", FLAGS, groups=("test",) if long else ())
    codes = [report("every function", *run_valgrind([python, PROGRAM], SECONDS[long]))]
    if long:
        for name, reason in NOT_RUN.items():
            print(f"not run: {name}: {reason}")
        codes += check_tests(python)
    return 1 if any(codes) or not sees_faults(python) else 0


def check_tests(python: Path) -> list[int]:
    """Run tests/native in as many parts at once as there are processors; return what each gives."""
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    paths = sorted((ROOT / "tests" / "native").glob("test_*.py"))
    modules = [name for path in paths if (name := f"tests/native/{path.name}") not in NOT_RUN]
    count = os.cpu_count() or 1
    commands: list[list[str | Path]] = [
        [python, *words, *modules[number::count]] for number in range(count)
    ]
    with ThreadPoolExecutor(count) as pool:
        results = [pool.submit(run_valgrind, command, SECONDS[True]) for command in commands]
    names = (f"tests/native, part {number} of {count}" for number in range(1, count + 1))
    return [report(name, *result.result()) for name, result in zip(names, results, strict=True)]


def report(name: str, code: int, ours: Sequence[str], others: Sequence[str]) -> int:
    """Print what valgrind has found; return 0 when it is nothing of ours.

    A command that fails counts as a fault.
    """
    print(f"{name}: {len(ours)} faults in the extension", flush=True)
    for kind, number in Counter(others).items():
        print(f"{name}: not counted, in CPython alone: {kind}: {number}")
    for text in ours:
        print(text, flush=True)
    return 1 if code != 0 or ours else 0


def run_valgrind(command: Sequence[str | Path], seconds: int) -> tuple[int, list[str], list[str]]:
    """Return the exit code, the faults of the extension, and the kinds of the other ones."""
    variables = {"PYTHONMALLOC": "malloc", "IPIF_BACKEND": "simulated"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "faults.xml")
        done = subprocess.run(
            [*VALGRIND, f"--xml-file={file}", *command],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
        faults = ElementTree.parse(file).findall("error")
    ours = [fault for fault in faults if is_of_extension(fault)]
    others = [fault.findtext("kind", "") for fault in faults if fault not in ours]
    return done.returncode, [described(fault) for fault in ours], others


def is_of_extension(fault: ElementTree.Element) -> bool:
    """Return whether a fault is in the extension, or comes from there.

    A wrong access or a leak is, when a function of the extension is in one of its stacks. Unwritten
    memory must be used there, or be of there: what CPython does with its own ints looks wrong to
    valgrind, whoever calls. The address of a small int depends on its value, so it looks wrong when
    the extension uses it, too.
    """
    stacks = [[frame.findtext("obj", "") for frame in stack] for stack in fault.iter("stack")]
    if fault.findtext("kind", "").startswith("Uninit"):
        if any(frame.findtext("fn") == "_PyLong_New" for frame in fault.iter("frame")):
            return False
        # The functions of valgrind, such as its malloc, come first.
        stacks = [[obj for obj in stack if "vgpreload" not in obj][:1] for stack in stacks]
    return any(EXTENSION in obj for stack in stacks for obj in stack)


def described(fault: ElementTree.Element) -> str:
    """Return the text of a fault with its stacks."""
    texts = [fault.findtext("what") or fault.findtext("xwhat/text") or "?"]
    for part in fault:
        if part.tag == "auxwhat":
            texts.append(part.text or "")
        for frame in part.iter("frame"):
            place = f"{frame.findtext('file', '?')}:{frame.findtext('line', '?')}"
            texts.append(f"    {frame.findtext('fn', '?')} ({place})")
    return "\n".join(texts)


def sees_faults(python: Path) -> bool:
    """Return whether valgrind finds the faults that are there on purpose."""
    _, ours, _ = run_valgrind([python, PROGRAM, "faults"], SECONDS[False])
    leaks = [text for text in ours if "definitely lost" in text and "py_watch_open" in text]
    reads = [text for text in ours if "uninitialised" in text and "GetIpInterfaceEntry" in text]
    if leaks and reads:
        print("a leak and a read of unwritten memory that are there on purpose are found")
        return True
    print("faults that are there on purpose are NOT found:", *ours, sep="\n")
    return False
