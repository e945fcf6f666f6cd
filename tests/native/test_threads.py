"""Many threads at once, and several interpreters in one process."""

import contextlib
import socket

import pytest
import support.machine  # noqa: F401
from support.fresh import MACHINE, run
from support.interpreters import KINDS, in_interpreters, needs_interpreters
from support.threads import at_once

import ipif
from ipif import netioapi

V4 = int(socket.AF_INET)
ETHERNET = 13
KEYS = {"Family": V4, "InterfaceIndex": ETHERNET}
NAMES = [field.name for field in ipif.FIELDS]


def consistent(row):
    """Assert that a row is whole: both members come from one call."""
    assert list(row) == NAMES
    assert row["BaseReachableTime"] == row["RetransmitTime"]


def test_threads_read_and_write_one_row_see_whole_rows():
    def pair(number):
        return {"BaseReachableTime": 1000 + number, "RetransmitTime": 1000 + number}

    def get(number):
        consistent(netioapi.get_ip_interface_entry(V4, index=ETHERNET))

    def table(number):
        rows = netioapi.get_ip_interface_table(V4)
        [row] = [row for row in rows if row["InterfaceIndex"] == ETHERNET]
        consistent(row)
        assert len(rows) == 9

    def put(number):
        netioapi.set_ip_interface_entry({**KEYS, **pair(number)})

    def update(number):
        netioapi.update_ip_interface_entry(V4, pair(-number), index=ETHERNET)

    def other(number):
        with pytest.raises(ipif.FamilyNotBound):
            netioapi.get_ip_interface_entry(V4, index=19)
        assert len(netioapi.get_if_table2()) == 11
        assert len(netioapi.get_ip_forward_table2()) == 6

    netioapi.set_ip_interface_entry({**KEYS, **pair(0)})
    at_once(get, get, table, table, put, put, update, update, other)
    consistent(netioapi.get_ip_interface_entry(V4, index=ETHERNET))


def test_threads_change_a_dict_while_it_is_read_read_some_state_of_it():
    shared = {**KEYS, "NlMtu": 1400}
    zones = [0] * 16
    others = {"ZoneIndices": zones, "DadTransmits": 1, "NoMember": 1}

    def change(number):
        for name, value in others.items():
            shared[name] = value
            shared.pop(name, None)  # the other thread may have been faster
        zones[:] = [number] * (15 + number % 2)

    def read(number):
        try:
            netioapi.set_ip_interface_entry(shared)
        except ValueError as error:
            if "NoMember" not in str(error) and "ZoneIndices" not in str(error):
                raise

    at_once(change, change, read, read, read, rounds=500)
    assert netioapi.get_ip_interface_entry(V4, index=ETHERNET)["NlMtu"] == 1400


def test_threads_controls_and_calls_at_once_do_not_disturb_each_other():
    def control(number):
        ipif.simulation.elevated(bool(number % 2))
        ipif.simulation.dump()

    def put(number):
        with contextlib.suppress(ipif.AccessDenied):
            netioapi.set_ip_interface_entry({**KEYS, "NlMtu": 1400 + number})

    at_once(control, put, put, rounds=100)


# ---- sub-interpreters


@needs_interpreters
@pytest.mark.parametrize("own_gil", KINDS)
def test_interpreter_imports_and_works_on_the_machine_of_the_process(own_gil):
    in_interpreters(
        "interpreter = create(OWN_GIL)\n"
        "run(interpreter, WORK.format(path=sys.path))\n"
        "destroy(interpreter)\n"
        "assert netioapi.get_ip_interface_entry(2, index=13)['NlMtu'] == 1499\n",
        own_gil,
    )


@needs_interpreters
@pytest.mark.parametrize("own_gil", KINDS)
def test_interpreter_made_and_destroyed_again_and_again_leaves_the_others_alone(own_gil):
    in_interpreters(
        "rows = netioapi.get_ip_interface_table()\n"
        "older = create(OWN_GIL)\n"
        "run(older, WORK.format(path=sys.path))\n"
        "for _ in range(5):\n"
        "    interpreter = create(OWN_GIL)\n"
        "    run(interpreter, WORK.format(path=sys.path))\n"
        "    destroy(interpreter)\n"
        "run(older, 'assert len(netioapi.get_ip_interface_table()) == 19')\n"
        "run(older, 'assert netioapi.get_if_table2()[1][\"InterfaceGuid\"]')\n"
        "destroy(older)\n"
        "ipif.simulation.reset()\n"
        "assert netioapi.get_ip_interface_table() == rows\n",
        own_gil,
    )


