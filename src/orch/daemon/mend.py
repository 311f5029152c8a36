"""Mends what the doctor may mend by itself: nothing of it needs a person's choice."""

from collections.abc import Iterable

import structlog

from orch.core.findings import Finding
from orch.daemon.context import Context
from orch.ports.errors import Permanent, Transient

log = structlog.get_logger(__name__)

_GRACE_S = 5.0


async def mend(context: Context, findings: Iterable[Finding]) -> None:
    """Repair the findings that are `fixable`; one that can't be is left to the next look."""
    for finding in findings:
        kind, _, name = finding.subject.partition(" ")
        if not finding.fixable or kind != "session":
            continue
        try:
            await context.sessions.end(name, grace_s=_GRACE_S)
        except (Permanent, Transient) as error:
            log.warning("could not be mended", subject=finding.subject, why=error.reason)
