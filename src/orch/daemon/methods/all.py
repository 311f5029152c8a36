"""Collects the methods of all nouns into the table that is served."""

from orch.daemon.methods import (
    audit,
    config,
    cost,
    daemon,
    events,
    hook,
    overview,
    plan,
    project,
    queue,
    report,
    session,
    talk,
    task,
    task_end,
    task_moves,
    task_new,
    workspace,
)
from orch.daemon.methods.table import Method, methods_of

NOUNS = (
    audit,
    config,
    cost,
    daemon,
    events,
    hook,
    overview,
    plan,
    project,
    queue,
    report,
    session,
    talk,
    task,
    task_end,
    task_moves,
    task_new,
    workspace,
)

METHODS: dict[str, Method] = {
    method.name: method for module in NOUNS for method in methods_of(module)
}
"""Every method of the wire by its name."""
