"""Turns what went wrong in a method into an error of the wire: the daemon's one error edge."""

import structlog

from orch.core.lifecycle import UnexpectedEvent
from orch.daemon.reports import write_report
from orch.engine.piece import UnknownItem, UnknownTask
from orch.engine.queue import LandingRefused
from orch.ports.errors import Permanent, Transient
from orch.system.paths import Home
from orch.wire.codes import Code, WireError

log = structlog.get_logger(__name__)


def as_wire_error(error: Exception, *, method: str, home: Home) -> WireError:
    """Word an expected failure for a person; anything else is a bug, and gets a report file."""
    expected = _expected(error)
    if expected is not None:
        return expected
    report = write_report(home, error, during=method)
    log.error("bug in a method", method=method, report=str(report), exc_info=error)
    message = f"a bug in {method}: {type(error).__name__}: {error}"
    return WireError(Code.INTERNAL, message, report=report)


def _expected(error: Exception) -> WireError | None:
    found: WireError | None = None
    match error:
        case WireError():
            found = error
        case UnexpectedEvent():
            found = WireError(Code.REFUSED, str(error), next=f"orch task show {error.task_id}")
        case LandingRefused():
            found = WireError(Code.REFUSED, str(error), next="orch queue")
        case UnknownTask() | UnknownItem():
            found = WireError(Code.NOT_FOUND, str(error), next="orch task list")
        case Transient(reason=reason):
            found = WireError(Code.UNAVAILABLE, reason, kept="nothing was changed")
        case Permanent(reason=reason, remedy=remedy):
            found = WireError(Code.REFUSED, reason, next=remedy)
        case _:
            pass
    return found
