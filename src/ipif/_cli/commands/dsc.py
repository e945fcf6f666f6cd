"""``ipif dsc``: the command resources of Desired State Configuration (DSC)."""

from __future__ import annotations

import sys

import ipif
from ipif._cli.status import INVALID, Failure
from ipif.dsc.manifests import INTERFACE_LIST, METHODS, RESOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ipif._cli.arguments import Parser
    from ipif._cli.dsc_output import DscOutput

DESCRIPTION = (
    "What DSC version 3 calls: a method of a resource, with an instance as JSON on standard input. "
    "It writes JSON lines, and messages as JSON on standard error. 'schema' writes the JSON schema "
    "of the instances; 'export' takes no input, or the properties of what is to be exported."
)


def _changes(options: argparse.Namespace) -> bool:
    """Return whether the method changes the machine."""
    return bool(options.method == "set")


CHANGES = _changes


def add(parser: Parser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "resource", metavar="RESOURCE", choices=RESOURCES, help=" or ".join(RESOURCES)
    )
    parser.add_argument("method", metavar="METHOD", choices=METHODS, help=", ".join(METHODS))


def run(options: argparse.Namespace, output: DscOutput) -> int:
    """Run a method, and write its lines."""
    for line in _lines(options, output):
        output.json_line(line)
    return 0


def _lines(options: argparse.Namespace, output: DscOutput) -> list[Any]:
    """Return what the method writes."""
    method = options.method
    if method == "schema":
        from ipif.dsc.schemas import schema

        return [schema(options.resource)]
    from ipif.dsc import methods

    resource = _resource_of(options.resource)
    document = _read_input()
    if method == "export":
        lines: list[Any] = resource.export(document or {})
        return lines
    if document is None:
        text = f"{method} needs an instance as JSON on standard input, which is empty"
        raise Failure(INVALID, text, f"'ipif dsc {options.resource} schema' describes it")
    document.pop(methods.IN_DESIRED_STATE, None)  # in what test has printed
    instance = resource.read(document, wanted=method != "get")
    if method == "set":
        return methods.set_(instance, output.info)
    return {"get": methods.get, "test": methods.test, "what-if": methods.what_if}[method](instance)


def _resource_of(name: str) -> Any:
    """Return the module of a resource."""
    if name == INTERFACE_LIST:
        from ipif.dsc import interface_list

        return interface_list
    from ipif.dsc import interface

    return interface


def _read_input() -> Any:
    """Return the document on standard input, ``None`` if there is nothing."""
    stream: Any = sys.stdin  # its buffer has peek(), which its type does not say
    if stream is None or stream.isatty() or not stream.buffer.peek(1):
        return None
    return ipif.read_document(stream.buffer)
