"""What is done with the fleet, step by step; each step checks what it finds."""

import json
import resource
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from salt_fleet import guide
from salt_fleet.machines import name_of, snapshot_of
from salt_fleet.processes import Fleet, Group, Master, Minion, wait_until

_ALL = "pc-*"
_OTHER_VERSION = "0.0.9"
_TO_START = 240.0  # seconds for all minions to answer
_TO_TELL = 30.0  # seconds for an event of a beacon
_LARGE = 5_000_000  # bytes
_CONFIRM_WITHIN = 5  # seconds

_ETHERNET: dict[str, Any] = {"match": {"type": "ethernet"}, "expect": "some"}


def _both_families(mtu: int) -> dict[str, Any]:
    return {**_ETHERNET, "ipv4": {"NlMtu": mtu}, "ipv6": {"NlMtu": mtu}}


class Row(NamedTuple):
    """A line of the table: what was done, and what became of the hosts."""

    step: str
    seconds: float
    total: Mapping[str, Any] | None


class Scenario:
    """The steps, on a fleet with *count* minions."""

    def __init__(self, fleet: Fleet, count: int, *, write_guide: bool) -> None:
        self.fleet = fleet
        self.count = count
        self.rows: list[Row] = []
        self.facts: dict[str, float] = {}
        self._write_guide = write_guide
        for name, text in guide.files().items():
            if name.startswith("/srv/"):
                path = fleet.folder / name.lstrip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        self.beacon = guide.files()["minion.d/ipif.conf"]

    @contextmanager
    def _step(self, name: str) -> Iterator[list[Any]]:
        """A step: what is appended to its list are answers with reports."""
        print(f"-- {name}", flush=True)
        answers: list[Any] = []
        start = time.monotonic()
        yield answers
        seconds = time.monotonic() - start
        total = self._merge(answers) if answers else None
        self.rows.append(Row(name, seconds, total))

    def _merge(self, answers: list[Any]) -> dict[str, Any]:
        """Return what ``ipif report merge`` makes of what Salt has printed."""
        path = self.fleet.folder / "answers.json"
        path.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
        words: list[str | Path] = [self.fleet.bin / "ipif", "report", "merge", path, "--json"]
        done = self.fleet.run(words)
        assert done.status in (0, 1), done.err
        found: dict[str, Any] = done.json()
        return found

    # ---- the steps

    def run(self) -> None:
        """Do all steps."""
        self._start()
        if self.count == 2:
            self._follow_guide()
        self._restore_machines()
        self._ping()
        self._apply()
        self._drift()
        self._refused()
        self._not_elevated()
        self._nothing_matches()
        self._bad_documents()
        self._confirm()
        self._confirm_in_processes()
        self._two_masters()
        self._killed()

    def _start(self) -> None:
        with self._step("start the master and the minions"):
            self.master = Master(self.fleet, "master")
            self.minions: dict[str, Minion] = {}
            for number in range(1, self.count + 1):
                name = name_of(number)
                # Threads, so that one process has the machine, and the beacon sees what happens.
                self.minions[name] = Minion(
                    self.fleet,
                    name,
                    snapshot_of(number, self.count),
                    [self.master],
                    {"multiprocessing": False},
                    self.beacon,
                )
            self._wait_for(*self.minions)
        self.first, self.last = name_of(1), name_of(self.count)
        self.events = Events(self.fleet, self.master)

    def _wait_for(self, *names: str) -> None:
        target = ",".join(names)
        words = ("--out=json", "--static", "-t", "3", "-L", target)

        def answer() -> bool:
            try:
                found = self.master.run("salt", *words, "test.ping").json()
            except json.JSONDecodeError:  # the master knows none of them yet
                return False
            return bool(found == dict.fromkeys(names, True))

        wait_until(f"{target} answer", answer, _TO_START)

    def _follow_guide(self) -> None:
        with self._step("all commands of docs/guides/salt.md"):
            count = guide.follow(self._run_shown, write=self._write_guide)
            assert count > 10, count

    def _run_shown(self, words: list[str]) -> str:
        """Run a command of the guide; return what it writes, errors last."""
        to_file = None
        if ">" in words:
            words, to_file = words[: words.index(">")], words[words.index(">") + 1]
        start: list[str | Path]
        start = [self.fleet.bin / "ipif"] if words[0] == "ipif" else self.master.words(words[0])
        done = self.fleet.run([*start, *words[1:]])
        if to_file is None:
            return done.out + done.err
        (self.fleet.folder / to_file).write_text(done.out, encoding="utf-8")
        return done.err

    def _on_all(self, function: str) -> None:
        """Run a function of the module fleet on all minions."""
        assert self.master.salt(_ALL, function) == dict.fromkeys(self.minions, True)

    def _restore_machines(self) -> None:
        """Bring every machine back as it was made."""
        self._on_all("fleet.restore")
        self.machines = self._machines()
        assert len(set(self.machines.values())) == self.count, "two machines are the same"

    def _machines(self, target: str = _ALL) -> dict[str, str]:
        return self.master.salt(target, "fleet.machine")

    def _unchanged(self, target: str, before: Mapping[str, str]) -> None:
        """Check that the machines are as before."""
        for name, machine in self._machines(target).items():
            assert machine == before[name], f"{name} was changed"

    def _ping(self) -> None:
        with self._step("ping"):
            assert self.master.salt(_ALL, "test.ping") == dict.fromkeys(self.minions, True)
        words = ("--out=json", "--static", "-G", "ipif:backend:simulated", "test.ping")
        assert self.master.run("salt", *words).json() == dict.fromkeys(self.minions, True)

    def _apply(self) -> None:
        with self._step("dry run") as answers:
            answers.append(self._state("interfaces", "test=True"))
        self._expect(hosts=self.count, would_change=self.count)
        for answer in answers[0].values():
            [state] = answer.values()
            assert state["result"] is None, state
            assert state["changes"], state
        self._unchanged(_ALL, self.machines)
        with self._step("apply") as answers, self._processor_time("apply"):
            answers.append(self._state("interfaces"))
        self._expect(hosts=self.count, changed=self.count)
        states = [state for answer in answers[0].values() for state in answer.values()]
        seconds = sum(state["report"]["seconds"] for state in states)
        self.facts["apply: time in ipif itself, ms per minion"] = seconds / self.count * 1000
        [state] = answers[0][self.first].values()
        assert state["changes"]["Ethernet ipv4"]["Metric"]["new"] == 10, state["changes"]
        with self._step("apply again") as answers:
            answers.append(self._state("interfaces"))
        self._expect(hosts=self.count, unchanged=self.count)

        with self._step("apply in batches of half the hosts") as answers:
            words = ("--out=json", "--static", "-b", "50%", "--failhard", _ALL)
            done = self.master.run("salt", *words, "state.apply", "interfaces")
            answers += values_of(done.out)
        self._expect(hosts=self.count, unchanged=self.count)

    def _state(self, name: str, *arguments: str, target: str = _ALL) -> dict[str, Any]:
        return self.master.salt(target, "state.apply", name, *arguments)

    def _expect(self, **counts: int) -> Mapping[str, Any]:
        """Check the sum of the reports of the last step; results that are not given are 0."""
        total = self.rows[-1].total
        assert total is not None
        assert total["hosts"] == counts.pop("hosts"), total
        results = {name.replace(" ", "_"): count for name, count in total["results"].items()}
        wanted = dict.fromkeys(results, 0) | counts
        assert results == wanted, f"{self.rows[-1].step}: {total}"
        return total

    def _drift(self) -> None:
        with self._step("drift, told by the beacon"):
            self.events.forget()
            words = ("Ethernet", "ipv4", "Metric=77")
            assert self.master.salt(self.first, "fleet.set", *words) == {self.first: True}
            self.events.wait_for(f"salt/beacon/{self.first}/ipif/drift", "Metric")
            self.events.wait_for(f"salt/beacon/{self.first}/ipif/interface", "Ethernet")
        with self._step("apply after the drift") as answers:
            answers.append(self._state("interfaces"))
        self._expect(hosts=self.count, changed=1, unchanged=self.count - 1)
        self.events.wait_for(f"salt/beacon/{self.first}/ipif/in_order", "")

    def _refused(self) -> None:
        before = self._machines()
        self._on_all("fleet.keep")
        with self._step("one host refuses a row") as answers:
            self.master.salt(self.first, "fleet.fail", "SetIpInterfaceEntry", "1450", "after=1")
            answers.append(self._document(_both_families(1300)))
        total = self._expect(hosts=self.count, changed=self.count - 1, failed=1)
        assert total["rolled_back"] == [self.first], total
        assert total["not_rolled_back"] == [], total
        self._unchanged(self.first, before)
        self._on_all("fleet.restore")

    def _document(self, *entries: Mapping[str, Any], target: str = _ALL, **options: Any) -> Any:
        """Apply a document by the execution module."""
        words = [f"{name}={value}" for name, value in options.items()]
        return self.master.salt(
            target, "ipif.apply", f"interfaces={json.dumps(list(entries))}", *words
        )

    def _not_elevated(self) -> None:
        before = self._machines()
        self._on_all("fleet.keep")
        with self._step("one host is not elevated") as answers:
            self.master.salt(self.first, "fleet.elevated", "False")
            answers.append(self._document({**_ETHERNET, "ipv4": {"NlMtu": 1300}}))  # fmt: skip
        total = self._expect(hosts=self.count, changed=self.count - 1, failed=1)
        assert total["failed"][0]["hosts"] == [self.first], total
        error = answers[0][self.first]["error"]
        assert error["winerror"] == 5, error
        assert "administrator" in error["hint"], error
        self.master.salt(self.first, "fleet.elevated", "True")
        self._unchanged(self.first, before)
        self._on_all("fleet.restore")

    def _nothing_matches(self) -> None:
        before = self._machines()
        with self._step("nothing matches on one host") as answers:
            answers.append(self._state("wifi"))
        total = self._expect(hosts=self.count, changed=self.count - 1, failed=1)
        assert total["failed"][0]["hosts"] == [self.last], total
        [state] = answers[0][self.last].values()
        assert state["result"] is False, state
        assert "interfaces[0].match" in state["comment"], state
        self._unchanged(self.last, before)
        with self._step("revert what waits to be confirmed"):
            answer = self.master.salt(_ALL, "ipif.revert")
            assert [found["reverted"] for found in answer.values()].count(1) == self.count - 1
        self._unchanged(_ALL, before)

    def _bad_documents(self) -> None:
        before = self._machines()
        entry = {"match": {"alias": "nobody*"}, "expect": "any", "ipv4": {"NlMtu": 1300}}
        large = {"interfaces": [entry] * (_LARGE // len(json.dumps(entry)) + 1)}
        documents = {
            "garbage": "\x00\x01 this is {no document",
            "version": json.dumps({"ipif_desired": 0, "interfaces": [entry]}),
            "truncated": json.dumps(large)[:-10],
        }
        for name, text in documents.items():
            (self.fleet.states / f"{name}.json").write_text(text, encoding="utf-8")
            with self._step(f"a bad document: {name}") as answers:
                answers.append(self._file(name))
            total = self._expect(hosts=self.count, failed=self.count)
            assert len(total["failed"]) == 1, total["failed"]
        (self.fleet.states / "large.json").write_text(json.dumps(large), encoding="utf-8")
        with self._step("a document of 5 MB that matches nothing") as answers:
            answers.append(self._file("large"))
        self._expect(hosts=self.count, unchanged=self.count)
        self._unchanged(_ALL, before)

    def _file(self, name: str, target: str = _ALL) -> Any:
        return self.master.salt(target, "ipif.apply", f"document=salt://{name}.json")

    def _confirm(self) -> None:
        before = self._machines()
        wanted = {**_ETHERNET, "ipv4": {"NlMtu": 1290}}
        with self._step("apply, to be confirmed") as answers:
            answers.append(self._document(wanted, confirm_within=300, journal="rollout"))
        self._expect(hosts=self.count, changed=self.count)
        with self._step("the same rows meanwhile") as answers:
            answers.append(self._document({**wanted, "ipv4": {"NlMtu": 1280}}, target=self.first))
        self._expect(hosts=1, failed=1)
        with self._step("confirm"):
            answer = self.master.salt(_ALL, "ipif.confirm")
            assert answer == self._each({"kept": 1}), answer
        assert self._journals() == self._each({"kept": ["rollout"], "waiting": 0})
        with self._step("take it back"):
            answer = self.master.salt(_ALL, "ipif.revert", "rollout")
            assert all(len(found["changes"]) == 1 for found in answer.values()), answer
        self._unchanged(_ALL, before)
        with self._step("nobody confirms") as answers:
            answers.append(self._document(wanted, confirm_within=_CONFIRM_WITHIN))
        self._expect(hosts=self.count, changed=self.count)
        time.sleep(_CONFIRM_WITHIN)
        wait_until("everything is reverted", lambda: self._machines() == before, _TO_TELL)
        answer = self.master.salt(_ALL, "ipif.confirm")
        assert answer == self._each({"kept": 0}), answer

    def _each(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answers of all minions when each gives this one."""
        return dict.fromkeys(self.minions, answer)

    def _journals(self, target: str = _ALL) -> dict[str, Any]:
        return self.master.salt(target, "ipif.journals")

    def _confirm_in_processes(self) -> None:
        """The same where each job has a process of its own, as is Salt's default."""
        name = "processes"
        with self._step("start a minion with a process for each job"):
            machine = snapshot_of(1, 2)
            minion = Minion(
                self.fleet,
                name,
                machine,
                [self.master],
                {},
                "",
                IPIF_FLEET_PROCESSES="1",
                IPIF_FLEET_VERSION=_OTHER_VERSION,
            )
            self._wait_for(name)
        with self._step("that one has another version of ipif") as answers:
            answers.append(self._state("interfaces", "test=True", target="*"))
        total = self.rows[-1].total
        assert total is not None
        assert total["versions"][_OTHER_VERSION] == 1, total["versions"]
        assert len(total["versions"]) == 2, total["versions"]
        wanted = {**_ETHERNET, "ipv4": {"NlMtu": 1290}}
        before = self._machines(name)
        with self._step("apply there, to be confirmed") as answers:
            answers.append(self._document(wanted, target=name, confirm_within=300, journal="one"))
        self._expect(hosts=1, changed=1)
        assert self._machines(name) != before
        assert self._journals(name) == {name: {"kept": [], "waiting": 1}}
        with self._step("confirm there"):
            assert self.master.salt(name, "ipif.confirm") == {name: {"kept": 1}}
        assert self._journals(name) == {name: {"kept": ["one"], "waiting": 0}}
        assert len(self.master.salt(name, "ipif.revert", "one")[name]["changes"]) == 1
        assert self._machines(name) == before
        with self._step("nobody confirms there") as answers:
            answers.append(self._document(wanted, target=name, confirm_within=_CONFIRM_WITHIN))
        self._expect(hosts=1, changed=1)
        time.sleep(_CONFIRM_WITHIN)
        wait_until("everything is reverted", lambda: self._machines(name) == before, _TO_TELL)
        with self._step("apply there, and stop the minion") as answers:
            answers.append(self._document(wanted, target=name, confirm_within=300))
            minion.stop()
        assert '"NlMtu": 1290' in minion.machine()
        with self._step("start it again, and recover"):
            minion.start()
            self._wait_for(name)
            assert len(self.master.salt(name, "ipif.recover")[name]) == 1
        assert self._machines(name) == before
        minion.stop()

    def _two_masters(self) -> None:
        name = "two-masters"
        with self._step("start another master, and a minion of both"):
            reactor = guide.files()["master.d/reactor.conf"]
            reactor = reactor.replace("/srv/", f"{self.fleet.folder}/srv/")
            other = Master(self.fleet, "master-2", reactor, self.master)
            masters = [other, self.master]  # Salt sends the events of beacons to the first
            minion = Minion(
                self.fleet,
                name,
                snapshot_of(1, 2),
                masters,
                {"multiprocessing": False},
                self.beacon,
            )
            self._wait_for(name)
            wait_until(
                "it answers the other master",
                lambda: other.salt(name, "test.ping", timeout=10) == {name: True},
                _TO_START,
            )

        def is_in_order() -> bool:
            return bool(other.salt(name, "ipif.get", "Ethernet", "ipv4")[name]["Metric"] == 10)

        with self._step("a new minion drifts, and a reactor applies the state"):
            wait_until("the state is applied", is_in_order, _TO_TELL)
        with self._step("it drifts again"):
            self.master.salt(name, "fleet.set", "Ethernet", "ipv4", "Metric=77")
            wait_until("the state is applied", is_in_order, _TO_TELL)
        with self._step("both masters apply") as answers:
            answers.append(self._file("wifi", target=name))
            answers.append(other.salt(name, "ipif.apply", "document=salt://wifi.json"))
        reports = [answer[name] for answer in answers]
        assert [report["result"] for report in reports] == ["changed", "unchanged"], reports
        with self._step("both masters at the same time") as answers, ThreadPoolExecutor() as pool:
            entry = {**_ETHERNET, "ipv4": {"NlMtu": 1300}}
            words = (name, "ipif.apply", f"interfaces={json.dumps([entry])}")
            jobs = [pool.submit(master.salt, *words) for master in masters]
            answers += [job.result() for job in jobs]
        results = sorted(answer[name]["result"] for answer in answers)
        assert results == ["changed", "unchanged"], answers
        minion.stop()

    def _killed(self) -> None:
        before = self._machines(self.first)
        minion = self.minions[self.first]
        entry = _both_families(1310)
        with self._step("a host is killed in mid-apply"):
            self.master.salt(self.first, "fleet.kill_in_apply")
            words = f"interfaces={json.dumps([entry])}"
            self.master.run("salt", "-t", "3", "--async", self.first, "ipif.apply", words)
            assert minion.wait_for_its_end() == -9
        with self._step("start it again"):
            minion.start()
            self._wait_for(self.first)
        assert self._machines(self.first) != before
        with self._step("apply, which recovers first") as answers:
            answers.append(self._document(entry, target=self.first, journal="again"))
        self._expect(hosts=1, changed=1)
        [report] = answers[0].values()
        values = {(one["family"], one["before"], one["after"]) for one in report["changes"]}
        machine = json.loads(before[self.first])
        [luid] = {one["InterfaceLuid"] for one in machine["adapters"] if one["Alias"] == "Ethernet"}
        wanted = {
            (row["Family"], row["NlMtu"], 1310)
            for row in machine["interfaces"]
            if row["InterfaceLuid"] == luid
        }
        assert values == wanted, (values, wanted)
        self.master.salt(self.first, "ipif.revert", "again")
        self._unchanged(self.first, before)

    @contextmanager
    def _processor_time(self, what: str) -> Iterator[None]:
        """Note the processor time that a step costs, for each minion."""

        def times() -> dict[str, float]:
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            minions = (minion.processor_seconds() for minion in self.minions.values())
            return {
                "the master": self.master.processor_seconds(),
                "the command salt": children.ru_utime + children.ru_stime,
                "the minion": sum(minions),
            }

        before = times()
        yield
        for name, seconds in times().items():
            spent = (seconds - before[name]) / self.count * 1000
            self.facts[f"{what}: processor time of {name}, ms per minion"] = spent

    def measure(self) -> None:
        """Note what the fleet costs."""
        memory = [minion.memory() for minion in self.minions.values()]
        self.facts["memory of a minion, MB"] = sum(memory) / len(memory) / 1024
        for row in self.rows:
            if row.step in ("ping", "dry run", "apply", "apply again"):
                self.facts[f"{row.step}: ms per minion"] = row.seconds / self.count * 1000


def values_of(text: str) -> list[Any]:
    """Return the JSON values that stand in a text one after the other."""
    found = []
    decoder = json.JSONDecoder()
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found


class Events:
    """The events on the bus of a master."""

    def __init__(self, fleet: Fleet, master: Master) -> None:
        self._path = fleet.folder / "events.log"
        words: list[str | Path] = [*master.words("salt-run"), "state.event", "salt/beacon/*"]
        self._group: Group = fleet.start(words, self._path.name)
        self._seen = 0

    def _text(self) -> str:
        return Path(self._path).read_text(encoding="utf-8", errors="replace")

    def forget(self) -> None:
        """Forget the events until now."""
        self._seen = len(self._text())

    def wait_for(self, tag: str, text: str) -> None:
        """Wait for an event with this tag, and this text in its data."""

        def came() -> bool:
            lines = self._text()[self._seen :].splitlines()
            return any(line.startswith(tag) and text in line for line in lines)

        wait_until(f"the event {tag}", came, _TO_TELL)