@needs_interpreters
@pytest.mark.parametrize("own_gil", KINDS)
def test_interpreter_its_module_has_a_state_of_its_own(own_gil):
    # While both interpreters live, no object of one can be at the address of one of the other.
    done = in_interpreters(
        "from ipif._core.backend import native\n"
        "interpreter = create(OWN_GIL)\n"
        "run(interpreter, WORK.format(path=sys.path))\n"
        "show = 'from ipif._core.backend import native\\n'\n"
        "show += 'print(id(native), id(native.fields()), id(native.fields), flush=True)'\n"
        "exec(show)\n"
        "run(interpreter, show)\n"
        "destroy(interpreter)\n",
        own_gil,
    )
    first, second = (set(line.split()) for line in done.stdout.splitlines())
    assert len(first) == len(second) == 3
    assert not first & second


@needs_interpreters
@pytest.mark.parametrize("own_gil", KINDS)
def test_interpreters_many_at_once_each_in_a_thread(own_gil):
    in_interpreters(
        "import threading\n"
        "errors = []\n"
        "def work():\n"
        "    try:\n"
        "        interpreter = create(OWN_GIL)\n"
        "        for _ in range(3):\n"
        "            run(interpreter, WORK.format(path=sys.path))\n"
        "        destroy(interpreter)\n"
        "    except BaseException as error:\n"
        "        errors.append(error)\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "if errors: raise errors[0]\n"
        "assert control.live_tables() == 0\n",
        own_gil,
    )


@needs_interpreters
@pytest.mark.parametrize("own_gil", KINDS[1:])
def test_interpreters_that_share_immortal_objects_do_not_count_their_references(own_gil):
    # All interpreters have the same small ints, True and None. Counts of two at once get lost, and
    # immortal objects are freed: a crash, later and somewhere else.
    pack = (
        "import sys\nsys.path[:] = {path!r}\n"
        "from ipif._core.backend import native\n"
        "rows = native.get_ip_interface_table()\n"
        "for row in rows * 100: native.pack_interface_row(row); native.get_if_table2()\n"
    )
    in_interpreters(
        "import threading\n"
        "def work():\n"
        "    for _ in range(10):\n"
        "        interpreter = create(OWN_GIL)\n"
        f"        run(interpreter, {pack!r}.format(path=sys.path))\n"
        "        destroy(interpreter)\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n",
        own_gil,
    )


def test_import_repeated_after_unloading_gives_a_new_module_and_the_old_one_works():
    run(
        MACHINE + "import gc\n"
        "old = netioapi.get_ip_interface_table\n"
        "from ipif._core.backend import native\n"
        "modules = {id(native)}\n"
        "kept = [native]\n"
        "for _ in range(20):\n"
        "    for name in [name for name in sys.modules if name.split('.')[0] == 'ipif']:\n"
        "        del sys.modules[name]\n"
        "    import ipif\n"
        "    from ipif import netioapi\n"
        "    from ipif._core.backend import native\n"
        "    modules.add(id(native))\n"
        "    kept.append(native)\n"
        "    assert netioapi.get_ip_interface_table() == old()\n"
        "    assert netioapi.get_if_table2()[1]['Alias'] == 'Ethernet'\n"
        "assert len(modules) == 21\n"
        "del kept, old, netioapi, ipif, native, control\n"
        "gc.collect()\n"
    )


def test_import_repeated_and_collected_does_not_grow():
    done = run(
        MACHINE + "import gc\n"
        "def again():\n"
        "    for name in [name for name in sys.modules if name.split('.')[0] == 'ipif']:\n"
        "        del sys.modules[name]\n"
        "    from ipif import netioapi\n"
        "    netioapi.get_ip_interface_table(); netioapi.get_if_table2()\n"
        "    netioapi.get_ip_forward_table2()\n"
        "    gc.collect()\n"
        "    return sys.getallocatedblocks()\n"
        "del netioapi, ipif, control\n"
        "print([again() for _ in range(12)][3:])\n"
    )
    blocks = eval(done.stdout)
    # A module that is not freed is a thousand blocks and more.
    assert blocks[-1] - blocks[0] < 300 * (len(blocks) - 1), blocks
