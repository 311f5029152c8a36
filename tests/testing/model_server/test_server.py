"""The server: names of scripts, what is wrong with a request, records, parallel and long runs."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from orch.testing.model_server import ModelServer, Step, bash, say, serve_in_thread
from tests.testing.model_server.asking import Json, ask, continued, messages

SCRIPT = (bash("ls"), say("Done."))


def test_an_unknown_script_is_an_error() -> None:
    """A 404 that names what there is: no test passes with the wrong script."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        reply = ask(f"{server.url('fxi')}/v1/messages", messages())
        assert reply.status == 404
        assert "no script 'fxi'; known: fix" in reply.json()["error"]["message"]
        assert "fxi" in server.errors[0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/s/other/v1/messages", messages(prompt="Please do script:fix.")),
        ("/s/fix/v1/messages", messages()),
        ("/v1/messages", {**messages(), "model": "fix"}),
        ("/v1/messages", {**messages(), "model": "scripted-fix"}),
    ],
)
def test_a_script_is_named_by_the_prompt_the_address_or_the_model(path: str, body: Json) -> None:
    """In this order, so that one address can serve tasks with scripts of their own."""
    with serve_in_thread({"fix": SCRIPT, "other": ()}) as server:
        assert ask(server.url() + path, body).status == 200
        assert server.requests[0].script == "fix"


def test_a_missing_tool_is_an_error() -> None:
    """The agent hears it, and the test can see it."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        body = messages()
        body["tools"] = [tool for tool in body["tools"] if tool["name"] != "Bash"]
        reply = ask(f"{server.url('fix')}/v1/messages", body)
        assert reply.status == 400
        assert "no tool for a shell command among ['Write']" in server.errors[0]


def test_what_is_no_request_is_refused() -> None:
    """Unknown paths, bodies without sense, bytes that are no HTTP."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        assert ask(f"{server.url()}/v2/nothing", {}).status == 404
        assert ask(f"{server.url('fix')}/v1/messages", {"model": "x"}).status == 400
        host, port = server.url().removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as link:
            link.sendall(b"hello\r\n\r\n")
            assert link.recv(100).startswith(b"HTTP/1.1 400 ")


def test_models_are_listed() -> None:
    """Some agents look whether theirs is there."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        listed = ask(f"{server.url('fix')}/v1/models", method="GET").json()
        assert [model["id"] for model in listed["data"]] == ["fix"]


def test_records_hold_no_key() -> None:
    """What was sent as a secret is not kept, not even by a test."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        ask(f"{server.url('fix')}/v1/messages", messages())
        assert server.requests[0].headers["authorization"] == "…"
        assert "secret" not in repr(server.requests)
        assert server.requests[0].last_user == "fix it"


def test_a_wait_that_fails_tells_what_came() -> None:
    """Otherwise nobody could say why."""
    with serve_in_thread({"fix": SCRIPT}) as server:
        ask(f"{server.url('fix')}/v1/messages", messages())
        with pytest.raises(TimeoutError, match=r"1 requests:\n.*/s/fix/v1/messages"):
            server.wait_for(lambda one: one.step == 9, timeout_s=0.01)


def follow(url: str, count: int) -> list[str]:
    """Follow a script for so many steps and give the commands."""
    body, commands = messages(stream=False), []
    for _ in range(count):
        answer = ask(url, body).json()
        body = continued(body, answer)
        commands.append(answer["content"][-1]["input"]["command"])
    return commands


def test_long_scripts_run_side_by_side() -> None:
    """Four runs of the same 200 steps don't mix: nothing of a run is kept anywhere."""
    script = tuple(bash(f"echo {number}") for number in range(200))
    with serve_in_thread({"long": script}) as server, ThreadPoolExecutor(4) as pool:
        url = f"{server.url('long')}/v1/messages"
        runs = list(pool.map(lambda _: follow(url, 200), range(4)))
    assert runs == [[f"echo {number}" for number in range(200)]] * 4


async def test_it_serves_in_the_loop_of_an_asynchronous_test() -> None:
    """And lets it wait for what came."""
    async with ModelServer({"slow": (Step(say="Slowly.", delay_s=0.01, chunk_delay_s=0.01),)}) as s:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask, f"{s.url('slow')}/v1/messages", messages())
            record = await s.until(lambda one: one.finished)
            assert record.step == 0
            assert "Slowly." in asked.result().text


def test_it_listens_on_this_machine_only() -> None:
    """A test's server is nobody else's."""
    with serve_in_thread({}) as server:
        assert server.url().startswith("http://127.0.0.1:")
