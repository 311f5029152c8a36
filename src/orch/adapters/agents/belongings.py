"""What a session gets of the person's: variables and files of its program's sign-in."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from orch.core.settings import READ_ONLY, AgentProfile
from orch.ports.agent import LaunchOrder, Mode
from orch.ports.errors import Permanent

ARGUMENT_LIMIT_BYTES = 100_000
"""The kernel takes 128 KiB for one argument, its closing NUL included."""


@dataclass(frozen=True, slots=True)
class Files:
    """The person's own files that a session gets: copied, or linked so that both stay one."""

    copies: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def inherited(order: LaunchOrder, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Take the variables of these names from the daemon's."""
    wanted = frozenset(names)
    return tuple((name, value) for name, value in order.inherited if name in wanted)


def sign_in_files(order: LaunchOrder, pairs: Iterable[tuple[str, str]]) -> Files:
    """Copy or link the files of a sign-in, as the profile says; `pairs` are (from, to)."""
    found = tuple(pairs)
    match order.profile.credentials:
        case "copy":
            return Files(copies=found)
        case "link":
            return Files(links=found)
        case _:
            return Files()


def home_of(order: LaunchOrder) -> str:
    """Find the person's home folder."""
    return dict(order.inherited).get("HOME", "")


def variable(order: LaunchOrder, name: str) -> str:
    """Read a variable that the profile sets, or else the daemon's."""
    return dict(order.profile.env).get(name, "") or dict(order.inherited).get(name, "")


def start_words(profile: AgentProfile, program: str) -> tuple[str, ...]:
    """Split the command that starts the program; a profile may name another one."""
    try:
        return tuple(shlex.split(profile.start_command)) or (program,)
    except ValueError:
        return (program,)


def fits(prompt: str) -> bool:
    """Tell whether a prompt can be an argument."""
    return len(prompt.encode()) <= ARGUMENT_LIMIT_BYTES


def brief(order: LaunchOrder) -> str:
    """Write the prompt as an argument: itself, or where it stands if it is too long."""
    if fits(order.prompt):
        return order.prompt
    return f"Read the file {order.prompt_file}: it holds your task. Do it as if it stood here."


def refuse_to_look(order: LaunchOrder, program: str) -> None:
    """Raise `Permanent` where a session may only read and the program can't be held to that."""
    if order.profile.permission_mode == READ_ONLY and order.mode is not Mode.ACP:
        name = order.profile.name
        raise Permanent(
            f"{program} can't be kept from writing, so agent {name} can't judge",
            remedy="name another one in landing.judge_agent",
        )


def refuse_to_ask(order: LaunchOrder) -> None:
    """Raise `Permanent` where the profile wants to be asked and a program without ears can't."""
    if order.profile.permission_mode == "ask" and order.mode is Mode.HEADLESS:
        name = order.profile.name
        raise Permanent(
            f"agent {name} cannot ask for permission in headless mode",
            remedy=f'set agents.{name}.mode = "terminal", or permission_mode = "bypass"',
        )
