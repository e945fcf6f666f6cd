"""How time is taken: by pyperf, all in this process, medians of interleaved turns.

The processor of a shared machine changes its speed by half, for a moment or for minutes. So each
turn measures all implementations, one right after the other, and is divided by its own geometric
mean before medians are taken: the ratios of a slow turn are as good as those of a fast one.
"""

import contextlib
import io
import statistics
import sys
import time
import timeit
from collections.abc import Callable, Mapping

import pyperf

Timed = Callable[[int], float]  # seconds for that many rounds


def statement(code: str, **names: object) -> Timed:
    """Return what times a statement, without a call around it; garbage is collected as usual."""
    return timeit.Timer(code, "import gc; gc.enable()", time.perf_counter, names).timeit


def c_loop(function: Callable[..., int], *arguments: object) -> Timed:
    """Return what times a loop of bare C, which takes the number of rounds last."""

    def timed(rounds: int) -> float:
        start = time.perf_counter()
        if function(*arguments, rounds) != 0:
            raise RuntimeError("the simulated call failed")
        return time.perf_counter() - start

    return timed


class Clock:
    """Measures implementations in turns, so that a busy moment affects all of them."""

    def __init__(self, smoke: bool) -> None:
        self.smoke = smoke
        self.turns, values, self.seconds = (1, 1, 0.0002) if smoke else (15, 3, 0.002)
        # pyperf would measure in worker processes; this process is the only one here.
        options = ["--worker", "--loops=1", "--quiet", f"--values={values}", "--warmups=0"]
        sys.argv = [sys.argv[0], *options]
        self._runner = pyperf.Runner()
        self._runner.parse_args()
        self._number = 0

    def medians(self, timers: Mapping[str, Timed]) -> dict[str, float]:
        """Return the median seconds of one round of each."""
        rounds = {name: self._rounds(timed) for name, timed in timers.items()}
        speeds: list[float] = []
        shares: dict[str, list[float]] = {name: [] for name in timers}
        for _ in range(self.turns):
            turn = {name: self._value(timed, rounds[name]) for name, timed in timers.items()}
            speeds.append(statistics.geometric_mean(turn.values()))
            for name, seconds in turn.items():
                shares[name].append(seconds / speeds[-1])
        usual = statistics.median(speeds)
        return {name: usual * statistics.median(some) for name, some in shares.items()}

    def _rounds(self, timed: Timed) -> int:
        """Return how many rounds fill self.seconds; this warms up too."""
        rounds = 1
        while timed(rounds) < self.seconds / 2:
            rounds *= 2
        return rounds

    def _value(self, timed: Timed, rounds: int) -> float:
        """Return the seconds of one round, the median of a few values."""
        self._runner.args.loops = rounds
        self._number += 1
        with contextlib.redirect_stdout(io.StringIO()):  # a worker prints a report
            bench = self._runner.bench_time_func(f"{self._number}", timed)
        return statistics.median(bench.get_values())
