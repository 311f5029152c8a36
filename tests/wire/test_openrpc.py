"""Prove that the document describes what is served, and that its page is current."""

import json
from pathlib import Path
from typing import Any

import pytest

from orch.daemon.methods.all import METHODS
from orch.daemon.methods.pages import render_openrpc
from orch.wire.codes import Code
from orch.wire.openrpc import document

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Give the document as a client reads it."""
    made: dict[str, Any] = json.loads(json.dumps(document(METHODS.values(), version="1.2.3")))
    return made


def test_every_method_is_described(found: dict[str, Any]) -> None:
    """With a summary, a role, and a noun and a verb for a name."""
    assert [method["name"] for method in found["methods"]] == sorted(METHODS)
    for method in found["methods"]:
        assert method["summary"].endswith((".", "?")), method["name"]
        assert method["x-role"] in {"person", "lead", "session"}
        assert method["name"].count(".") == 1


def test_every_reference_leads_somewhere(found: dict[str, Any]) -> None:
    """No schema is missing."""
    known = found["components"]["schemas"]

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert str(node["$ref"]).removeprefix("#/components/schemas/") in known
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(found)


def test_parameters_say_which_are_required(found: dict[str, Any]) -> None:
    """And of which kind they are."""
    show = next(method for method in found["methods"] if method["name"] == "task.show")
    required = {param["name"]: param["required"] for param in show["params"]}
    assert required == {"task": True, "project": False, "cwd": False}


def test_errors_are_in_the_document(found: dict[str, Any]) -> None:
    """Each with its number and exit code."""
    assert found["components"]["errors"]["refused"]["code"] == Code.REFUSED
    assert len(found["components"]["errors"]) == len(Code)


def test_the_page_in_the_docs_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "openrpc.json").read_text(encoding="utf-8") == render_openrpc()
