"""Describes the methods of the wire as an OpenRPC document, from the table that serves them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from orch.wire.codes import MEANINGS, exit_code

_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What there is to know of one method without running it.

    `params` is a dataclass; its fields are the parameters. `news` is the type of the
    notifications that follow the result, None where there are none.
    """

    name: str
    summary: str
    role: str
    params: type
    result: Any
    news: type | None = None


def document(methods: Iterable[Description], *, version: str) -> dict[str, object]:
    """Build the document; the same table and version give the same document."""
    known = sorted(methods, key=lambda method: method.name)
    types = [one for method in known for one in (method.result, method.news) if one]
    schemas, components = msgspec.json.schema_components(
        types, ref_template=_REF, schema_hook=_anything
    )
    kinds = {repr(one): schema for one, schema in zip(types, schemas, strict=True)}
    return {
        "openrpc": "1.3.2",
        "info": {
            "title": "orch",
            "version": version,
            "description": "JSON-RPC 2.0 over a Unix socket, one object a line, in UTF-8. "
            "Parameters go by name; unknown ones are refused.",
        },
        "methods": [_describe(method, kinds) for method in known],
        "components": {"schemas": dict(sorted(components.items())), "errors": _errors()},
    }


def _anything(kind: type) -> dict[str, object]:
    """Describe `object`, which stands for any JSON."""
    if kind is object:
        return {"description": "any JSON value"}
    raise NotImplementedError


def _describe(method: Description, kinds: dict[str, Any]) -> dict[str, object]:
    summary, _, rest = method.summary.partition("\n")
    described: dict[str, object] = {
        "name": method.name,
        "summary": summary,
        "description": " ".join(f"{method.params.__doc__ or ''} {rest}".split()),
        "paramStructure": "by-name",
        "params": _parameters(method.params),
        "result": {"name": "result", "schema": kinds[repr(method.result)]},
        "x-role": method.role,
    }
    if method.news:
        described["x-notifications"] = kinds[repr(method.news)]
    return described


def _parameters(params: type) -> list[dict[str, object]]:
    """Describe parameters where they are used: no two methods share them."""
    _, components = msgspec.json.schema_components([params], schema_hook=_anything)
    (schema,) = components.values()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "required": name in required, "schema": kind}
        for name, kind in schema.get("properties", {}).items()
    ]


def _errors() -> dict[str, object]:
    return {
        code.word: {
            "code": int(code),
            "message": meaning,
            "data": {"name": code.word, "exit": exit_code(code)},
        }
        for code, meaning in MEANINGS.items()
    }


def parameter_names(params: type) -> tuple[str, ...]:
    """List the parameters that a method takes."""
    return tuple(field.name for field in fields(params))
