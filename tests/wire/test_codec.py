"""Prove that lines are read and written as JSON-RPC 2.0 says."""

import json

import pytest

from orch.wire.codec import decode_request, encode, request_id
from orch.wire.codes import Code, WireError
from orch.wire.messages import Failure, Notification, Request, Result


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Result(id=1, value=[1]), {"id": 1, "result": [1]}),
        (Notification(method="a.b", params={"x": 1}), {"method": "a.b", "params": {"x": 1}}),
        (Request(method="a.b", params={}, id="k"), {"id": "k", "method": "a.b", "params": {}}),
        (
            Failure(id=None, error=WireError(Code.NOT_FOUND, "no", next="look")),
            {
                "id": None,
                "error": {
                    "code": -32001,
                    "message": "no",
                    "data": {"name": "not_found", "next": "look"},
                },
            },
        ),
    ],
)
def test_each_message_is_one_line(
    message: Result | Notification | Request | Failure, expected: dict[str, object]
) -> None:
    """With its version, and nothing more."""
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line) == {"jsonrpc": "2.0"} | expected


def test_what_was_written_is_read() -> None:
    """A request survives both ways."""
    request = Request(method="task.show", params={"task": "t1 ä"}, id=7)
    assert decode_request(encode(request)) == request


@pytest.mark.parametrize("key", [True, 1.5, [], {}])
def test_an_id_is_a_number_or_a_text(key: object) -> None:
    """Anything else could not be compared."""
    line = json.dumps({"jsonrpc": "2.0", "method": "x", "id": key}).encode()
    with pytest.raises(WireError, match="id of a request"):
        decode_request(line)
    assert request_id(line) is None


def test_the_id_of_what_is_no_json_is_unknown() -> None:
    """The answer goes to nobody in particular."""
    assert request_id(b"{") is None
    assert request_id(b"[1]") is None
    assert request_id(b'{"id": 4}') == 4
