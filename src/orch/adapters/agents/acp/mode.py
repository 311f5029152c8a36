"""How an adapter drives its program by ACP: it starts it on pipes and takes this reader.

The protocol's types take a second to load, so that happens when the first such session starts.
"""

from orch.adapters.agents.acp.dialect import Dialect, ErrorPipe
from orch.ports.agent import LaunchOrder, Reader

_USUAL = Dialect()


def acp_reader(
    order: LaunchOrder, dialect: Dialect = _USUAL, *, errors: ErrorPipe | None = None
) -> Reader:
    """Make the reader of a session that speaks ACP on its pipes."""
    from orch.adapters.agents.acp.reader import AcpReader  # noqa: PLC0415 - takes a second

    return AcpReader(order, dialect, errors=errors)
