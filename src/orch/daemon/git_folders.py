"""Finds the repository around a folder by reading a few small files: no git process is started."""

from collections.abc import Iterator
from pathlib import Path

POINTER_BYTES = 4096


def repositories_around(folder: Path) -> Iterator[Path]:
    """Yield the repositories that a folder lies in, the innermost first.

    Each is named by what all its worktrees share (git's "common directory"), so a linked
    worktree and the main checkout give the same answer.
    """
    here = folder.resolve()
    for place in (here, *here.parents):
        if (common := common_dir(place)) is not None:
            yield common


def common_dir(top: Path) -> Path | None:
    """Return the shared directory of the repository whose top folder this is, None if it is none.

    `top` may be a checkout, a linked worktree, a submodule, or a bare repository itself.
    """
    dot_git = top / ".git"
    if dot_git.is_dir():
        return dot_git.resolve()
    if pointer := _first_line(dot_git).removeprefix("gitdir: "):
        private = (top / pointer).resolve()
        return (private / (_first_line(private / "commondir") or ".")).resolve()
    is_bare = (top / "HEAD").is_file() and (top / "objects").is_dir() and (top / "refs").is_dir()
    return top.resolve() if is_bare else None


def _first_line(file: Path) -> str:
    """Read what a small pointer file says; "" if it is none."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            return opened.readline(POINTER_BYTES).rstrip("\n")
    except OSError:
        return ""
