"""The demo is no film: it ends well only if main is green, and leaves nothing behind."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.person import ORCH


def play(folder: Path, *words: str, path: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `orch demo` with temporary files of its own."""
    environment = {
        "HOME": str(folder),
        "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"],
        "TMPDIR": str(folder),
        "NO_COLOR": "1",
    }
    return subprocess.run(
        [str(ORCH), "demo", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("number", [2, 3])
def test_four_changes_land_on_a_green_main(tmp_path: Path, seed: int, number: int) -> None:
    """Other seeds, other faults; one is sent back first, and nothing is left at the end."""
    done = play(tmp_path, "--seed", str(seed + number))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 changes landed" in done.stdout
    assert "sent back" in done.stdout
    assert not list(tmp_path.glob("orch-demo-*"))


def test_a_broken_gate_fails_the_demo(tmp_path: Path) -> None:
    """With a gate that can't pass nothing lands, and the demo says so."""
    broken = tmp_path / "bin" / "python3"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    done = play(tmp_path, path=str(broken.parent))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED  0 of 4 changes landed" in done.stdout
