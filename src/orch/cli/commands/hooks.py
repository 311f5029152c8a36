"""Verbs of hooks in the person's own configuration: install, uninstall, status."""

from dataclasses import asdict

from orch.cli.render import print_json
from orch.cli.tables import table
from orch.cli.text import one_line
from orch.cli.verbs import JSON, Argument, verb
from orch.wire.shapes.personal import HookShape

AGENTS = Argument("agents", metavar="claude|codex|gemini|opencode", many=True, required=False)


@verb("hooks install", AGENTS, JSON)
def install(*, agents: tuple[str, ...], as_json: bool) -> None:
    """Let your own agents tell orch what they do, in sessions that you start yourself within one.

    Sessions that orch starts have their hooks already, in a configuration of their own. These go
    into yours, for an agent that your own script or shell starts in a session. Outside of orch's
    sessions they do nothing. Hooks of others stay as they are, and `orch hooks uninstall` brings
    your files back to the byte. Without a name: all agents that you have.
    """
    from orch.cli.personal import attempt, chosen, person
    from orch.personal.hooks import Hooks

    places, undo = person()
    wanted = chosen(agents, places)
    _show(attempt(lambda: Hooks(places, undo).install(wanted)), as_json=as_json)


@verb("hooks uninstall", AGENTS, JSON)
def uninstall(*, agents: tuple[str, ...], as_json: bool) -> None:
    """Take orch's hooks out of your configuration; nobody else's.

    A file that nobody has changed since is as it was before, to the byte; one that orch made and
    that holds nothing else is removed.
    """
    from orch.cli.personal import attempt, chosen, person
    from orch.personal.hooks import Hooks
    from orch.personal.places import AGENTS as ALL

    places, undo = person()
    wanted = chosen(agents or ALL, places)
    _show(attempt(lambda: Hooks(places, undo).uninstall(wanted)), as_json=as_json)


@verb("hooks status", AGENTS, JSON)
def status(*, agents: tuple[str, ...], as_json: bool) -> None:
    """Show in which files of your agents orch's hooks are."""
    from orch.cli.personal import chosen, person
    from orch.personal.hooks import Hooks
    from orch.personal.places import AGENTS as ALL

    places, undo = person()
    _show(Hooks(places, undo).status(chosen(agents or ALL, places)), as_json=as_json)


def _show(found: list[HookShape], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [[one.agent, one.state, "changed" if one.changed else "", one.file] for one in found]
    print(table(("AGENT", "STATE", "", "FILE"), rows))
    for one in found:
        if one.note:
            print(f"{one.agent}: {one_line(one.note)}")
