"""The Chat Completions protocol: deltas of words and calls, the history, usage, errors."""

import json

from orch.testing.model_server import (
    Fault,
    FaultKind,
    at_once,
    bash,
    say,
    serve_in_thread,
    write,
)
from tests.testing.model_server.asking import Json, Reply, ask, chat_tools

FIX = (write("a.txt", "x\n", say="I write."), bash("git commit -am x"), say("Done."))


def request(*more: Json, stream: bool = True, tools: bool = True) -> Json:
    """Make a request as OpenCode does."""
    system = {"role": "system", "content": "<env>\n  Working directory: /srv/tree\n</env>"}
    first = {"role": "user", "content": [{"type": "text", "text": "fix it"}]}
    offered = {"tools": chat_tools()} if tools else {}
    return {"model": "x", "stream": stream, "messages": [system, first, *more], **offered}


def deltas(reply: Reply) -> list[Json]:
    """List what was streamed."""
    return [e["choices"][0]["delta"] for e in reply.events() if e["choices"]]


def test_an_answer_in_one_piece_calls_the_agents_own_tool() -> None:
    """Cached tokens are a part of the prompt here."""
    with serve_in_thread({"fix": FIX}) as server:
        got = ask(f"{server.url('fix')}/v1/chat/completions", request(stream=False)).json()
    choice = got["choices"][0]
    call = choice["message"]["tool_calls"][0]["function"]
    assert choice["finish_reason"] == "tool_calls"
    assert call["name"] == "Write"
    assert json.loads(call["arguments"])["file_path"] == "/srv/tree/a.txt"
    assert got["usage"]["prompt_tokens"] == 1500
    assert got["usage"]["prompt_tokens_details"] == {"cached_tokens": 300}


def test_a_streamed_answer_can_be_put_together() -> None:
    """Words and arguments in pieces, each call under its number, usage at the end."""
    with serve_in_thread({"two": (at_once(bash("a", say="Both."), bash("b")),)}) as server:
        reply = ask(f"{server.url('two')}/v1/chat/completions", request())
    pieces = deltas(reply)
    assert "".join(piece.get("content") or "" for piece in pieces) == "Both."
    arguments = ["", ""]
    for piece in pieces:
        for call in piece.get("tool_calls", []):
            arguments[call["index"]] += call["function"]["arguments"]
    assert [json.loads(text)["command"] for text in arguments] == ["a", "b"]
    assert reply.events()[-1]["usage"]["completion_tokens"] == 40
    assert reply.text.endswith("data: [DONE]\n\n")


def test_the_history_says_which_step_is_next() -> None:
    """Also when a message of the person comes in between."""
    with serve_in_thread({"fix": FIX}) as server:
        url = f"{server.url('fix')}/v1/chat/completions"
        history: list[Json] = []
        for _ in FIX:
            told = ask(url, request(*history, stream=False)).json()["choices"][0]["message"]
            history.append(told)
            history += [
                {"role": "tool", "tool_call_id": call["id"], "content": "ok"}
                for call in told.get("tool_calls", [])
            ]
            history.append({"role": "user", "content": "and hurry"})
        assert server.steps("fix") == [0, 1, 2]


def test_a_title_is_asked_for_without_tools() -> None:
    """And uses up no step."""
    with serve_in_thread({"fix": FIX}) as server:
        url = f"{server.url('fix')}/v1/chat/completions"
        got = ask(url, request(stream=False, tools=False)).json()
        assert got["choices"][0]["message"]["content"] == "Scripted work"
        assert server.steps("fix") == []


def test_errors_have_the_form_of_the_protocol() -> None:
    """A code and a message in an object."""
    with serve_in_thread({"fix": FIX}, [Fault(kind=FaultKind.UNAUTHORIZED)]) as server:
        reply = ask(f"{server.url('fix')}/v1/chat/completions", request())
    assert (reply.status, reply.json()["error"]["code"]) == (401, "invalid_api_key")
