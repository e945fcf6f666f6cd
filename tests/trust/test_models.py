"""Changed blocks, plans and watches over a changing machine, against a small model in Python.

Hypothesis makes sequences of steps: adapters come, go and are renamed, families are bound and
unbound, links go up and down, another program sets values, calls fail; meanwhile blocks and plans
are entered and left in any order, and watches are opened and read. After every step the rows and
the events must be those of the model.
"""

import uuid
import warnings
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.machine import control

import ipif
from ipif import simulation
from ipif._core.family import AF
from ipif._sim.snapshot import OPTIONS

FAMILIES = ("ipv4", "ipv6")
AUTOMATIC = "automatic"
SET = "SetIpInterfaceEntry"
ACCESS_DENIED, NOT_ENOUGH_MEMORY = 5, 8

# Few values, so that steps often meet the same one. The numbers are no automatic metrics.
VALUES = {
    "NlMtu": (1300, 1400, 1500),
    "DadTransmits": (0, 1, 3),
    "WeakHostSend": (False, True),
    "RouterDiscoveryBehavior": (0, 1, 2),
    "Metric": (1000, 2000, AUTOMATIC),
}
CHANGES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
).filter(bool)
FAMILY = st.sampled_from(FAMILIES)
NUMBER = st.integers(0, 1000)  # picks one of those that there are
CODE = st.sampled_from((ACCESS_DENIED, NOT_ENOUGH_MEMORY))


def members(changes):
    """Return changes of the model as arguments of ipif."""
    if changes.get("Metric") != AUTOMATIC:
        return dict(changes)
    return {**{n: v for n, v in changes.items() if n != "Metric"}, "UseAutomaticMetric": True}


# ---- the model


@dataclass(eq=False)
class Change:
    """The change of one value by a block or plan, which may have to be restored."""

    before: object
    written: object


@dataclass(eq=False)
class Row:
    """A row: how it appeared, and what has become of the members that steps change."""

    first: dict
    values: dict
    was_set: bool = False


@dataclass(eq=False)
class Adapter:
    luid: int
    index: int
    alias: str
    is_up: bool = True
    rows: dict = field(default_factory=dict)  # by family
    changes: dict = field(default_factory=dict)  # by family and member, the latest one last

    def set(self, family, changes):
        """Set values; return whether one was another before."""
        row = self.rows[family]
        if all(row.values[name] == value for name, value in changes.items()):
            return False
        row.values.update(changes)
        row.was_set = True
        return True

    def enter(self, family, changes):
        """Set values that will be restored; return the Change of each that was another before."""
        made = {}
        for name, value in changes.items():
            before = self.rows[family].values[name]
            if before != value:
                made[name] = Change(before, value)
                self.changes.setdefault((family, name), []).append(made[name])
        self.set(family, changes)
        return made

    def leave(self, family, made):
        """Restore values; return whether one was set, and whether another program has set one."""
        restored, conflict = {}, False
        for name, change in made.items():
            chain = self.changes[family, name]
            later = chain[chain.index(change) + 1 :]
            chain.remove(change)
            if later:
                if later[0].before in (change.written, change.before):
                    later[0].before = change.before  # it restores the earlier value of both
                else:
                    conflict = True
            elif family in self.rows:
                now = self.rows[family].values[name]
                if now == change.written:
                    restored[name] = change.before
                elif now != change.before:
                    conflict = True
        return bool(restored) and self.set(family, restored), conflict


@dataclass(eq=False)
class Transaction:
    """A block or plan that was entered: how it is left, and (adapter, family, changes) of rows."""

    leave: object
    made: list


@dataclass(eq=False)
class OpenWatch:
    watch: ipif.Watch
    family: str | None
    luid: int | None
    capacity: int
    unread: list = field(default_factory=list)
    dropped: int = 0

    def note(self, kind, adapter, family):
        """Note that a row has changed: the event is unread, or dropped when there is no place."""
        if self.family not in (None, family) or self.luid not in (None, adapter.luid):
            return
        if len(self.unread) < self.capacity:
            self.unread.append((kind, family, adapter.luid, adapter.index))
        else:
            self.dropped += 1


