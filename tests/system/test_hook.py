"""Prove that the program of hooks notes what it is given, and disturbs no agent."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from orch.system import hook
from orch.system.hook_call import hook_program
from orch.system.paths import Home
from orch.system.spool import read_spool

STOP = b'{"hook_event_name": "Stop",\n "session_id": "s-1"}\n'


def run(
    spool: Path | str, *words: str, stdin: bytes | None = b"", **env: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program as an agent does, with nothing but the environment that a test gives."""
    return subprocess.run(
        [*hook_program(), *words],
        input=stdin,
        env={"HOME": "/nonexistent", "ORCH_SIGNS": str(spool)} | env,
        capture_output=True,
        check=False,
        timeout=100,
    )


def is_silent(done: "subprocess.CompletedProcess[bytes]") -> bool:
    """Tell whether a run was one that no agent notices."""
    return (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_payload_becomes_one_line(tmp_path: Path) -> None:
    """With its time, agent and event; the file is for its owner only."""
    spool = tmp_path / "signs.jsonl"
    assert is_silent(run(spool, "claude", "Stop", stdin=STOP))
    assert is_silent(run(spool, "claude", "Stop", stdin=STOP))
    first, second = spool.read_text().splitlines()
    found = json.loads(first)
    assert found["payload"] == {"hook_event_name": "Stop", "session_id": "s-1"}
    assert (found["agent"], found["event"]) == ("claude", "Stop")
    assert json.loads(second)["at"] >= found["at"] > 0
    assert spool.stat().st_mode & 0o777 == 0o600


def test_a_payload_on_argv_is_taken_from_there(tmp_path: Path) -> None:
    """Codex passes it as the last argument, and leaves standard input as it is."""
    spool = tmp_path / "signs.jsonl"
    payload = '{"type":"agent-turn-complete","last-assistant-message":"Grüße"}'
    assert is_silent(run(spool, "codex", "notify", payload, stdin=None, LC_ALL="C.UTF-8"))
    (record,), _ = read_spool(spool)
    assert record.payload["last-assistant-message"] == "Grüße"


def test_an_agent_that_is_named_twice_is_one(tmp_path: Path) -> None:
    """By who made the command, and by who made the hook."""
    spool = tmp_path / "signs.jsonl"
    assert is_silent(run(spool, "gemini", "gemini", "AfterAgent", stdin=STOP))
    (record,), _ = read_spool(spool)
    assert (record.agent, record.event) == ("gemini", "AfterAgent")
    assert record.payload["session_id"] == "s-1"


def test_a_long_payload_is_cut_and_says_so(tmp_path: Path) -> None:
    """What tells something stays; a file's content is not a sign of anything."""
    spool = tmp_path / "signs.jsonl"
    payload = {
        "session_id": "s-1",
        "hook_event_name": "PostToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": "a.py", "content": "x" * 500_000},
        "tool_response": {"parts": ["y" * 9_000] * 90},
        "message": "m" * 70_000,
    }
    assert is_silent(run(spool, "claude", "PostToolUse", stdin=json.dumps(payload).encode()))
    assert spool.stat().st_size < 2 * hook.WHOLE_BYTES
    (record,), _ = read_spool(spool)
    assert record.truncated
    assert not record.malformed
    assert record.payload["tool_name"] == "Write"
    assert record.payload["session_id"] == "s-1"
    assert len(str(record.payload["message"])) < 10_000


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "no JSON object"),
        (b"not json", "no JSON object"),
        (b'["a list"]', "no JSON object"),
        (b"{broken}", "no JSON object"),
        (b'{"a": 1}, "agent": "forged", {}', "no JSON object"),
        (b"\xff\xfe\x00", "no JSON object"),
        (b"[" * 200_000, "no JSON object"),
        (b'{"a":' * 30_000 + b"}" * 30_000, "no JSON object"),
        (b"x" * 10_000_000, "too long"),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', "too long"),
    ],
    ids=[
        "empty",
        "text",
        "list",
        "broken",
        "forged",
        "bytes",
        "deep",
        "deeper",
        "10MB",
        "10MB-json",
    ],
)
def test_what_is_no_payload_is_noted_as_malformed(tmp_path: Path, payload: bytes, why: str) -> None:
    """With an excerpt, in a short line; the agent could write all of it."""
    spool = tmp_path / "signs.jsonl"
    assert is_silent(run(spool, "gemini", "BeforeTool", stdin=payload))
    assert is_silent(run(spool, "gemini", "BeforeTool", stdin=STOP))
    first, second = read_spool(spool)[0]
    assert (first.agent, first.malformed) == ("gemini", why)
    assert set(first.payload) == {"excerpt", "size_bytes"}
    assert second.payload["session_id"] == "s-1"
    assert spool.stat().st_size < hook.WHOLE_BYTES


