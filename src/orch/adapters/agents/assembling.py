"""How a launch is put together from what each program wants."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orch.adapters.agents.belongings import Files, inherited, start_words
from orch.adapters.agents.environment import session_environment
from orch.ports.agent import Launch, LaunchOrder, Mode, Stdio


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a program wants: its words, variables, files, and what it may have of the person's.

    `program` is started unless the profile names another command. `keys` are the variables that
    it is signed in by, taken from the daemon's. Headless it reads `stdin`.
    """

    program: str
    words: Iterable[str]
    keys: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    lent: Files = field(default_factory=Files)
    stdin: str = ""


def assemble(order: LaunchOrder, wants: Wants) -> Launch:
    """Make the launch; what the profile sets wins over all else."""
    terminal = order.mode is Mode.TERMINAL
    return Launch(
        argv=(*start_words(order.profile, wants.program), *wants.words),
        environment=session_environment(
            inherited(order, wants.keys),
            wants.variables,
            order.environment,
            order.profile.env,
            base=dict(order.inherited) or None,
        ),
        stdio=Stdio.PTY if terminal else Stdio.PIPES,
        stdin=wants.stdin.encode() if order.mode is Mode.HEADLESS else None,
        files=wants.files,
        copies=wants.lent.copies,
        links=wants.lent.links,
    )
