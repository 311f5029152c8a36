"""Patterns mean what gitignore(5) says; checked against git itself."""

import subprocess
from pathlib import Path

import pytest

from orch.core.patterns import matches

CASES = [
    ("docs/", "docs/a.md", True),
    ("docs/", "src/docs/a.md", True),
    ("docs/", "docs", False),
    ("/docs/", "src/docs/a.md", False),
    ("*.py", "a/b/c.py", True),
    ("src/*.py", "src/a.py", True),
    ("src/*.py", "src/a/b.py", False),
    ("src/**", "src/a/b.py", True),
    ("**/test_*.py", "a/test_x.py", True),
    ("**/test_*.py", "test_x.py", True),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    (".env", "deep/.env", True),
    ("file?.txt", "file1.txt", True),
    ("file[0-9].txt", "filex.txt", False),
    ("file[!0-9].txt", "filex.txt", True),
    ("a+b", "a+b", True),
    ("über/*.md", "über/ä.md", True),
]


@pytest.mark.parametrize(("pattern", "path", "expected"), CASES)
def test_a_pattern_means_what_git_says(
    tmp_path: Path, pattern: str, path: str, *, expected: bool
) -> None:
    """The same answer as `git check-ignore` gives."""
    assert matches(path, [pattern]) is expected
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(f"{pattern}\n", encoding="utf-8")
    asked = ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "-q", path]
    assert (subprocess.run(asked, check=False).returncode == 0) is expected


def test_a_later_pattern_takes_paths_out_again() -> None:
    """As `!` does in a .gitignore."""
    assert not matches("docs/keep.md", ["docs/*", "!docs/keep.md"])
    assert matches("docs/other.md", ["docs/*", "!docs/keep.md"])
