"""Methods of the audit log: who changed what, and whether the log still holds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from orch.core.audit import Entry, Link
from orch.daemon.call import Call
from orch.daemon.methods.table import Stream, method
from orch.daemon.rights import Role
from orch.wire.codes import invalid
from orch.wire.shapes.audit import AuditedShape, AuditNews, AuditShape
from orch.wire.shapes.overview import Followed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditParams:
    """How many of the newest entries."""

    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowParams:
    """Behind which entry; without one, from the newest on."""

    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyParams:
    """A head ("SEQ:HASH") that was noted before and has to be in the chain; "" for none."""

    head: str = ""


@method("audit.list", Role.PERSON)
async def list_(call: Call, params: AuditParams) -> tuple[AuditShape, ...]:
    """List the newest commands that changed something, oldest first."""
    if params.limit < 1:
        raise invalid("limit is at least 1")
    found = await asyncio.to_thread(call.context.audit.files.tail, params.limit)
    return tuple(_shape(entry) for entry in found)


@method("audit.follow", Role.PERSON, sends=(Followed, AuditNews))
async def follow(call: Call, params: FollowParams) -> Stream:
    """Subscribe to the audit log: first the entries behind the cursor, then each new one."""
    newest = await asyncio.to_thread(call.context.audit.files.tail, 1)
    seq = newest[-1].seq if newest else 0
    after = seq if params.after is None else params.after
    return Stream(seq=seq, news=_news(call, after), noun="entry")


async def _news(call: Call, after: int) -> AsyncIterator[AuditShape]:
    async for entry in call.context.audit.follow(after):
        yield _shape(entry)


@method("audit.verify", Role.PERSON)
async def verify(call: Call, params: VerifyParams) -> AuditedShape:
    """Walk the whole chain, and say where it was edited, cut or put into another order."""
    files = call.context.audit.files
    noted = _read_head(params.head)
    seen = await asyncio.to_thread(files.verify, noted=noted)
    fault = seen.fault
    return AuditedShape(
        ok=fault is None,
        entries=seen.entries,
        head=f"{seen.head.seq}:{seen.head.hash}",
        kind=fault.kind.value if fault else "",
        why=fault.why if fault else "",
        file=seen.file,
        line=seen.line,
        seq=fault.seq if fault else None,
        torn=seen.torn,
    )


def _read_head(text: str) -> Link | None:
    seq, colon, digest = text.partition(":")
    if not text:
        return None
    if not colon or not seq.isdecimal():
        raise invalid("a head is a number and a hash: 17:5e88...", next="orch audit verify")
    return Link(int(seq), digest)


def _shape(entry: Entry) -> AuditShape:
    return AuditShape(**asdict(entry))