def test_names_cannot_break_the_line(tmp_path: Path) -> None:
    """Agent and event are cleaned of everything that JSON would read."""
    spool = tmp_path / "signs.jsonl"
    assert is_silent(run(spool, 'cl"au\nde', "St op\\", stdin=STOP))
    (record,), _ = read_spool(spool)
    assert (record.agent, record.event) == ("claude", "Stop")


def test_nothing_that_is_wrong_disturbs_the_agent(tmp_path: Path) -> None:
    """No spool, no words, a folder or a pipe in its place, a folder that is missing."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert is_silent(run("", "claude", "Stop", stdin=STOP))
    assert is_silent(run(tmp_path / "spool"))
    assert is_silent(run(tmp_path / "spool", "claude"))
    assert is_silent(run(tmp_path, "claude", "Stop", stdin=STOP))
    assert is_silent(run(pipe, "claude", "Stop", stdin=STOP))
    assert is_silent(run(tmp_path / "no" / "spool", "claude", "Stop", stdin=STOP))
    assert list(tmp_path.iterdir()) == [pipe]


def test_without_a_spool_the_payload_is_still_read(tmp_path: Path) -> None:
    """An agent that writes into a closed pipe would complain."""
    del tmp_path
    assert is_silent(run("", "claude", "Stop", stdin=b"x" * 3_000_000))


def test_a_spool_that_is_full_takes_no_more(tmp_path: Path) -> None:
    """An agent that floods fills no disk."""
    spool = tmp_path / "signs.jsonl"
    with spool.open("wb") as file:
        file.truncate(hook.SPOOL_BYTES)
    assert is_silent(run(spool, "claude", "Stop", stdin=STOP))
    assert spool.stat().st_size == hook.SPOOL_BYTES


def test_hooks_that_run_at_once_do_not_mix_their_lines(tmp_path: Path) -> None:
    """Each line is one write at the end of the file."""
    spool = tmp_path / "signs.jsonl"
    payload = json.dumps({"a": "x" * 50_000}).encode()
    started = [
        subprocess.Popen(
            [*hook_program(), "claude", f"E{n}"],
            stdin=subprocess.PIPE,
            env={"HOME": "/nonexistent", "ORCH_SIGNS": str(spool)},
        )
        for n in range(8)
    ]
    for process in started:
        process.communicate(payload, timeout=100)
    records, _ = read_spool(spool)
    assert {record.event for record in records} == {f"E{n}" for n in range(8)}
    assert not any(record.malformed for record in records)


def test_a_daemon_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    """It is asked by one line; the record is there whether it answers or not."""
    place, spool = tmp_path / "d.sock", tmp_path / "signs.jsonl"
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(place))
        server.listen()
        server.settimeout(60)

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.makefile("rb").readline())
                # It never answers; the hook hangs up by itself.
                connection.recv(1)

        listening = threading.Thread(target=listen)
        listening.start()
        assert is_silent(run(spool, "claude", "Stop", stdin=STOP, ORCH_SOCKET=str(place)))
        listening.join(60)
    assert json.loads(heard[0])["method"] == "session.hook"
    assert len(read_spool(spool)[0]) == 1


@pytest.mark.parametrize("root", ["/srv/o", "/srv/" + "o" * 100, "~/orch"])
def test_the_daemon_is_looked_for_where_it_listens(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the path of the home is too long for a socket."""
    monkeypatch.setenv("ORCH_HOME", root)
    monkeypatch.delenv("ORCH_SOCKET", raising=False)
    assert hook._daemon() == str(Home.default().daemon_socket)


def test_the_program_imports_next_to_nothing() -> None:
    """What would make each step of an agent slower."""
    heavy = "{'re', 'json', 'socket', 'pathlib', 'typing', 'orch', 'site', 'hashlib'}"
    check = f"import sys; print(sorted({heavy} & set(sys.modules)))"
    program = f"exec(open({str(hook.__file__)!r}).read().partition('if __name__')[0]); {check}"
    said = subprocess.check_output([sys.executable, "-I", "-S", "-c", program], text=True)
    assert said == "[]\n"
