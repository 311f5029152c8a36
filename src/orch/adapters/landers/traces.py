"""Reads from a hub what was done in it, for a database that knows less than that."""

from orch.adapters.hub import BASE, Hub
from orch.adapters.landers.keeping import LANDINGS
from orch.adapters.landers.message import LANDING_PART, SOURCE_HEAD, TASK_ID
from orch.core import names
from orch.ports.lander import Trace, Traces
from orch.system.git import Git

ATTEMPTS = "refs/orch/attempts/"

_TRAILERS = (
    f"%(trailers:key={key},valueonly,separator=%x20)"
    for key in (TASK_ID, SOURCE_HEAD, LANDING_PART)
)
_FIELDS = "%x00".join(("%H", "%P", "%T", "%an", "%ae", "%ct", "%s", *_TRAILERS))


async def read_traces(hub: Hub, *, after: int) -> Traces:
    """List the landings above this number that reached a target, and the highest numbers used.

    Nobody is asked: what stands on a target is what the last fetch of it has seen.
    """
    listed = await hub.git("for-each-ref", "--format=%(refname)", ATTEMPTS, LANDINGS)
    refs = listed.splitlines()
    attempts = (ref.removeprefix(ATTEMPTS).partition("/")[0] for ref in refs if ATTEMPTS in ref)
    numbers = {names.number(ref.removeprefix(LANDINGS)): ref for ref in refs if LANDINGS in ref}
    wanted = {ref for number, ref in numbers.items() if number > after}
    return Traces(
        task=max(map(names.number, attempts), default=0),
        landing=max(numbers, default=0),
        landed=await _landed(hub.git, wanted) if wanted else (),
    )


async def _landed(git: Git, wanted: set[str]) -> tuple[Trace, ...]:
    bases = (await git("for-each-ref", "--format=%(refname)", BASE)).splitlines()
    found = dict[str, Trace]()
    for base in bases:
        merged = await git("for-each-ref", "--format=%(refname)", f"--merged={base}", LANDINGS)
        for ref in wanted & set(merged.splitlines()) - found.keys():
            found[ref] = await _read(git, ref, target=base.removeprefix(BASE))
    return tuple(sorted(found.values(), key=lambda trace: names.number(trace.landing_id)))


async def _read(git: Git, ref: str, *, target: str) -> Trace:
    fields = (await git("log", "-1", f"--format={_FIELDS}", ref, "--")).rstrip("\n").split("\0")
    commit, parents, tree, name, email, at, subject, task, head, part = fields
    return Trace(
        landing_id=ref.removeprefix(LANDINGS),
        target=target,
        commit=commit,
        # The last commit of several does not stand on the tip that the landing replaced.
        parent=None if part.strip() else parents,
        tree=tree,
        source_head=head.strip(),
        title=subject,
        task_id=task.strip() or None,
        author_name=name,
        author_email=email,
        at=float(at),
    )
