"""What a child process does that multiprocessing has started."""

from __future__ import annotations

import ipif


def change_and_watch() -> None:
    """Change the machine in each way, see the changes, and leave everything as before."""
    before = ipif.list_interfaces()
    document = {"interfaces": [{"match": {"alias": "Wi-Fi"}, "ipv4": {"DadTransmits": 6}}]}
    with ipif.watch() as watch:
        with ipif.changed("Ethernet", "ipv4", DadTransmits=7):
            assert ipif.get_interface("Ethernet", "ipv4")["DadTransmits"] == 7
        plan = ipif.plan(document)
        plan.apply(confirm_within=600)
        plan.revert()
        with ipif.guard(document):
            assert ipif.get_interface("Wi-Fi", "ipv4")["DadTransmits"] == 6
        ipif.update_interface("Wi-Fi", "ipv4", DadTransmits=3)
        indexes = {watch.get(30).index for _ in range(6)}
    assert indexes == {ipif.Luid.of("Ethernet").index, ipif.Luid.of("Wi-Fi").index}
    after = ipif.list_interfaces()
    for one, other in zip(before, after, strict=True):
        different = {*ipif.differences(one, other)} - {"SitePrefixLength"}
        assert not different, different
