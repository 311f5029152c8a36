"""Reads SARIF 2.1.0, as linters and scanners write it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import unquote

from orch.adapters.gates.reports.names import Unreadable, name

_NO_FAULT: Final = frozenset({"none", "note"})
_OPEN_KINDS: Final = frozenset({"fail", "open", "review"})


def read_sarif(raw: bytes, *, roots: Sequence[str] = ()) -> list[str]:
    """List errors and warnings that nobody has suppressed. Raises `Unreadable`.

    A finding is named by its file, its rule and its message.
    """
    try:
        log = json.loads(raw)
        return [_name(result, run, roots=roots) for run in log["runs"] for result in _open(run)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"it is no SARIF log: {error!r}"[:200]) from error


def _open(run: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for result in run.get("results") or ():
        counts = result.get("kind", "fail") in _OPEN_KINDS and not result.get("suppressions")
        if counts and _level(result, run) not in _NO_FAULT and not _is_absent(result):
            yield result


def _is_absent(result: dict[str, Any]) -> bool:
    return bool(result.get("baselineState") == "absent")


def _level(result: dict[str, Any], run: dict[str, Any]) -> str:
    default = _rule(result, run).get("defaultConfiguration", {}).get("level", "warning")
    return str(result.get("level", default))


def _rule(result: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    rules: list[dict[str, Any]] = run.get("tool", {}).get("driver", {}).get("rules") or []
    index = result.get("ruleIndex", result.get("rule", {}).get("index", -1))
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    wanted = result.get("ruleId")
    return next((rule for rule in rules if wanted and rule.get("id") == wanted), {})


def _name(result: dict[str, Any], run: dict[str, Any], *, roots: Sequence[str]) -> str:
    tool = str(run.get("tool", {}).get("driver", {}).get("name", ""))
    rule = result.get("ruleId") or result.get("rule", {}).get("id") or _rule(result, run).get("id")
    places = result.get("locations") or [{}]
    uri = places[0].get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "")
    message = result["message"]
    said = message.get("text") or message.get("markdown") or _by_id(message, _rule(result, run))
    path = unquote(str(uri)).removeprefix("file://").removeprefix("./")
    return name(path, tool, str(rule or ""), str(said), roots=roots, moving=True)


def _by_id(message: dict[str, Any], rule: dict[str, Any]) -> str:
    texts = rule.get("messageStrings", {})
    text = str(texts.get(message.get("id"), {}).get("text", message.get("id", "")))
    for place, argument in enumerate(message.get("arguments") or ()):
        text = text.replace(f"{{{place}}}", str(argument))
    return text
