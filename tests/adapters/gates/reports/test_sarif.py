"""Prove that findings are read from SARIF logs, and that odd ones are refused."""

import json
from typing import Any

import pytest

from orch.adapters.gates.reports.names import Unreadable
from orch.adapters.gates.reports.sarif import read_sarif

RULES = [
    {"id": "S1", "messageStrings": {"m": {"text": "Use {0}, not {1}"}}},
    {"id": "S2", "defaultConfiguration": {"level": "note"}},
]


def result(text: str, uri: str = "src/a%20b.py", **more: object) -> dict[str, Any]:
    """Make a finding."""
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 7}}}
    return {"message": {"text": text}, "ruleId": "R1", "locations": [place], **more}


def log(*results: dict[str, Any]) -> bytes:
    """Make a log of them."""
    run = {"tool": {"driver": {"name": "Lint", "rules": RULES}}, "results": list(results)}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


def test_findings_are_named_by_file_rule_and_message() -> None:
    """Wherever the checkout stands, and on whatever line."""
    raw = log(result("Unused x, see line 12"), result("Bad", "file:///w/src/c.py", level="error"))
    assert read_sarif(raw, roots=("/w",)) == [
        "src/a b.py Lint R1 Unused x, see line _",
        "src/c.py Lint R1 Bad",
    ]


def test_what_does_not_count_is_left_out() -> None:
    """Notes, what passed, what somebody has suppressed, and what is gone."""
    raw = log(
        result("a", level="note"),
        result("b", kind="pass"),
        result("c", suppressions=[{"kind": "inSource"}]),
        result("d", baselineState="absent"),
        result("e", ruleId="S2"),
    )
    assert read_sarif(raw) == []


def test_messages_by_id_are_filled_in() -> None:
    """From the strings of their rule, found by its index."""
    message = {"id": "m", "arguments": ["this", "that"]}
    raw = log({"message": message, "ruleIndex": 0, "level": "error"})
    assert read_sarif(raw) == ["Lint S1 Use this, not that"]


ODD = [
    b"",
    b"[]",
    b"{}",
    b'{"runs": 3}',
    b'{"runs": [{"results": [{}]}]}',
    b'{"runs": [{"results": [{"message": {"text": "x"}, "locations": 4}]}]}',
    b"[" * 200_000,
    b'{"runs": [' + b"9" * 10_000 + b"]}",
    b"\xff\xfe",
]


@pytest.mark.parametrize("raw", ODD, ids=range(len(ODD)))
def test_what_is_no_log_is_refused(raw: bytes) -> None:
    """It names nothing; nothing is guessed."""
    with pytest.raises(Unreadable):
        read_sarif(raw)


def test_a_log_without_findings_is_empty() -> None:
    """Also where a tool writes null for none."""
    assert read_sarif(log()) == []
    assert read_sarif(b'{"runs": [{"results": null}]}') == []
