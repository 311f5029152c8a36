"""Prove that what the machine lacks for the settings is found before a task needs it."""

from pathlib import Path

import pytest

from tests.daemon.served import Served


def put_tmux(folder: Path, version: str) -> None:
    """Put a program tmux of some version into a folder."""
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
    program.chmod(0o755)


async def test_a_tmux_that_is_missing_or_old_is_found(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where terminals are to run in it, and with what to do about it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    assert await about_tmux(served) == []
    served.home.config.write_text('[daemon]\nsession_host = "tmux"\n', encoding="utf-8")
    (missing,) = await about_tmux(served)
    assert "no program tmux" in missing["what"]
    assert "session_host builtin" in missing["repair"]
    put_tmux(programs, "tmux 3.2a")
    (old,) = await about_tmux(served)
    assert "too old" in old["what"]
    put_tmux(programs, "tmux 3.4")
    assert await about_tmux(served) == []


async def about_tmux(served: Served) -> list[dict[str, str]]:
    """Return what the doctor finds about tmux."""
    found = await served.call("doctor.run")
    return [finding for finding in found["findings"] if finding["subject"] == "tmux"]
