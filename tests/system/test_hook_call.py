"""Prove that the command of a hook starts the program, and fails for nobody."""

import subprocess
from pathlib import Path

import pytest

from orch.system.hook_call import MARK, PROGRAM, hook_line, hook_program, is_ours


def test_the_mark_is_in_the_path_of_the_program() -> None:
    """By it orch knows its own hooks again."""
    assert str(PROGRAM).endswith(MARK)
    assert PROGRAM.is_file()


def test_a_line_runs_in_a_shell(tmp_path: Path) -> None:
    """With its words as they are."""
    spool = tmp_path / "signs.jsonl"
    line = hook_line("claude", "Stop")
    subprocess.run(["sh", "-c", line], env={"ORCH_SIGNS": str(spool)}, input=b"{}", check=True)
    assert b'"event":"Stop","payload":{}' in spool.read_bytes()


@pytest.mark.parametrize("program", [("/no/such/python", "x"), ("python3", "/no/such/file")])
def test_an_orch_that_is_gone_is_no_veto(program: tuple[str, ...]) -> None:
    """Python exits with 2 for a missing file, which agents take for a refusal."""
    line = hook_line("claude", "PreToolUse", program=program)
    done = subprocess.run(["sh", "-c", line], input=b"{}", capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_ours_are_told_from_others() -> None:
    """Lines and lists of words, of this orch or another one."""
    assert is_ours(hook_line("claude", "Stop"))
    assert is_ours([*hook_program(), "codex", "notify"])
    assert is_ours("/old/venv/bin/python -I -S /old/venv/lib/orch/system/hook.py claude Stop")
    for other in ("say done", ["notify-send"], None, 3, {"a": "b"}):
        assert not is_ours(other)
