"""The manifests of the DSC resources: valid, and about methods that the command has."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import support.machine  # noqa: F401
from support.fresh import ROOT

from ipif._cli.main import make_parser
from ipif._cli.status import MEANINGS
from ipif.dsc.manifests import METHODS, RESOURCES, file_of, manifest

jsonschema = pytest.importorskip("jsonschema", exc_type=ImportError)

FOLDER = os.environ.get("IPIF_DSC_SCHEMAS", "")
SCHEMAS = ("dsc_manifest_v3.json", "dsc_manifest_v3.1.0.json")

published = pytest.mark.skipif(
    not FOLDER,
    reason=f"IPIF_DSC_SCHEMAS names no folder with {' and '.join(SCHEMAS)}, DSC's own schemas",
)


def problems(schema: str, document: object) -> list[str]:
    """Return what is wrong with a manifest, by one of the schemas that DSC publishes."""
    contents = json.loads(Path(FOLDER, schema).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(contents)
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)
    ]


@published
@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("resource", RESOURCES)
def test_a_manifest_is_valid_by_the_schema_that_dsc_publishes(resource: str, schema: str) -> None:
    assert problems(schema, manifest(resource)) == []


WRONG: dict[str, dict[str, Any]] = {
    "another type": {"type": "IPInterface"},
    "no semantic version": {"version": "1.0"},
    "a return that there is not": {"test": {"executable": "ipif", "return": "diff"}},
    "a method without its input": {"get": {"executable": "ipif", "args": ["dsc"]}},
    "an argument of DSC 3.2": {
        "set": {"executable": "ipif", "args": [{"whatIfArg": "--what-if"}], "input": "stdin"}
    },
    "an exit code that is none": {"exitCodes": {"none": "done"}},
    "another dialect": {"$schema": "https://json-schema.org/draft/2020-12/schema"},
}


@published
@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("case", WRONG)
def test_the_published_schema_refuses_a_wrong_manifest(case: str, schema: str) -> None:
    assert problems(schema, {**manifest("Ipif/IPInterface"), **WRONG[case]}) != []


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_method_is_one_of_the_command(resource: str) -> None:
    found = manifest(resource)
    calls = [found[name] for name in ("get", "set", "whatIf", "test", "export")]
    calls.append(found["schema"]["command"])
    parser = make_parser()
    methods = set()
    for call in calls:
        assert call["executable"] == "ipif"
        options = parser.parse_args(call["args"])
        assert (options.command, options.resource) == ("dsc", resource)
        methods.add(options.method)
    assert methods == {*METHODS}


@pytest.mark.parametrize("resource", RESOURCES)
def test_the_exit_codes_are_those_of_the_command(resource: str) -> None:
    codes = manifest(resource)["exitCodes"]
    assert codes == {str(status): meaning for status, meaning in MEANINGS.items()}


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="no checkout")
def test_the_build_puts_every_manifest_beside_the_command() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    scripts = settings["tool"]["setuptools"]["script-files"]
    assert {*scripts} == {f"src/dsc/{file_of(resource)}" for resource in RESOURCES}
