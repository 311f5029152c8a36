"""Moves a branch of a remote or of a bare repository: one ref, by compare-and-swap."""

from typing import Final

from orch.adapters.hub import Hub, contact, fetch_base, source
from orch.adapters.landers.plumbing import is_ancestor, last_lines
from orch.adapters.landers.verdict import Said, read_push
from orch.core.landing import Item
from orch.ports.errors import Permanent, Transient
from orch.ports.lander import Moved, Pushed, PushOutcome, Refused
from orch.system.git import GitError, redact

_OPTIONS: Final = (
    *("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--no-recurse-submodules"),
    # A bare repository on disk is written as safely as orch's own; a far one minds itself.
    "--receive-pack=git -c core.fsync=all receive-pack",
)
_FAR_OPTIONS: Final = _OPTIONS[:-1]


async def push_remote(hub: Hub, item: Item, *, old: str, new: str, timeout_s: float) -> PushOutcome:
    """Push `new` where `old` is, or nothing.

    Raises `Transient` if it is not known whether the push arrived.
    """
    place, ref = source(hub.project), f"refs/heads/{item.target}"
    near = hub.project.remote is None
    git = hub.git.person() if near else await contact(hub)
    git = git.with_config(("push.pushOption", ""), ("push.default", "nothing"))
    options = _OPTIONS if near else _FAR_OPTIONS
    lease = f"--force-with-lease={ref}:{old}"
    try:
        out = await git.run(
            "push", *options, lease, "--", place, f"{new}:{ref}", timeout_s=timeout_s
        )
    except GitError as error:  # Git took too long, or was killed: by a far end that went away, too.
        raise _unknown(place, last_lines(error.stderr)) from error
    verdict = read_push(out)
    match verdict.said:
        case Said.ARRIVED:
            return Pushed(old=old, new=new)
        case Said.REFUSED:
            return Refused(reason=verdict.reason)
        case Said.OVERTAKEN | Said.UNCERTAIN:
            return await _look(hub, item, new=new, why=verdict.reason)


async def _look(hub: Hub, item: Item, *, new: str, why: str) -> PushOutcome:
    """Ask the target itself where it stands now."""
    try:
        tip = await fetch_base(hub.project, item.target)
    except (Permanent, Transient) as error:
        raise _unknown(source(hub.project), f"{why}; then {error.reason}") from error
    old = item.expected_old or ""
    if tip == new or await is_ancestor(hub.git, new, of=tip):
        return Pushed(old=old, new=new)
    if tip != old:
        return Moved(tip=tip)
    raise _unknown(source(hub.project), why)


def _unknown(place: str, why: str) -> Transient:
    return Transient(
        f"what {redact(place)} made of the push is not known ({why}); "
        "nothing is lost, the target will be asked"
    )
