"""docs/guides/dsc.md: the instances of its examples are run as the engine of DSC would run them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.dsc_engine import Resource, in_process
from support.fresh import ROOT
from support.rows import rows

from ipif.dsc.manifests import INTERFACE, INTERFACE_LIST, RESOURCES, file_of, manifest

yaml = pytest.importorskip("yaml")

PAGE = ROOT / "docs" / "guides" / "dsc.md"
if not PAGE.exists():
    pytest.skip("the documentation is not here: no checkout", allow_module_level=True)

TEXT = PAGE.read_text(encoding="utf-8")
PARAMETER = re.compile(r"^\[parameters\('(\w+)'\)\]$")
TYPES: dict[str, type] = {"int": int, "string": str}


def documents() -> dict[str, Any]:
    """Return each YAML document of the page by its first line, the name of its file."""
    blocks = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return {name: yaml.safe_load(text) for name, text in blocks}


DOCUMENTS = documents()


def configurations(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the configuration documents inside of *value*: those of a playbook are deeper."""
    if isinstance(value, dict) and "resources" in value:
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from configurations(item)


def replaced(value: Any, parameters: dict[str, Any]) -> Any:
    """Return *value* with the values of the *parameters* that it names."""
    if isinstance(value, dict):
        return {name: replaced(item, parameters) for name, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, parameters) for item in value]
    found = PARAMETER.match(value) if isinstance(value, str) else None
    return value if found is None else parameters[found[1]]


def instances(document: Any, given: dict[str, Any]) -> list[tuple[Resource, Any]]:
    """Return each resource of a configuration document, and its instance."""
    definitions = document.get("parameters", {})
    assert given.keys() <= definitions.keys()
    values = {name: one["defaultValue"] for name, one in definitions.items()} | given
    for name, value in values.items():
        assert type(value) is TYPES[definitions[name]["type"]]
    return [
        (
            Resource(manifest(one["type"]), Path(), in_process()),
            replaced(one["properties"], values),
        )
        for one in document["resources"]
    ]


CASES = [
    (name, document, given)
    for name, contents in DOCUMENTS.items()
    for document in configurations(contents)
    for given in ({}, DOCUMENTS["web-7.parameters.yaml"]["parameters"])
    if given.keys() <= document.get("parameters", {}).keys()
]


@pytest.mark.parametrize(("name", "document", "given"), CASES, ids=lambda value: str(value)[:30])
def test_an_example_is_tested_and_set(name: str, document: Any, given: dict[str, Any]) -> None:
    todo = instances(document, given)
    assert todo
    before = rows()
    earlier = [resource.get(instance) for resource, instance in todo]
    for resource, instance in todo:
        assert not resource.test(instance).in_desired_state
        assert resource.set(instance, what_if=True).changed != []
    assert rows() == before
    for resource, instance in todo:
        assert resource.set(instance).changed != []
    for resource, instance in todo:
        assert resource.test(instance).in_desired_state
        assert resource.set(instance).changed == []
    for (resource, _), state in zip(todo, earlier, strict=True):
        resource.set(state)
    assert rows() == before


def test_the_page_has_an_example_for_each_engine_and_each_resource() -> None:
    names = [name for name, _, _ in CASES]
    assert {*names} == {
        "office.dsc.config.yaml",
        "tunnel.dsc.config.yaml",
        "office.winget",
        "office.yml",
    }
    assert names.count("tunnel.dsc.config.yaml") == 2
    types = {one["type"] for _, document, _ in CASES for one in document["resources"]}
    assert types == {INTERFACE, INTERFACE_LIST}
    assert len(re.findall(r"^```yaml$", TEXT, re.MULTILINE)) == len(DOCUMENTS)


def test_every_file_that_a_command_names_is_on_the_page() -> None:
    named = re.findall(r"(?:--file|--parameters-file) (\S+)", TEXT)
    assert len(named) > 4
    assert {*named} <= DOCUMENTS.keys()


def test_a_playbook_gives_parameters_that_its_document_has() -> None:
    ((task,),) = [play["tasks"] for play in DOCUMENTS["office.yml"]]
    module = task["ansible.windows.dsc3"]
    assert module["parameters"].keys() == module["config"]["parameters"].keys()


def test_the_page_names_the_resources_their_files_and_their_methods() -> None:
    for resource in RESOURCES:
        assert f"`{resource}`" in TEXT
        assert f"`{file_of(resource)}`" in TEXT
    rows_of_table = re.findall(r"^\| ([\w-]+) \| ", TEXT, re.MULTILINE)
    assert rows_of_table == ["method", "get", "test", "set", "what-if", "export"]
