"""Shows landings: where each one stands, how its gate does, and what a judge said of it."""

from collections.abc import Sequence

from orch.core.landing import Item
from orch.daemon.context import Context
from orch.daemon.gates_now import NONE, see_gates_of
from orch.daemon.landing_judged import judgements_of
from orch.daemon.views import Projects, landing_shape
from orch.wire.shapes.landings import LandingShape


async def show_landings(
    context: Context, items: Sequence[Item], *, projects: Projects
) -> tuple[LandingShape, ...]:
    """Show some landings, open or closed, in their order."""
    gates, said = await see_gates_of(context, items), await judgements_of(context, items)
    return tuple(
        landing_shape(one, projects, gate=gates.get(one.id, NONE), judgement=said.get(one.id))
        for one in items
    )
