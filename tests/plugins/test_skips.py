"""Prove that an unexpected skip fails a run on a build machine, and only there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.skips import find_unexpected, parse_reasons

ROOT = Path(__file__).resolve().parents[2]


def test_comments_and_blank_lines_are_no_reasons() -> None:
    """Only the lines that say something become patterns."""
    assert [p.pattern for p in parse_reasons("# why\n\n  needs tmux\n")] == ["needs tmux"]


def test_only_reasons_that_no_pattern_matches_are_unexpected() -> None:
    """A listed reason is let through, another is not."""
    skips = [("a", "needs tmux 3.4"), ("b", "flaky today")]
    assert find_unexpected(skips, parse_reasons("needs tmux")) == [("b", "flaky today")]


def run_pytest(folder: Path, *args: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plugin in a folder that holds one skipped and one passing test."""
    (folder / "tests" / "plugins").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "plugins" / "skips.py", folder / "tests" / "plugins")
    (folder / "tests" / "conftest.py").write_text('pytest_plugins = ["tests.plugins.skips"]\n')
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (folder / "tests" / "test_a.py").write_text(
        "import pytest\ndef test_a(): pytest.skip('flaky today')\ndef test_b(): pass\n"
    )
    (folder / ".ci").mkdir()
    (folder / ".ci" / "expected-skips").write_text("# none\nneeds tmux\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests", *args],
        cwd=folder,
        env={**os.environ, "CI": ci},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("args", [(), ("-n", "2")], ids=["alone", "workers"])
def test_an_unexpected_skip_fails_a_run_on_a_build_machine(
    tmp_path: Path, args: tuple[str, ...]
) -> None:
    """The run fails, names the test and its reason, and still ends with pytest's own line."""
    ran = run_pytest(tmp_path, *args, ci="true")
    assert ran.returncode == 1, ran.stdout
    assert ran.stdout.count("UNEXPECTED SKIP tests/test_a.py::test_a: flaky today") == 1
    assert "1 passed, 1 skipped" in ran.stdout.splitlines()[-1]


def test_a_skip_on_a_persons_machine_is_let_through(tmp_path: Path) -> None:
    """Without CI=true a skip is only a skip."""
    assert run_pytest(tmp_path, ci="").returncode == 0
