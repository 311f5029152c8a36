"""The herald of this machine: runs a command, or types into a pane of tmux."""

import json
import os
from dataclasses import asdict

from orch.adapters.heralds.pane import type_into
from orch.core.address import ToCommand, ToPane
from orch.ports.errors import Permanent, Transient
from orch.ports.herald import Telling
from orch.system.run import CannotStart, Order, run

_TIMEOUT_S = 60.0
_SHOWN = 300


class LocalHerald:
    """Tells leads by programs of this machine."""

    async def tell(self, where: ToPane | ToCommand, telling: Telling) -> str:
        """Tell it; returns on what evidence."""
        if isinstance(where, ToPane):
            return await type_into(where, telling)
        return await _run(where, telling)


async def _run(where: ToCommand, telling: Telling) -> str:
    """Run the command with the words as its last argument and all of it as JSON on its input."""
    order = Order(
        argv=(*where.argv, telling.text),
        env={**os.environ, "ORCH_MESSAGE_ID": telling.id},
        stdin=json.dumps(asdict(telling)).encode() + b"\n",
        timeout_s=_TIMEOUT_S,
        output_cap_bytes=10_000,
    )
    try:
        done = await run(order)
    except CannotStart as error:
        if error.transient:
            raise Transient(str(error)) from error
        raise Permanent(str(error), remedy="mend the address of the lead") from error
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip()[-_SHOWN:]
        raise Transient(f"{where.argv[0]}: {done.ending}{': ' if said else ''}{said}")
    return f"{where.argv[0]} took it"
