"""ipif watch: a line for each change, with the members that have another value."""

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
import support.machine
from support.command import Command, Done, error_of
from support.machine import Calls
from support.running import close_output, interrupt, running

import ipif
from ipif import simulation
from ipif._cli.commands import watch as watch_module

Step = Callable[[], object]
Watching = Callable[..., Done]

NEW_LUID = 1689399700000000


class Steps:
    """A watch that lets one thing after the other happen, whenever all events have been read."""

    def __init__(self, watch: ipif.Watch, steps: list[Step], clock: SimpleNamespace) -> None:
        self._watch = watch
        self._steps = steps
        self._clock = clock

    def __enter__(self) -> "Steps":
        return self

    def __exit__(self, *error: object) -> None:
        self._watch.close()

    @property
    def dropped(self) -> int:
        return self._watch.dropped

    def get(self, timeout: float) -> ipif.Event | None:
        event = self._watch.get(0)
        while event is None and self._steps and timeout:
            self._steps.pop(0)()
            assert support.machine.control().settle(30_000) == 0
            event = self._watch.get(0)
        if event is None and timeout:
            self._clock.now += timeout
        return event


@pytest.fixture
def watching(command: Command, monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Return a function that runs the command while *steps* happen; then the time is up."""

    def run(steps: list[Step], *arguments: object) -> Done:
        clock = SimpleNamespace(now=0.0)
        monkeypatch.setattr(watch_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
        open_watch = ipif.watch
        with monkeypatch.context() as patch:
            patch.setattr(
                ipif, "watch", lambda *args, **more: Steps(open_watch(*args, **more), steps, clock)
            )
            done = command("watch", "--for", "3600", *arguments)
        assert not steps
        return done

    return run


def lines(done: Done) -> list[str]:
    """Return the lines that the command has written, without the time."""
    assert done.status == 0, done.err
    found = [re.fullmatch(r"(\d\d:\d\d:\d\d)  (.+)", line) for line in done.out.splitlines()]
    return [line[2] for line in found if line is not None]


def events(done: Done) -> list[dict[str, Any]]:
    """Return the events that the command has written as JSON."""
    assert done.status == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def told(done: Done) -> list[tuple[str, str, str]]:
    """Return alias, family and type of each event in JSON."""
    return [(one["Alias"], one["Family"], one["Type"]) for one in events(done)]


def update(alias: str = "Ethernet", family: Any = "ipv4", **members: Any) -> Step:
    return lambda: ipif.update_interface(alias, family, **members)


def steps(*several: Step) -> Step:
    """Return one step that does several things at once."""
    return lambda: [step() for step in several]


# ---- what a line says


def test_a_line_has_the_members_that_changed_with_old_and_new_values(watching: Watching) -> None:
    done = watching([update(Metric=10)])
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d  Ethernet +ipv4  changed +"
        r"UseAutomaticMetric true -> false, Metric 25 -> 10\n",
        done.out,
    )
    assert (done.status, done.err) == (0, "")


def test_an_object_of_json_names_the_row_the_type_and_the_time(watching: Watching) -> None:
    done = watching([update(family="ipv6", RouterDiscoveryBehavior=0, NlMtu=1400)], "--json")
    (event,) = events(done)
    row = ipif.get_interface("Ethernet", "ipv6")
    assert datetime.fromisoformat(event.pop("Time")).tzinfo is not None
    assert event == {
        "Alias": "Ethernet",
        "InterfaceIndex": 13,
        "InterfaceLuid": row["InterfaceLuid"],
        "Family": "ipv6",
        "Type": "ParameterNotification",
        "Changes": [
            {"Member": "RouterDiscoveryBehavior", "Before": "Enabled", "After": "Disabled"},
            {"Member": "NlMtu", "Before": 1492, "After": 1400},
        ],
    }
    assert done.err == ""


def test_read_only_members_are_shown_too(watching: Watching) -> None:
    done = watching([lambda: simulation.set_link("Wi-Fi", up=False)], "Wi-Fi")
    assert lines(done) == [
        "Wi-Fi  ipv4  changed      Connected true -> false",
        "Wi-Fi  ipv6  changed      Connected true -> false",
    ]


def test_rows_that_appear_and_disappear_are_shown(watching: Watching) -> None:
    done = watching(
        [
            lambda: simulation.add_interface("VPN", families=["ipv4"]),
            lambda: simulation.bind("VPN", "ipv6"),
            lambda: simulation.unbind("VPN", "ipv4"),
            lambda: simulation.remove_interface("VPN"),
        ]
    )
    assert [line.split() for line in lines(done)] == [
        ["VPN", "ipv4", "appeared"],
        ["VPN", "ipv6", "appeared"],
        ["VPN", "ipv4", "disappeared"],
        ["VPN", "ipv6", "disappeared"],
    ]


def test_a_new_alias_is_shown_and_used_from_then_on(watching: Watching) -> None:
    done = watching(
        [
            lambda: simulation.rename_interface("Ethernet", "LAN"),
            lambda: simulation.remove_interface("LAN"),
        ],
        "Ethernet",
    )
    assert [line.split(maxsplit=2) for line in lines(done)] == [
        ["LAN", "ipv4", "changed      Alias Ethernet -> LAN"],
        ["LAN", "ipv6", "changed      Alias Ethernet -> LAN"],
        ["LAN", "ipv4", "disappeared"],
        ["LAN", "ipv6", "disappeared"],
    ]


def test_a_notification_after_which_nothing_differs_is_a_line(watching: Watching) -> None:
    back_and_forth = steps(update(DadTransmits=9), update(DadTransmits=3))
    done = watching([back_and_forth], "Ethernet")
    assert lines(done) == ["Ethernet  ipv4  changed      no member has another value"] * 2
    changes = [one["Changes"] for one in events(watching([back_and_forth], "--json"))]
    assert changes == [[], []]


def test_a_row_that_is_gone_when_it_is_read_is_not_compared(watching: Watching) -> None:
    leave = steps(update(DadTransmits=9), lambda: simulation.unbind("Ethernet", "ipv4"))
    come_and_go = steps(
        lambda: simulation.add_interface("VPN", families=["ipv4"], InterfaceLuid=NEW_LUID),
        lambda: simulation.remove_interface("VPN"),
    )
    done = watching([leave, come_and_go])
    assert [line.split(maxsplit=2) for line in lines(done)] == [
        ["Ethernet", "ipv4", "changed      it has disappeared since"],
        ["Ethernet", "ipv4", "disappeared"],
        [f"luid:{NEW_LUID}", "ipv4", "appeared     it has disappeared since"],
        [f"luid:{NEW_LUID}", "ipv4", "disappeared"],
    ]


def test_reachable_time_alone_is_no_change_and_not_shown_with_others(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ipif.get_interface
    monkeypatch.setattr(
        ipif, "get_interface", lambda *args: {**read(*args), "ReachableTime": 12345}
    )
    done = watching(
        [update(DadTransmits=9), steps(update(DadTransmits=8), update(DadTransmits=9))], "Ethernet"
    )
    assert lines(done) == [
        "Ethernet  ipv4  changed      DadTransmits 3 -> 9",
        *["Ethernet  ipv4  changed      no member has another value"] * 2,
    ]


def test_a_change_while_the_rows_are_read_for_the_first_time_is_shown(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ipif.list_interfaces

    def read_and_change(family: Any = None) -> Any:
        rows = read(family)
        update(DadTransmits=9)()
        return rows

    monkeypatch.setattr(ipif, "list_interfaces", read_and_change)
    done = watching([dict], "Ethernet")  # a step that does nothing
    assert lines(done) == ["Ethernet  ipv4  changed      DadTransmits 3 -> 9"]


def test_characters_of_an_alias_that_disturb_a_terminal_are_escaped(watching: Watching) -> None:
    simulation.rename_interface("Ethernet", "以太网\x1b[31m\u202e")
    done = watching([update("Wi-Fi", DadTransmits=9), update("以太网\x1b[31m\u202e", NlMtu=1400)])
    assert "以太网\\x1b[31m\\u202e  ipv4" in done.out
    assert "\x1b" not in done.out


# ---- which interfaces


@pytest.mark.parametrize("name", ["Ethernet", "ethernet", "13", "guid", "luid"])
def test_only_the_interface_that_is_named_is_watched(name: str, watching: Watching) -> None:
    luid = ipif.Luid.of("Ethernet")
    name = {"guid": str(luid.guid), "luid": f"luid:{int(luid)}"}.get(name, name)
    done = watching([update("Wi-Fi", NlMtu=1400), update(NlMtu=1400)], name, "--json")
    assert told(done) == [("Ethernet", "ipv4", "ParameterNotification")]


@pytest.mark.parametrize("family", ["ipv6", "IPv6", "6"])
def test_only_the_family_that_is_named_is_watched(family: str, watching: Watching) -> None:
    change = update(family=None, NlMtu=1400)
    done = watching([change], "--family", family, "--json")
    assert told(done) == [("Ethernet", "ipv6", "ParameterNotification")]


@pytest.mark.parametrize("luid", [None, NEW_LUID])
def test_an_adapter_that_comes_back_is_seen_also_with_another_luid(
    luid: int | None, watching: Watching
) -> None:
    old = ipif.Luid.of("Ethernet")
    done = watching(
        [
            lambda: simulation.remove_interface("Ethernet"),
            lambda: simulation.add_interface("Other", InterfaceIndex=99),
            lambda: simulation.add_interface(
                "Ethernet", InterfaceLuid=luid or int(old), families=["ipv4"]
            ),
            update(NlMtu=1400),
        ],
        "ethernet",
        "--json",
    )
    assert told(done) == [
        ("Ethernet", "ipv4", "DeleteInstance"),
        ("Ethernet", "ipv6", "DeleteInstance"),
        ("Ethernet", "ipv4", "AddInstance"),
        ("Ethernet", "ipv4", "ParameterNotification"),
    ]
    assert events(done)[-1]["InterfaceLuid"] == (luid or int(old))


def test_a_pattern_shows_adapters_that_come_later(watching: Watching) -> None:
    done = watching(
        [
            lambda: simulation.add_interface("Office VPN", families=["ipv4"]),
            lambda: simulation.add_interface("Other", families=["ipv4"]),
            lambda: simulation.rename_interface("Office VPN", "Home"),
            update("Home", NlMtu=1400),
        ],
        "office*",
        "--json",
    )
    assert told(done) == [
        ("Office VPN", "ipv4", "AddInstance"),
        ("Home", "ipv4", "ParameterNotification"),  # its alias was like the pattern until then
    ]


# ---- dropped notifications


def test_after_dropped_notifications_all_rows_are_read_again(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "_CAPACITY", 2)
    burst = steps(
        lambda: simulation.remove_interface("vEthernet (WSL)"),
        update("Wi-Fi", NlMtu=1400),
        lambda: simulation.add_interface("VPN", families=["ipv4"]),
        update("Ethernet", NlMtu=1300),
    )
    done = watching([burst, update("Wi-Fi", NlMtu=1399)], "--json")
    assert told(done) == [
        ("vEthernet (WSL)", "ipv4", "DeleteInstance"),
        ("vEthernet (WSL)", "ipv6", "DeleteInstance"),
        ("Ethernet", "ipv4", "ParameterNotification"),
        ("Wi-Fi", "ipv4", "ParameterNotification"),
        ("VPN", "ipv4", "AddInstance"),
        ("Wi-Fi", "ipv4", "ParameterNotification"),
    ]
    assert [one["Changes"] for one in events(done) if one["Alias"] == "Wi-Fi"] == [
        [{"Member": "NlMtu", "Before": 1500, "After": 1400}],
        [{"Member": "NlMtu", "Before": 1400, "After": 1399}],
    ]
    assert "3 notifications were dropped" in json.loads(done.err)["note"]


def test_an_interface_whose_deletion_was_dropped_is_deleted(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "_CAPACITY", 2)
    burst = steps(
        update("Wi-Fi", NlMtu=1400),
        update("Ethernet", NlMtu=1300),
        lambda: simulation.remove_interface("vEthernet (WSL)"),
    )
    done = watching([burst], "--json")
    assert {("vEthernet (WSL)", family, "DeleteInstance") for family in ("ipv4", "ipv6")} <= set(
        told(done)
    )


# ---- how it ends


def test_it_ends_when_the_time_is_up_and_closes_its_registration(
    command: Command, calls: Calls
) -> None:
    for seconds in ("0", "0.01"):
        assert command("watch", "--for", seconds) == Done(0, "", "")
    assert calls["NotifyIpInterfaceChange"] == calls["CancelMibChangeNotify2"] == 2


def test_ctrl_c_ends_it_with_130(watching: Watching) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    done = watching([update(NlMtu=1400), press])
    assert done.status == 130
    assert "NlMtu 1500 -> 1400" in done.out
    assert done.err == "ipif: interrupted\n"


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent SIGINT there")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_lines_come_at_once_and_ctrl_c_leaves_no_traceback(option: list[str]) -> None:
    with running("watch", *option) as process:
        assert process.stdout is not None
        assert "Ethernet" in process.stdout.readline()
        status, errors = interrupt(process)
    assert status == 130
    assert "interrupted" in errors
    assert len(errors.splitlines()) == 1


def test_a_closed_pipe_ends_it_quietly() -> None:
    with running("watch") as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert close_output(process) == (0, "")


def test_an_error_of_windows_ends_it_with_1(watching: Watching) -> None:
    def fail() -> None:
        update(NlMtu=1400)()
        simulation.fail("GetIpInterfaceEntry", 31)

    done = watching([fail])
    assert done.status == 1
    assert "WinError 31" in done.err


# ---- bad input


def test_an_unknown_interface_ends_with_4_and_says_how_to_wait_for_it(command: Command) -> None:
    message = error_of(command("watch", "Ethernt"), 4)
    assert "did you mean 'Ethernet'?" in message
    assert "ipif wait" in message
    assert "a pattern" in message
    error = json.loads(command("watch", "Ethernt", "--json").err)["error"]
    assert (error["code"], error["nearest"]) == (4, "Ethernet")


@pytest.mark.parametrize("name", ["999", "luid:7", "{00000000-0000-0000-0000-000000000001}"])
def test_numbers_of_no_interface_end_with_4(name: str, command: Command) -> None:
    assert name.removeprefix("luid:").strip("{}") in error_of(
        command("watch", name, "--for", "0"), 4
    )


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--family", "ipv5"], 5, "ipv4, ipv6 or both"),
        ([""], 5, "empty"),
        (["9" * 30], 5, "neither an index nor a LUID"),
        (["--for", "nan"], 2, "not a number of seconds"),
        (["--for", "-1"], 2, "not a number of seconds"),
        (["--for", "1_0"], 2, "not a number of seconds"),
        (["--for", " 1"], 2, "not a number of seconds"),
        (["--for", "1e99"], 2, "not a number of seconds"),
        (["--for", "inf"], 2, "not a number of seconds"),
        (["--for"], 2, "--for"),
        (["--fo", "1"], 2, "--fo"),
        (["Ethernet", "ipv4"], 2, "ipv4"),
    ],
)
def test_bad_arguments_are_refused_in_words_of_the_command(
    arguments: list[str], status: int, words: str, command: Command
) -> None:
    assert words in error_of(command("watch", *arguments), status)
