"""The Responses protocol: items, custom tools and shells, the history of Codex, usage, errors."""

import json

import pytest

from orch.testing.model_server import (
    Fault,
    FaultKind,
    bash,
    echo_last_user,
    say,
    serve_in_thread,
    tool,
    write,
)
from tests.testing.model_server.asking import Json, Reply, ask

SHELL = {
    "type": "function",
    "name": "exec_command",
    "parameters": {"type": "object", "properties": {"cmd": {"type": "string"}}},
}
FIX = (write("a.txt", "x\n", say="I write."), bash("git commit -am x"), say("Done."))


def message(role: str, text: str) -> Json:
    """Make a message of the history."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def request(*more: Json, tools: tuple[Json, ...] = (SHELL,), **others: object) -> Json:
    """Make a request as Codex does."""
    context = message("user", "<environment_context>\n<cwd>/srv/tree</cwd></environment_context>")
    given = [context, message("user", "fix it"), *more]
    return {"model": "gpt-x", "stream": True, "input": given, "tools": list(tools), **others}


def items(reply: Reply) -> list[Json]:
    """List the items of a streamed answer."""
    return [e["item"] for e in reply.events() if e["type"] == "response.output_item.done"]


def test_a_file_is_written_by_the_shell_where_there_is_no_writer() -> None:
    """In the directory that the agent told."""
    with serve_in_thread({"fix": FIX}) as server:
        reply = ask(f"{server.url('fix')}/v1/responses", request())
    spoken, call = items(reply)
    assert spoken["content"][0]["text"] == "I write."
    assert call["type"] == "function_call"
    assert "cat > /srv/tree/a.txt <<" in json.loads(call["arguments"])["cmd"]


def test_the_stream_ends_with_the_whole_answer_and_its_usage() -> None:
    """Cached tokens are a part of the input here."""
    with serve_in_thread({"fix": FIX}) as server:
        events = ask(f"{server.url('fix')}/v1/responses", request()).events()
    assert events[0]["type"] == "response.created"
    last = events[-1]
    assert last["type"] == "response.completed"
    assert last["response"]["id"] == events[0]["response"]["id"]
    assert last["response"]["usage"]["input_tokens"] == 1500
    assert last["response"]["usage"]["input_tokens_details"] == {"cached_tokens": 300}
    deltas = [e["delta"] for e in events if e["type"] == "response.output_text.delta"]
    assert "".join(deltas) == "I write."


def test_an_answer_in_one_piece_is_the_same() -> None:
    """For those who don't stream."""
    with serve_in_thread({"fix": FIX}) as server:
        got = ask(f"{server.url('fix')}/v1/responses", request(stream=False)).json()
    assert [item["type"] for item in got["output"]] == ["message", "function_call"]


def test_items_in_a_row_are_one_turn() -> None:
    """Codex sends what was said and what was called as several items."""
    with serve_in_thread({"fix": FIX}) as server:
        url = f"{server.url('fix')}/v1/responses"
        history: list[Json] = []
        for _ in FIX:
            for item in items(ask(url, request(*history))):
                history.append(item)
                if item["type"] == "function_call":
                    output = {"type": "function_call_output", "output": "ok"}
                    history.append({**output, "call_id": item["call_id"]})
        assert server.steps("fix") == [0, 1, 2]


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        ({"type": "local_shell"}, "local_shell_call"),
        ({"type": "custom", "name": "apply_patch"}, "custom_tool_call"),
    ],
)
def test_tools_of_other_shapes_are_called_in_their_shape(offered: Json, wanted: str) -> None:
    """A shell of the protocol's own, and tools that take one free text."""
    steps = {
        "local_shell_call": bash("ls"),
        "custom_tool_call": tool("apply_patch", {"input": "*** Begin Patch"}),
    }
    with serve_in_thread({"x": (steps[wanted],)}) as server:
        tools = (SHELL, offered) if wanted == "custom_tool_call" else (offered,)
        (call,) = items(ask(f"{server.url('x')}/v1/responses", request(tools=tools)))
    assert call["type"] == wanted
    if wanted == "local_shell_call":
        assert call["action"]["command"] == ["bash", "-lc", "ls"]
    else:
        assert call["input"] == "*** Begin Patch"


def test_what_the_person_said_last_is_written_down() -> None:
    """So a test sees that a message in the middle of the work has arrived."""
    with serve_in_thread({"echo": (bash("ls"), echo_last_user("said.txt"))}) as server:
        url = f"{server.url('echo')}/v1/responses"
        (call,) = items(ask(url, request()))
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "ok"}
        steer = message("user", "use blue")
        (echo,) = items(ask(url, request(call, output, steer)))
    assert "use blue" in json.loads(echo["arguments"])["cmd"]


def test_a_usage_limit_tells_when_it_ends() -> None:
    """In the body, as Codex reads it."""
    fault = Fault(kind=FaultKind.USAGE_LIMIT, resets_at=1_800_000_000)
    with serve_in_thread({"fix": FIX}, [fault]) as server:
        reply = ask(f"{server.url('fix')}/v1/responses", request())
    error = reply.json()["error"]
    assert (reply.status, error["type"]) == (429, "usage_limit_reached")
    assert error["resets_at"] == 1_800_000_000


def test_an_overload_is_a_503() -> None:
    """529 is a number of another service."""
    with serve_in_thread({"fix": FIX}, [Fault(kind=FaultKind.OVERLOADED)]) as server:
        assert ask(f"{server.url('fix')}/v1/responses", request()).status == 503
