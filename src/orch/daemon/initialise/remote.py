"""Decides where a project's landings go: a remote's address, or the person's own repository."""

import re
from collections.abc import Sequence
from pathlib import Path

from orch.daemon.settings.problem import Problem
from orch.system.git import redact

HERE = "."
"""`--repo .`: landings stay in this repository, whatever remotes it has."""

SHORT = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
LOCAL = re.compile(r"[^:]*|[^:]*/.*")
"""An address without a colon before the first slash is a path, as git reads it."""

PASSWORD = re.compile(
    r"^https?://(?:[^/@]*:[^/@]*|(?:gh[a-z]_|github_pat_|glpat-)[^/@]*)@", re.IGNORECASE
)


def choose_remote(
    top: Path, remotes: Sequence[tuple[str, str]], *, wanted: str = ""
) -> str | Problem | None:
    """Return the address that landings go to, None for the repository itself, or what is wrong.

    `wanted` (`--repo`) is the name of a remote, `owner/name`, an address, or `.` for the
    repository itself. Without it, the remote called `origin` or the only one there is.
    """
    if wanted == HERE:
        return None
    if wanted:
        return _checked(top, _meant(wanted, remotes))
    by_name = dict(remotes)
    if not by_name:
        return None
    if "origin" not in by_name and len(by_name) > 1:
        return Problem(
            source=str(top),
            what=f"there are several remotes and none is origin: {', '.join(sorted(by_name))}",
            remedy="name the one that work lands on: orch init --repo NAME (--repo . for none)",
        )
    return _checked(top, by_name.get("origin", remotes[0][1]))


def _meant(wanted: str, remotes: Sequence[tuple[str, str]]) -> str:
    """Return the address of what was named; `owner/name` prefers a remote that leads there."""
    for name, address in remotes:
        if name == wanted:
            return address
    if SHORT.fullmatch(wanted) is None:
        return wanted
    ends = (f"/{wanted}", f":{wanted}")
    fits = [url for _, url in remotes if url.removesuffix("/").removesuffix(".git").endswith(ends)]
    return fits[0] if fits else f"https://github.com/{wanted}.git"


def _checked(top: Path, address: str) -> str | Problem:
    """Make a path absolute; refuse an address that holds a password, for it would be stored."""
    if PASSWORD.match(address):
        return Problem(
            source=str(top),
            what=f"the address {redact(address)} holds a password, which orch does not store",
            remedy="give git a credential helper and set the address without it: "
            "git remote set-url NAME ADDRESS",
        )
    if "://" in address or LOCAL.fullmatch(address) is None:
        return address
    path = (top / Path(address).expanduser()).resolve()
    if not path.is_dir():
        return Problem(
            source=str(top),
            what=f"the remote {path} is not there",
            remedy="bring it back, or name another: orch init --repo NAME (--repo . for none)",
        )
    return str(path)
