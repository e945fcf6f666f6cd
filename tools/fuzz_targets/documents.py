"""Desired documents: refused with nothing changed, or applied and reverted without a trace."""

import atheris

with atheris.instrument_imports(include=["ipif"]):
    import ipif
    from ipif import simulation
    from ipif._sim.control import control

from fuzz_targets.values import Values, fuzz, require, small_snapshot

SETTABLE = [field for field in ipif.FIELDS if field.access == "settable"]
SELECTORS = ("alias", "description", "luid", "guid", "index", "type", "connected", "not")
DOCUMENT = {
    "interfaces": [
        {"match": {"alias": "Ethernet"}, "ipv4": {"NlMtu": 1400, "Metric": 5}},
        {"match": {"alias": ["Wi-*", "VPN*"]}, "expect": "any", "ipv6": {"Metric": 3}},
        {"match": {"type": "ethernet", "not": {"alias": "Ethernet"}}, "ipv4": {"DadTransmits": 0}},
    ]
}


simulation.load(small_snapshot())
FIRST = control().dump()


def an_entry(values: Values) -> dict[str, object]:
    """Return an entry that may be right."""
    entry: dict[str, object] = {"match": {values.one_of(SELECTORS): values.json(1)}}
    if values.chance(2):
        entry["match"] = {"alias": values.one_of(("*", "Ethernet", "W*", "nobody"))}
    if values.chance(2):
        entry["expect"] = values.one_of(("one", "some", "any"))
    for family in ("ipv4", "ipv6"):
        changes: dict[str, object] = {}
        for _ in range(values.below(4)):
            field = values.one_of(SETTABLE)
            changes[field.name] = values.one_of((True, False, 1, 7, 1400, values.json(1)))
        entry[family] = changes
    return entry


def one(data: bytes) -> None:
    values = Values(data)
    control().load(FIRST)
    before = ipif.list_interfaces()
    document = DOCUMENT
    if values.chance(2):
        document = {"interfaces": [an_entry(values) for _ in range(1 + values.below(3))]}
    try:
        plan = ipif.plan(values.changed(document) if values.chance(2) else document)
        plan.apply(confirm_within=None)
    except ipif.ValidationError as error:
        require(all(str(problem) for problem in error.problems))
        require(ipif.list_interfaces() == before)
        return
    except ipif.Error:
        after = ipif.list_interfaces()
    else:
        plan.revert()
        after = ipif.list_interfaces()
    for row, old in zip(after, before, strict=True):
        if row["Family"] == 2:  # Get says 64 at first, and nothing can write that
            row["SitePrefixLength"] = old["SitePrefixLength"]
        require(row == old)


fuzz(one)
