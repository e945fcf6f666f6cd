"""Ctrl-C again and again, at random times, in a process that changes, plans, guards and waits.

``python storm.py SECONDS SEED`` looks after each of these whether everything is as before, and
prints how often it did what, and how many interrupts came. ``python storm.py forever SEED`` does
not catch them: it prints "ready", and whoever started it sends the signals.
"""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import ipif
import support.machine  # noqa: F401 -- it is found after this change of the path
from support.eventually import SOON
from support.threads import lock_is_free

DOCUMENT = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400}, "ipv6": {"NlMtu": 1400}},
        {"match": {"alias": "Wi-Fi"}, "ipv4": {"DadTransmits": 7}},
    ]
}
JOURNAL = Path(tempfile.mkdtemp(prefix="ipif-storm-")) / "journal.json"
atexit.register(shutil.rmtree, JOURNAL.parent, ignore_errors=True)
GUARDED = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"DadTransmits": 7}}]}
LONGEST_PAUSE = 0.004


def change() -> None:
    with ipif.changed("Ethernet", None, NlMtu=1400, Metric=9, journal=JOURNAL):
        ipif.get_interface("Ethernet", "ipv4")


def plan() -> None:
    with ipif.plan(DOCUMENT):
        ipif.list_interfaces()


def confirm() -> None:
    """Apply, confirm and revert: after an interrupt the deadline reverts, or recover() does."""
    plan = ipif.plan(DOCUMENT)
    plan.apply(journal=JOURNAL, confirm_within=0.02)
    time.sleep(0.001)
    try:
        plan.confirm(keep_journal=True)
    except TimeoutError:
        return
    time.sleep(0.001)
    plan.revert()


def guard() -> None:
    """Guard a row; what the guard does not restore is restored around it."""
    with (
        ipif.changed("Wi-Fi", "ipv4", DadTransmits=7),
        ipif.guard(GUARDED, interval=0),
        ipif.changed("Wi-Fi", "ipv4", BaseReachableTime=40000),
    ):
        time.sleep(0.001)


def wait() -> None:
    with ipif.watch(initial=True) as watch:
        watch.get(0.002)
    ipif.wait_for_interface("Ethernet", connected=True, timeout=1)


SCENES = (change, plan, confirm, guard, wait)


def inside(scene: Callable[[], None]) -> None:
    """Run *scene*: an interrupt is raised here only."""
    scene()


def is_inside(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is inside.__code__:
            return True
        frame = frame.f_back
    return False


def on_interrupt(number: int, frame: FrameType | None) -> None:
    if is_inside(frame):
        raise KeyboardInterrupt


def keep_interrupting(seed: int, over: threading.Event) -> None:
    chance = random.Random(seed)
    main = threading.main_thread().ident
    assert main is not None
    while not over.wait(chance.uniform(0, LONGEST_PAUSE)):
        for _ in range(chance.choice((1, 1, 1, 3))):
            signal.pthread_kill(main, signal.SIGINT)


def wait_for_threads(count: int) -> None:
    """Return when so many threads run: those of guards and deadlines have ended."""
    end = time.monotonic() + SOON
    while threading.active_count() > count:
        assert time.monotonic() < end, threading.enumerate()
        time.sleep(0.001)


def storm(seconds: float, seed: int) -> None:
    chance = random.Random(seed)
    for scene in SCENES:
        scene()  # imports: the import system drops exceptions
        JOURNAL.unlink(missing_ok=True)
    before = ipif.list_interfaces()
    counts: Counter[str] = Counter()
    over = threading.Event()
    signal.signal(signal.SIGINT, on_interrupt)
    sender = threading.Thread(target=keep_interrupting, args=(seed, over))
    sender.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        scene = chance.choice(SCENES)
        counts[scene.__name__] += 1
        try:
            inside(scene)
        except KeyboardInterrupt:
            counts["interrupted"] += 1
        wait_for_threads(2)
        if JOURNAL.exists():
            ipif.recover(JOURNAL)
            counts["recovered"] += 1
        after = ipif.list_interfaces()
        assert after == before, (scene.__name__, [*map(ipif.differences, before, after)])
        assert lock_is_free(30), scene.__name__
    over.set()
    sender.join()
    wait_for_threads(1)
    # An interrupt while the journal is written may leave what would have replaced it.
    left = [name for name in os.listdir(JOURNAL.parent) if not name.startswith(".ipif-")]
    assert not left, left
    print(*(f"{name}={count}" for name, count in sorted(counts.items())))


def go_on_for_ever(seed: int) -> None:
    chance = random.Random(seed)
    for scene in SCENES:
        scene()
        JOURNAL.unlink(missing_ok=True)
    print("ready", flush=True)
    while True:
        chance.choice(SCENES)()
        JOURNAL.unlink(missing_ok=True)


if __name__ == "__main__":
    if sys.argv[1] == "forever":
        go_on_for_ever(int(sys.argv[2]))
    storm(float(sys.argv[1]), int(sys.argv[2]))
