"""Makes a repository and its first commit where there is none (`orch init --git`)."""

import asyncio
import getpass
import re
import shutil
import socket
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from orch.daemon.settings.problem import Problem
from orch.system.git import Git, split_z

MESSAGE = "Begin"
LARGEST_BYTES = 50 * 1024 * 1024
MOST_FILES = 20_000
SECRET = re.compile(
    r"(^|/)(\.env(\..+)?|.*\.(pem|p12|pfx|key|keystore)|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|"
    r"\.git-credentials|credentials(\.json)?)$"
)
HARMLESS = re.compile(r"\.(example|sample|template|dist)$")
MADE = re.compile(r"(^|/)(node_modules|\.venv|venv|__pycache__|\.tox|\.mypy_cache)/")
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCommit:
    """What the first commit will be.

    `makes` says that the repository is made, too; `paths` are the files that go in (those that
    no .gitignore names); `identity` is set in the repository where git knows none.
    """

    branch: str
    makes: bool
    paths: tuple[str, ...]
    identity: tuple[str, str] | None


async def plan_first_commit(top: Path, *, branch: str, makes: bool) -> FirstCommit | list[Problem]:
    """Look at what would be committed; return what must not be, if there is any of it."""
    paths = await _listed(top, makes=makes)
    problems = await asyncio.to_thread(_unfit, top, paths)
    if problems:
        return problems
    git = Git(top, as_person=True)
    known = [(await git.run("config", f"user.{field}")).text for field in ("name", "email")]
    return FirstCommit(
        branch=branch, makes=makes, paths=paths, identity=None if all(known) else _invented(known)
    )


async def make_first_commit(top: Path, first: FirstCommit, *, undo: AsyncExitStack) -> None:
    """Carry it out; `undo` gets what takes it back. Raises `GitError`."""
    git = Git(top, as_person=True)
    if first.makes:
        undo.callback(shutil.rmtree, top / ".git", ignore_errors=True)
        await git("init", "-q", f"--initial-branch={first.branch}")
    else:
        await _undo_in_place(git, undo)
    if first.identity is not None:
        for field, value in zip(("name", "email"), first.identity, strict=True):
            await git("config", f"user.{field}", value)
    if first.paths:
        listed = "\0".join(first.paths)
        literal = {"GIT_LITERAL_PATHSPECS": "1"}
        add = ("add", "--pathspec-from-file=-", "--pathspec-file-nul")
        await git(*add, stdin=listed, env=literal)
    await git("commit", "-q", "--allow-empty", "-m", MESSAGE)


async def _undo_in_place(git: Git, undo: AsyncExitStack) -> None:
    """Keep what an empty repository has staged, so that it can be put back."""
    index = Path(await git("rev-parse", "--path-format=absolute", "--git-path", "index"))
    before = await asyncio.to_thread(lambda: index.read_bytes() if index.is_file() else None)

    async def back() -> None:
        await git.run("update-ref", "-d", "HEAD")
        if before is None:
            index.unlink(missing_ok=True)  # noqa: ASYNC240 - one small file, on the way out
        else:
            await asyncio.to_thread(index.write_bytes, before)

    undo.push_async_callback(back)


async def _listed(top: Path, *, makes: bool) -> tuple[str, ...]:
    """List the files that git would add, with the person's own ignores in force."""
    args = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if not makes:
        found = await Git(top, as_person=True).raw(*args)
        return _without_orch(found)
    with tempfile.TemporaryDirectory(prefix="orch-init-") as aside:
        await Git(Path(aside))("init", "-q")
        git = Git(top, git_dir=Path(aside) / ".git", work_tree=top, as_person=True)
        return _without_orch(await git.raw(*args))


def _without_orch(listed: bytes) -> tuple[str, ...]:
    paths = dict.fromkeys(split_z(listed))
    return tuple(path for path in paths if not path.startswith(".orch/"))


def _unfit(top: Path, paths: tuple[str, ...]) -> list[Problem]:
    """Find what a person would not want in the first commit, and could not take out again."""
    kinds = {
        "what looks like a secret": [
            p for p in paths if SECRET.search(p) and not HARMLESS.search(p)
        ],
        "what tools made": [p for p in paths if MADE.search(p)],
        "another repository": [p for p in paths if p.endswith("/")],
        "very large files": [p for p in paths if _size(top / p) > LARGEST_BYTES],
        f"more than {MOST_FILES} files": list(paths) if len(paths) > MOST_FILES else [],
    }
    return [
        Problem(
            source=str(top),
            what=f"the first commit would hold {kind}: {_some(found)}",
            remedy="name in .gitignore what does not belong in, then run orch init --git again",
        )
        for kind, found in kinds.items()
        if found
    ]


def _some(paths: list[str]) -> str:
    more = len(paths) - SHOWN
    return ", ".join(paths[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except OSError:
        return 0


def _invented(known: list[str]) -> tuple[str, str]:
    """Compose an identity of what the machine knows, where git knows none."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "me"
    return known[0] or user, known[1] or f"{user}@{socket.gethostname()}"
