"""Prove that the command of a hook starts the program, and fails for nobody."""

import json
import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from orch.system import hook_call
from orch.system.hook_call import MARK, PROGRAM, hook_line, hook_program, is_ours, opencode_plugin
from orch.system.spool import read_spool


def test_the_mark_is_in_the_path_of_the_program() -> None:
    """By it orch knows its own hooks again."""
    assert str(PROGRAM).endswith(MARK)
    assert PROGRAM.is_file()


def test_a_line_runs_in_a_shell(tmp_path: Path) -> None:
    """With its words as they are."""
    spool = tmp_path / "signs.jsonl"
    line = hook_line("claude", "Stop")
    env = {"PATH": os.environ["PATH"], "ORCH_SIGNS": str(spool)}
    subprocess.run(["sh", "-c", line], env=env, input=b"{}", check=True)
    assert b'"event":"Stop","payload":{}' in spool.read_bytes()


@pytest.mark.parametrize("program", [("/no/such/python", "x"), ("python3", "/no/such/file")])
def test_an_orch_that_is_gone_is_no_veto(program: tuple[str, ...]) -> None:
    """Python exits with 2 for a missing file, which agents take for a refusal."""
    line = hook_line("claude", "PreToolUse", program=program)
    for env in ({"ORCH_SIGNS": "/nonexistent/signs"}, {}):
        done = subprocess.run(
            ["sh", "-c", line],
            input=b"x" * 300_000,
            env={"PATH": os.environ["PATH"]} | env,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_program_that_is_gone_is_no_veto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where an agent starts the words themselves, while orch is being replaced."""
    monkeypatch.setattr(hook_call, "PROGRAM", tmp_path / "none")
    for env in ({"ORCH_SIGNS": str(tmp_path / "signs")}, {}):
        done = subprocess.run(
            [*hook_program(), "codex", "notify", "{}"], env=env, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_outside_of_orch_nothing_is_started(tmp_path: Path) -> None:
    """A person's own sessions pay for a shell, not for Python."""
    tell = tmp_path / "tell"
    tell.write_text("#!/bin/sh\necho started > $0.out\n")
    tell.chmod(0o755)
    line = hook_line("claude", "Stop", program=(str(tell),))
    bare = {"PATH": os.environ["PATH"]}
    subprocess.run(["sh", "-c", line], input=b"{}", env=bare, check=True)
    assert not tell.with_name("tell.out").exists()
    subprocess.run(["sh", "-c", line], input=b"{}", env=bare | {"ORCH_SIGNS": "x"}, check=True)
    assert tell.with_name("tell.out").exists()


def test_ours_are_told_from_others() -> None:
    """Lines and lists of words, of this orch or another one."""
    assert is_ours(hook_line("claude", "Stop"))
    assert is_ours([*hook_program(), "codex", "notify"])
    assert is_ours("/old/venv/bin/python -I -S /old/venv/lib/orch/system/hook.py claude Stop")
    for other in ("say done", ["notify-send"], None, 3, {"a": "b"}):
        assert not is_ours(other)


def run_plugin(folder: Path, script: str, **env: str) -> str:
    """Load the plugin as OpenCode does, and run a script with it."""
    (folder / "plugin.mjs").write_bytes(opencode_plugin())
    (folder / "run.mjs").write_text('import { Orch } from "./plugin.mjs"\n' + script)
    return subprocess.run(
        ["node", "run.mjs"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


SCRIPT = """
const hooks = await Orch({})
if (!hooks.event) { console.log("silent"); process.exit(0) }
await hooks.event({ event: { type: "session.status", properties: { status: { type: "busy" } } } })
await hooks.event({ event: { type: "message.part.delta", properties: { delta: "x" } } })
await hooks["tool.execute.before"]({ tool: "bash", sessionID: "s", callID: "c" }, { args: {} })
await hooks.event({ event: { type: "session.idle", properties: { text: "y".repeat(200000) } } })
"""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_plugin_of_opencode_notes_in_order(tmp_path: Path) -> None:
    """In the same spool and form as the program; nothing of what streams by."""
    spool = tmp_path / "signs.jsonl"
    run_plugin(tmp_path, SCRIPT, ORCH_SIGNS=str(spool))
    records, _ = read_spool(spool)
    assert [one.event for one in records] == [
        "session.status", "tool.execute.before", "session.idle",
    ]  # fmt: skip
    assert records[0].payload == {"status": {"type": "busy"}}
    assert {one.agent for one in records} == {"opencode"}
    assert records[2].truncated
    assert spool.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_plugin_of_opencode_disturbs_nobody(tmp_path: Path) -> None:
    """Outside of orch's sessions it does nothing; with a spool that can't be written, neither."""
    assert run_plugin(tmp_path, SCRIPT) == "silent\n"
    assert run_plugin(tmp_path, SCRIPT, ORCH_SIGNS=str(tmp_path)) == ""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_plugin_of_opencode_pokes_the_daemon(tmp_path: Path) -> None:
    """By the same line as the program."""
    place, heard = tmp_path / "d.sock", []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(place))
        server.listen()
        server.settimeout(60)

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.makefile("rb").readline())

        listening = threading.Thread(target=listen)
        listening.start()
        spool = str(tmp_path / "signs.jsonl")
        run_plugin(tmp_path, SCRIPT, ORCH_SIGNS=spool, ORCH_SOCKET=str(place))
        listening.join(60)
    assert json.loads(heard[0])["method"] == "session.hook"
