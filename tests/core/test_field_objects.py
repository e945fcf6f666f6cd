"""The field tables in Python: what can be done with their objects."""

import copy
import pickle

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import netioapi


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_fields_can_be_pickled(protocol: int) -> None:
    for fields in (ipif.FIELDS, *netioapi.FIELDS.values()):
        assert pickle.loads(pickle.dumps(fields, protocol)) == fields


def test_fields_can_be_copied() -> None:
    assert copy.deepcopy(ipif.FIELDS) == ipif.FIELDS
    assert [copy.copy(field) for field in ipif.FIELDS] == list(ipif.FIELDS)


def test_the_ranges_of_a_field_are_a_mapping_that_cannot_be_changed() -> None:
    [field] = [field for field in ipif.FIELDS if field.name == "NlMtu"]
    assert field.ranges is not None
    assert dict(field.ranges) == {"ipv4": (576, 2**32 - 2), "ipv6": (1280, 2**32 - 2)}
    assert repr(field.ranges) == repr(dict(field.ranges))
    assert len(field.ranges) == 2
    with pytest.raises(TypeError):
        field.ranges["ipv4"] = (0, 0)  # type: ignore[index]
    with pytest.raises(KeyError):
        field.ranges["ipv5"]
