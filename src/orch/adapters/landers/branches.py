"""Takes a person's branch into the hub, so that it can be landed like a task's."""

from pathlib import Path

from orch.adapters.hub import Hub, contact
from orch.ports.errors import Permanent
from orch.ports.lander import Source
from orch.system.git import GitError, redact

SOURCES = "refs/orch/sources/"
"""Where branches that people enqueue are kept in the hub."""

_FIELDS = "%H%x00%an%x00%ae%x00%s%x00%b"


async def fetch_branch(hub: Hub, branch: str) -> Source:
    """Fetch a branch of the person's repository, or else of the remote, and describe its head.

    Raises `Permanent` that names the nearest places where it was looked for.
    """
    ref = SOURCES + branch
    places = [hub.project.path, *([hub.project.remote] if hub.project.remote else [])]
    for place in places:
        if await _fetch(hub, place, branch, ref):
            return await _describe(hub, ref)
    where = " or ".join(redact(place) for place in places)
    raise Permanent(
        f"there is no branch {branch} in {where}",
        remedy=f"git -C {hub.project.path} branch --all",
    )


async def _fetch(hub: Hub, place: str, branch: str, ref: str) -> bool:
    git = await contact(hub) if place == hub.project.remote else hub.git.person()
    git = git.with_config(("protocol.file.allow", "always"))
    options = ("--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--quiet")
    where = str(Path(place)) if place == hub.project.path else place
    try:
        return await git.ok("fetch", *options, "--", where, f"+refs/heads/{branch}:{ref}")
    except GitError:
        return False


async def _describe(hub: Hub, ref: str) -> Source:
    found = await hub.git("log", "-1", f"--format={_FIELDS}", ref)
    commit, name, email, title, body = found.split("\0", 4)
    return Source(
        ref=ref,
        commit=commit,
        title=title,
        body=body.strip(),
        author_name=name,
        author_email=email,
    )
