"""What tests do in other threads: several jobs at once, and whether a transaction can begin."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ipif._desired import transaction


def at_once(*jobs: Callable[[int], object], rounds: int = 200) -> None:
    """Run each job *rounds* times in a thread of its own; raise the first error of any."""
    errors: list[BaseException] = []
    ready = threading.Barrier(len(jobs))

    def work(job: Callable[[int], object]) -> None:
        try:
            ready.wait()
            for number in range(rounds):
                job(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def lock_is_free(seconds: float = 0) -> bool:
    """Return whether another thread can begin a transaction within so many *seconds*."""
    got: list[bool] = []

    def take() -> None:
        got.append(transaction.LOCK.acquire(timeout=seconds))
        if got[0]:
            transaction.LOCK.release()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
    return got[0]
