"""Takes a person's branch into the hub, so that it can be landed like a task's."""

from pathlib import Path
from typing import Final

from orch.adapters.hub import Hub, contact, patiently
from orch.adapters.hub_errors import explain
from orch.ports.errors import Permanent
from orch.ports.lander import Source
from orch.system.git import Git, GitError, redact

SOURCES: Final = "refs/orch/sources/"
"""Where branches that people enqueue are kept in the hub."""

_FIELDS: Final = "%H%x00%an%x00%ae%x00%s%x00%b"
_QUIET: Final = ("--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--quiet")
_NOT_THERE: Final = ("couldn't find remote ref", "invalid refspec")
_SHOWN: Final = 12


async def fetch_branch(hub: Hub, branch: str) -> Source:
    """Fetch a branch of the person's repository, or else of the remote, and describe its head.

    Raises `Permanent` that lists the branches there are if it is in neither, `Transient` if the
    remote does not answer.
    """
    ref = SOURCES + branch
    person = hub.git.person().with_config(("protocol.file.allow", "always"))
    if await _fetch(person, hub.project.path, refspec=f"+refs/heads/{branch}:{ref}"):
        return await _describe(hub, ref)
    remote = hub.project.remote
    if remote and await _fetch(await contact(hub), remote, refspec=f"+refs/heads/{branch}:{ref}"):
        return await _describe(hub, ref)
    raise await _missing(hub, branch)


async def _fetch(git: Git, place: str, *, refspec: str) -> bool:
    try:
        await patiently(lambda: git("fetch", *_QUIET, "--", place, refspec))
    except GitError as error:
        if any(sign in error.stderr for sign in _NOT_THERE):
            return False
        raise explain(error, doing=f"fetching from {redact(place)}") from error
    return True


async def _missing(hub: Hub, branch: str) -> Permanent:
    listed = await Git(Path(hub.project.path), as_person=True)(
        "for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=2)", "refs/heads"
    )
    names = listed.splitlines()
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    where = " or ".join(redact(p) for p in (hub.project.path, hub.project.remote) if p)
    return Permanent(
        f"there is no branch {branch!r} in {where}; there are {', '.join(names[:_SHOWN])}{more}",
        remedy=f"git -C '{hub.project.path}' branch --all",
    )


async def _describe(hub: Hub, ref: str) -> Source:
    found = await hub.git("log", "-1", "--encoding=UTF-8", f"--format={_FIELDS}", ref)
    commit, name, email, title, body = found.split("\0", 4)
    return Source(
        ref=ref,
        commit=commit,
        title=title,
        body=body.strip(),
        author_name=name,
        author_email=email,
    )
