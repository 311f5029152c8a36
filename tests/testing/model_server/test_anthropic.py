"""The Messages protocol: streamed and whole, tools, usage, counting, errors."""

from orch.testing.model_server import (
    Fault,
    FaultKind,
    Step,
    Usage,
    at_once,
    bash,
    say,
    serve_in_thread,
    write,
)
from orch.testing.model_server.script import Bash
from tests.testing.model_server.asking import Reply, ask, continued, messages

FIX = (write("a.txt", "x\n", say="I write."), bash("git commit -am x"), say("Done."))


def join_text(reply: Reply) -> str:
    """Join what was streamed as text."""
    deltas = (event.get("delta", {}) for event in reply.events())
    return "".join(delta.get("text", "") for delta in deltas)


def test_an_answer_in_one_piece_calls_the_agents_own_tool() -> None:
    """The path is made absolute, as the agent wants it, and the usage is told."""
    with serve_in_thread({"fix": FIX}) as server:
        got = ask(f"{server.url('fix')}/v1/messages", messages(stream=False)).json()
    text, use = got["content"]
    assert text == {"type": "text", "text": "I write."}
    assert (use["name"], use["input"]) == (
        "Write",
        {"file_path": "/srv/tree/a.txt", "content": "x\n"},
    )
    assert got["stop_reason"] == "tool_use"
    assert got["usage"]["input_tokens"] == 1200
    assert got["usage"]["cache_read_input_tokens"] == 300
    assert got["usage"]["output_tokens"] == 40


def test_a_streamed_answer_has_the_events_of_the_protocol() -> None:
    """Blocks open, grow and close in order; the last events carry reason and usage."""
    step = Step(say="I write at some length.", calls=(Bash("ls"),), thinking="Hm.")
    with serve_in_thread({"fix": (step,)}) as server:
        reply = ask(f"{server.url('fix')}/v1/messages?beta=true", messages())
    assert reply.headers["content-type"] == "text/event-stream"
    kinds = [event["type"] for event in reply.events()]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    blocks = [e["content_block"]["type"] for e in reply.events() if "content_block" in e]
    assert blocks == ["thinking", "text", "tool_use"]
    assert kinds.count("content_block_stop") == 3
    assert join_text(reply) == "I write at some length."
    assert reply.events()[-2]["usage"]["output_tokens"] == 40


def test_the_history_says_which_step_is_next() -> None:
    """A script is followed to its end, and beyond it there is nothing to do."""
    with serve_in_thread({"fix": FIX}) as server:
        body = messages(stream=False)
        for _ in range(4):
            body = continued(body, ask(f"{server.url('fix')}/v1/messages", body).json())
        assert server.steps("fix") == [0, 1, 2, 3]
        assert "over" in str(body["messages"][-1]["content"])


def test_several_calls_come_in_one_answer() -> None:
    """And count as one step."""
    with serve_in_thread({"two": (at_once(bash("a"), bash("b")), say("Done."))}) as server:
        body = messages(stream=False)
        answer = ask(f"{server.url('two')}/v1/messages", body).json()
        ask(f"{server.url('two')}/v1/messages", continued(body, answer))
        assert [block["input"]["command"] for block in answer["content"]] == ["a", "b"]
        assert server.steps("two") == [0, 1]


def test_a_step_has_the_usage_that_it_is_given() -> None:
    """For tests of costs."""
    dear = Step(say="Dear.", usage=Usage(input_tokens=7, cached_tokens=5, output_tokens=3))
    with serve_in_thread({"dear": (dear,)}) as server:
        got = ask(f"{server.url('dear')}/v1/messages", messages(stream=False)).json()
    usage = got["usage"]
    assert (usage["input_tokens"], usage["cache_read_input_tokens"]) == (7, 5)
    assert usage["output_tokens"] == 3


def test_tokens_are_counted_and_the_root_answers() -> None:
    """Agents ask both before they begin."""
    with serve_in_thread({"fix": FIX}) as server:
        url = server.url("fix")
        assert ask(f"{url}/v1/messages/count_tokens", messages()).json()["input_tokens"] > 10
        assert ask(f"{url}/", method="HEAD").status == 200


def test_a_request_without_tools_is_answered_beside_the_script() -> None:
    """A title, or whatever shape is asked for, and no step is used up."""
    shape = {
        "format": {
            "type": "json_schema",
            "schema": {"type": "object", "properties": {"title": {"type": "string"}}},
        }
    }
    with serve_in_thread({"fix": FIX}) as server:
        url = f"{server.url('fix')}/v1/messages"
        plain = ask(url, {**messages(stream=False), "tools": []}).json()
        shaped = {**messages(stream=False), "tools": [], "output_config": shape}
        titled = ask(url, shaped).json()
        assert plain["content"][0]["text"]
        assert titled["content"][0]["text"] == '{"title": "scripted"}'
        assert server.steps("fix") == []


def test_faults_are_worded_as_the_service_words_them() -> None:
    """Status, type and headers; an overload has a number of its own."""
    faults = [Fault(kind=FaultKind.RATE_LIMIT, retry_after_s=7), Fault(kind=FaultKind.OVERLOADED)]
    with serve_in_thread({"fix": FIX}, faults) as server:
        limited = ask(f"{server.url('fix')}/v1/messages", messages())
        overloaded = ask(f"{server.url('fix')}/v1/messages", messages())
    assert (limited.status, limited.headers["retry-after"]) == (429, "7")
    assert limited.json()["error"]["type"] == "rate_limit_error"
    assert (overloaded.status, overloaded.json()["error"]["type"]) == (529, "overloaded_error")


def test_a_usage_limit_tells_when_it_ends() -> None:
    """In the headers that subscriptions have."""
    with serve_in_thread(
        {"fix": FIX}, [Fault(kind=FaultKind.USAGE_LIMIT, resets_at=1_800_000_000)]
    ) as server:
        reply = ask(f"{server.url('fix')}/v1/messages", messages())
    assert reply.status == 429
    assert reply.headers["anthropic-ratelimit-unified-reset"] == "1800000000"
    assert "resets 08:00" in reply.json()["error"]["message"]
