"""What the few git commands of a landing say, and what their failures mean."""

import errno
import os
from pathlib import Path

import pytest

from orch.adapters.landers.plumbing import (
    Entry,
    git_edge,
    last_lines,
    merge_bases,
    read_merge,
    read_raw,
)
from orch.ports.errors import Permanent, Transient
from orch.system.file_lock import Locked
from orch.system.git import Git, GitError, GitOutput, GitTimeout


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (GitTimeout(("push",), -9, stderr="no answer within 3 s"), Transient),
        (GitError(("merge-tree",), -9, stderr=""), Transient),
        (
            GitError(("update-ref",), 128, stderr="can't create 'x.lock': File exists."),
            Transient,
        ),
        (GitError(("commit-tree",), 128, stderr="No space left on device"), Transient),
        (GitError(("fetch",), 127, stderr="can't start git"), Transient),
        (GitError(("merge-tree",), 128, stderr="fatal: bad object"), Permanent),
        (Locked("held"), Transient),
        (OSError(errno.ENOSPC, "No space left on device", "x"), Transient),
        (OSError(errno.EACCES, "Permission denied", "x"), Permanent),
    ],
)
async def test_failures_are_of_two_kinds(error: Exception, kind: type[Exception]) -> None:
    """What may pass by itself is transient; all else wants somebody to look."""
    with pytest.raises(kind):
        async with git_edge():
            raise error


async def test_a_short_machine_does_not_make_a_commit_disappear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git that gave up for lack of memory says nothing of a commit; one that is gone is told."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def put_git(last_words: str) -> None:
        (tmp_path / "git").write_text(f"#!/bin/sh\necho 'fatal: {last_words}' >&2\nexit 128\n")
        (tmp_path / "git").chmod(0o755)

    put_git("Out of memory, malloc failed")
    with pytest.raises(Transient, match="memory"):
        async with git_edge():
            await merge_bases(Git(tmp_path), "ab", other="cd")
    put_git("Not a valid commit name cd")
    assert await merge_bases(Git(tmp_path), "ab", other="cd") is None


def test_a_clean_merge_is_a_tree() -> None:
    """Messages of a clean merge don't matter."""
    assert read_merge(GitOutput(0, b"abc\0", b"")).tree == "abc"


def test_a_conflict_names_paths_and_says_why() -> None:
    """Paths are told once, odd ones whole; what merged by itself is not told."""
    raw = (
        b"abc\0a\tb\0c\nd\0\x00"
        b"1\0x\0Auto-merging\0Auto-merging x\n\0"
        b"2\0a\tb\0y\0CONFLICT (contents)\0CONFLICT (content): in a\tb\n\0"
    )
    merged = read_merge(GitOutput(1, raw, b""))
    assert merged.conflicts == ("a\tb", "c\nd")
    assert merged.detail == "CONFLICT (content): in a\tb"


def test_changes_are_told_by_pair() -> None:
    """A pair without a difference has no lines, and its place is kept."""
    line = b":100644 000000 11 00 D\0: odd\0"
    raw = b"aa\0" + line + b"cc\0" + line
    gone = Entry(": odd", "100644", "000000", "11", "00", "D")
    assert read_raw(raw, ["aa", "bb", "cc"]) == [[gone], [], [gone]]


def test_the_end_of_what_git_said_is_fit_to_be_shown() -> None:
    """No credentials, no control characters, not more than a few lines."""
    said = "\n".join([*map(str, range(10)), "fatal: https://joe:s3cret@host/x\x1b[31m \x07"])
    assert last_lines(said, 2) == "9; fatal: https://***@host/x"
    assert last_lines("") == "no message"
