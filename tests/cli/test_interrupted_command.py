"""Ctrl-C at each place of a change that is made for a while: it is changed back."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

import pytest
import support.machine  # noqa: F401
from support.interrupt import interrupt_everywhere

import ipif
from ipif import simulation
from ipif._cli import changes, confirm
from ipif._cli.output import Output
from ipif._cli.status import INTERRUPTED, TIMED_OUT, Failure

DOCUMENT = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"NlMtu": 1400}}]}


class Pressed:
    """Stands for the thread that waits for Enter."""

    is_closed = False

    def __init__(self, pressed: bool) -> None:
        self._pressed = pressed

    def is_pressed(self) -> bool:
        return self._pressed


def mtu() -> int:
    return ipif.get_interface("Wi-Fi", "ipv4")["NlMtu"]


@pytest.mark.parametrize(
    ("seconds", "enter", "kept"),
    [(None, True, False), (0.0001, False, False), (30.0, True, True)],
    ids=["until Enter", "not confirmed", "confirmed"],
)
def test_ctrl_c_at_any_place_never_leaves_an_unconfirmed_change(
    seconds: float | None, enter: bool, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "Enter", lambda: Pressed(enter))
    options = Namespace(confirm=seconds, until_enter=seconds is None, journal=None, simulate=None)
    output = Output()
    plans: list[ipif.Plan] = []
    confirmed: list[str] = []

    def prepare() -> None:
        simulation.reset()
        plans[:] = [ipif.plan(DOCUMENT)]

    def scene() -> None:
        try:
            confirm.run(plans[0], partial(changes.write, output, "title"), options, output, [])
        except Failure as failure:
            if failure.status == INTERRUPTED:
                raise KeyboardInterrupt from failure
            if enter or failure.status != TIMED_OUT:
                raise

    def check(where: str, raised: BaseException | None) -> None:
        assert raised is None or isinstance(raised, KeyboardInterrupt), where
        if plans[0].state == "confirmed":
            confirmed.append(where)
        else:
            assert mtu() == 1500, where
        plans[0].revert()

    assert interrupt_everywhere(scene, check, step=5, prepare=prepare) > 30
    assert bool(confirmed) == kept
