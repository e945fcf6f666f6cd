"""Editors show what a member is: below each member of the types of rows stands a docstring."""

import ast
import inspect
from pathlib import Path

import pytest
import support.machine  # noqa: F401

import ipif
from ipif import netioapi

TYPES = Path(ipif.__file__).parent / "_core" / "types.py"


def docstrings() -> dict[str, dict[str, str]]:
    """Return the text below each member of each class."""
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(TYPES.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            members = found[node.name] = {}
            for member, text in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(member, ast.AnnAssign):
                    is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
                    members[ast.unparse(member.target)] = (
                        inspect.cleandoc(text.value.value) if is_text else ""
                    )
    return found


TEXTS = docstrings()
INTERFACES = ["MIB_IPINTERFACE_ROW", "InitializedInterfaceRow", "InterfaceChanges"]


def test_every_structure_has_its_class() -> None:
    assert {*netioapi.FIELDS, *INTERFACES} == {*TEXTS}
    for structure, fields in netioapi.FIELDS.items():
        assert list(TEXTS[structure]) == [field.name for field in fields]


@pytest.mark.parametrize("name", TEXTS)
def test_every_member_has_a_text_that_begins_with_its_summary(name: str) -> None:
    fields = {field.name: field for field in netioapi.FIELDS.get(name, ipif.FIELDS)}
    for member, text in TEXTS[name].items():
        words = " ".join(text.split())
        assert words[1:].startswith(f"{fields[member].summary[1:]}."), member
        assert fields[member].unit in text


@pytest.mark.parametrize("name", INTERFACES)
@pytest.mark.parametrize("field", ipif.FIELDS, ids=lambda field: field.name)
def test_a_member_of_an_interface_names_its_counterparts_or_none(
    name: str, field: ipif.Field
) -> None:
    if name == "InterfaceChanges" and field.access != "settable":
        assert field.name not in TEXTS[name]
        return
    lines = TEXTS[name][field.name].splitlines()
    assert f"- PowerShell: {field.powershell or 'none'}" in lines
    assert f"- netsh: {field.netsh or 'none'}" in lines
    assert any(line.startswith(("- Default: ", "- Access: ")) for line in lines)


def test_the_text_of_nlmtu_has_unit_range_default_and_counterparts() -> None:
    assert TEXTS["InterfaceChanges"]["NlMtu"].splitlines() == [
        "Largest packet of this family, without the link-layer header.",
        "",
        "- Unit: bytes",
        "- Range: 576 to 4294967294 (IPv4), 1280 to 4294967294 (IPv6)",
        "- Default: depends on the adapter",
        "- PowerShell: NlMtuBytes",
        "- netsh: mtu",
    ]