# ---- the steps


class ChangingMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        simulation.reset()
        simulation.profile("sentinel", **dict.fromkeys(OPTIONS, False))
        self.others = ipif.list_interfaces()
        self.adapters = []
        self.transactions = []
        self.watches = []
        self.names = 0
        self.add(FAMILIES)
        self.add(FAMILIES)

    def note(self, kind, adapter, family):
        for watch in self.watches:
            watch.note(kind, adapter, family)

    def note_bound(self, adapter):
        for family in FAMILIES:
            if family in adapter.rows:
                self.note("ParameterNotification", adapter, family)

    def new_name(self):
        self.names += 1
        return f"Adapter {self.names}"

    def appeared(self, adapter, family):
        """Note a new row: it has the defaults of the simulation."""
        row = ipif.get_interface(ipif.Luid(adapter.luid), family)
        assert row["UseAutomaticMetric"]
        values = {name: row[name] for name in VALUES}
        adapter.rows[family] = Row(row, {**values, "Metric": AUTOMATIC})
        self.note("AddInstance", adapter, family)

    def pick(self, number, what=None):
        things = self.adapters if what is None else what
        return things[number % len(things)]

    # ---- the machine changes

    @precondition(lambda self: len(self.adapters) < 4)
    @rule(families=st.sampled_from(((), ("ipv4",), ("ipv6",), FAMILIES)))
    def add(self, families):
        # A LUID may be that of an adapter that has gone. The GUID never is.
        alias = self.new_name()
        guid = uuid.UUID(int=(0xA0 << 120) + self.names)
        luid = simulation.add_interface(alias, families=families, InterfaceGuid=guid)
        adapter = Adapter(int(luid), luid.index, alias)
        self.adapters.append(adapter)
        for family in families:
            self.appeared(adapter, family)

    @precondition(lambda self: len(self.adapters) > 1)
    @rule(number=NUMBER)
    def remove(self, number):
        adapter = self.pick(number)
        simulation.remove_interface(ipif.Luid(adapter.luid))
        self.adapters.remove(adapter)
        for family in FAMILIES:
            if adapter.rows.pop(family, None):
                self.note("DeleteInstance", adapter, family)

    @rule(number=NUMBER)
    def rename(self, number):
        adapter = self.pick(number)
        name = self.new_name()
        simulation.rename_interface(adapter.alias, name)
        adapter.alias = name
        self.note_bound(adapter)

    @rule(number=NUMBER, family=FAMILY)
    def bind_or_unbind(self, number, family):
        adapter = self.pick(number)
        if family in adapter.rows:
            simulation.unbind(adapter.alias, family)
            del adapter.rows[family]
            self.note("DeleteInstance", adapter, family)
        else:
            simulation.bind(adapter.alias, family)
            self.appeared(adapter, family)

    @rule(number=NUMBER, up=st.booleans())
    def set_link(self, number, up):
        adapter = self.pick(number)
        simulation.set_link(adapter.alias, up=up)
        if adapter.is_up != up:
            adapter.is_up = up
            self.note_bound(adapter)

    @rule(number=NUMBER, family=FAMILY, changes=CHANGES)
    def another_program_sets(self, number, family, changes):
        adapter = self.pick(number)
        if family not in adapter.rows:
            with pytest.raises(ipif.FamilyNotBound):
                ipif.update_interface(adapter.alias, family, **members(changes))
            return
        ipif.update_interface(adapter.alias, family, **members(changes))
        adapter.rows[family].was_set = True  # the call is made in any case
        if adapter.set(family, changes):
            self.note("ParameterNotification", adapter, family)

    # ---- transactions

    def enter(self, transaction, rows):
        """Note that rows, each (adapter, family, changes), were set by a transaction."""
        for adapter, family, changes in rows:
            made = adapter.enter(family, changes)
            transaction.made.append((adapter, family, made))
            if made:
                self.note("ParameterNotification", adapter, family)
        self.transactions.append(transaction)

    def fail_to_enter(self, enter, rows, code, after):
        """Enter a transaction whose call number *after* fails: everything is rolled back."""
        to_set = self.to_set(rows)
        simulation.fail(SET, code, after=after)
        with pytest.raises(ipif.Error) as caught:
            enter()
        assert caught.value.winerror == code
        done = to_set[:after]
        for adapter, family in [*done, *reversed(done)]:
            adapter.rows[family].was_set = True
            self.note("ParameterNotification", adapter, family)

    def to_set(self, rows):
        """Return (adapter, family) of the rows that do not have their values."""
        return [
            (adapter, family)
            for adapter, family, changes in rows
            if any(adapter.rows[family].values[name] != changes[name] for name in changes)
        ]

    @rule(
        number=NUMBER,
        family=st.sampled_from((None, *FAMILIES)),
        changes=CHANGES,
        fault=st.none() | st.tuples(CODE, st.integers(0, 1)),
    )
    def enter_block(self, number, family, changes, fault):
        adapter = self.pick(number)
        block = ipif.changed(adapter.alias, family, **members(changes))
        wanted = FAMILIES if family is None else (family,)
        rows = [(adapter, each, changes) for each in wanted if each in adapter.rows]
        if not rows:
            with pytest.raises(ipif.FamilyNotBound):
                block.__enter__()
        elif fault is not None and fault[1] < len(self.to_set(rows)):
            self.fail_to_enter(block.__enter__, rows, *fault)
        else:
            block.__enter__()
            self.enter(Transaction(lambda: block.__exit__(None, None, None), []), rows)

    @rule(
        wanted=st.lists(st.tuples(NUMBER, FAMILY, CHANGES), min_size=1, max_size=3),
        fault=st.none() | st.tuples(CODE, st.integers(0, 2)),
        confirm=st.booleans(),
    )
    def apply_plan(self, wanted, fault, confirm):
        rows = {}
        for number, family, changes in wanted:
            adapter = self.pick(number)
            if family in adapter.rows:
                rows[adapter.luid, family] = (adapter, family, changes)
        entries = [
            {"match": {"alias": adapter.alias}, family: members(changes)}
            for adapter, family, changes in rows.values()
        ]
        if not entries:
            return
        plan = ipif.plan({"interfaces": entries})
        order = list(dict.fromkeys((int(change.luid), change.family) for change in plan.changes))
        assert len(order) == len(self.to_set(rows.values()))
        in_order = [rows[key] for key in order]
        if fault is not None and fault[1] < len(order):
            self.fail_to_enter(plan.apply, in_order, *fault)
            assert plan.state == "planned"
            return
        plan.apply()
        if confirm:
            plan.confirm()
        self.enter(Transaction(plan.revert, []), in_order)

    def left(self, transaction):
        """Note that a transaction was left; return whether another program has set a value."""
        self.transactions.remove(transaction)
        conflicts = False
        for adapter, family, made in reversed(transaction.made):
            changed, conflict = adapter.leave(family, made)
            conflicts |= conflict
            if changed:
                self.note("ParameterNotification", adapter, family)
        return conflicts

    @precondition(lambda self: self.transactions)
    @rule(number=NUMBER)
    def leave(self, number):
        transaction = self.pick(number, self.transactions)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            transaction.leave()
        conflict = self.left(transaction)
        found = [warning for warning in caught if warning.category is ipif.RestoreWarning]
        assert len(found) == len(caught)
        assert bool(found) == conflict

    @precondition(lambda self: any(len(each.made) == 1 for each in self.transactions))
    @rule(number=NUMBER, code=CODE)
    def leave_again_after_a_failure(self, number, code):
        transaction = self.pick(number, [each for each in self.transactions if len(each.made) == 1])
        simulation.fail(SET, code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ipif.RestoreWarning)
            failure = None
            try:
                transaction.leave()
            except ipif.ApplyError as error:
                failure = error
            if failure is not None:  # else no call was needed
                assert failure.winerror == code
                self.rows_are_those_of_the_model()
                failure.retry()
        control().clear_faults()
        self.left(transaction)

    # ---- watches

    @precondition(lambda self: len(self.watches) < 4)
    @rule(
        family=st.sampled_from((None, *FAMILIES)),
        number=st.none() | NUMBER,
        capacity=st.sampled_from((1, 3, 1024)),
    )
    def open_watch(self, family, number, capacity):
        adapter = None if number is None else self.pick(number)
        watch = ipif.watch(
            family, interface=None if adapter is None else adapter.alias, capacity=capacity
        )
        luid = None if adapter is None else adapter.luid
        self.watches.append(OpenWatch(watch, family, luid, capacity))

    @precondition(lambda self: self.watches)
    @rule(number=NUMBER, count=st.integers(1, 5))
    def read_events(self, number, count):
        watch = self.pick(number, self.watches)
        for _ in range(count):
            expected = watch.unread.pop(0) if watch.unread else None
            event = watch.watch.get(timeout=0)
            if event is not None:
                event = (event.type.name, event.family, int(event.luid), event.index)
            assert event == expected

    @precondition(lambda self: self.watches)
    @rule(number=NUMBER)
    def close_watch(self, number):
        self.close(self.pick(number, self.watches))

    def close(self, watch):
        """Close a watch: what is unread can be read, and what was dropped is still counted."""
        self.watches.remove(watch)
        watch.watch.close()
        for expected in watch.unread:
            event = watch.watch.get(timeout=0)
            assert (event.type.name, event.family, int(event.luid), event.index) == expected
        with pytest.raises(ValueError, match="closed"):
            watch.watch.get(timeout=0)
        assert watch.watch.dropped == watch.dropped

    # ---- after every step

    @invariant()
    def rows_are_those_of_the_model(self):
        found = {(row["InterfaceLuid"], row["Family"]): row for row in ipif.list_interfaces()}
        for row in self.others:
            assert found.pop((row["InterfaceLuid"], row["Family"])) == row
        for adapter in self.adapters:
            assert ipif.Luid(adapter.luid).alias == adapter.alias
            for row in adapter.rows.values():
                now = found.pop((adapter.luid, row.first["Family"]))
                assert now == self.expected(adapter, row, now)
        assert not found

    @staticmethod
    def expected(adapter, row, now):
        """Return the row of the model; an automatic metric is the number that the row has *now*."""
        expected = {**row.first, **row.values, "Connected": adapter.is_up}
        expected["UseAutomaticMetric"] = row.values["Metric"] == AUTOMATIC
        if expected["UseAutomaticMetric"]:
            expected["Metric"] = now["Metric"]
        if row.first["Family"] == AF["ipv4"] and (row.was_set or now["SitePrefixLength"] == 0):
            # 0 after every call, and restoring may make one that changes nothing else.
            expected["SitePrefixLength"] = 0
        return expected

    @invariant()
    def events_are_delivered_or_counted(self):
        assert control().settle(30_000) == 0
        for watch in self.watches:
            assert watch.watch.dropped == watch.dropped

    def teardown(self):
        try:
            while self.transactions:
                self.leave(len(self.transactions) // 2)
                self.rows_are_those_of_the_model()
            self.events_are_delivered_or_counted()
            while self.watches:
                self.close(self.watches[-1])
        finally:
            for watch in self.watches:
                watch.watch.close()
            control().clear_faults()


def run(examples, steps, **options):
    run_state_machine_as_test(
        ChangingMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


def test_rows_and_events_of_a_changing_machine_are_those_of_the_model():
    run(30, 30, derandomize=True)


@pytest.mark.slow
def test_rows_and_events_of_many_changing_machines_are_those_of_the_model():
    run(1000, 50)
