"""Runs commands side by side in a gate's checkout; one in turn is one with nothing beside it."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from orch.adapters.gates.checkout import Checkout
from orch.adapters.gates.environment import compose_environment
from orch.adapters.gates.judge import Disks, describe_left, judge, measure_free
from orch.adapters.gates.log import GateLog, Section
from orch.core.receipt import CommandResult, Outcome
from orch.core.text import plain
from orch.system.bounds import GATE_SCORE
from orch.system.process import Process, dwelling
from orch.system.reap import Proof, end
from orch.system.run import CannotStart, Completed, Order, run

_MARK: Final = "ORCH_GATE_COMMAND"
"""The variable by which the processes of one command are told from those beside it."""

_MEMORY_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that came to an end of its own; `done` is None if it could not be started."""

    command: str
    outcome: Outcome
    reason: str
    done: Completed | None = None

    @property
    def output(self) -> str:
        """What it printed, fit for a prompt."""
        return plain(self.done.stdout) if self.done else ""

    @property
    def results(self) -> tuple[CommandResult, ...]:
        """What a receipt keeps of it."""
        if self.done is None:
            return ()
        code = self.done.code if self.done.code is not None else -(self.done.signal or 0)
        return (CommandResult(self.command, code, round(self.done.duration_s, 3)),)


IsOver = Callable[[Ended], Awaitable[bool]]
"""Tells of a command that has ended whether those beside it are to be ended as well."""


@dataclass(frozen=True, slots=True)
class Round:
    """What commands that ran side by side came to, in their order.

    Those of `cut` were ended because of `breaker`: nothing is known of them.
    """

    ended: tuple[Ended, ...]
    cut: tuple[str, ...] = ()
    breaker: Ended | None = None

    def find(self, outcome: Outcome) -> list[Ended]:
        """List those that ended like that."""
        return [one for one in self.ended if one.outcome is outcome]


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs commands in a checkout, each for at most `timeout_s`."""

    checkout: Checkout
    log: GateLog
    timeout_s: float

    async def run(self, commands: Sequence[str], *, is_over: IsOver) -> Round:
        """Run commands side by side, and end what they leave behind.

        The first that `is_over` ends the others, and so does cancelling this call.
        """
        before = set(dwelling(self.checkout.path))  # A person may look around there.
        sections = self.log.begin(commands)
        tasks = [
            asyncio.create_task(self._run(command, section))
            for command, section in zip(commands, sections, strict=True)
        ]
        try:
            breaker = await _watch(tasks, is_over)
            strays = await self._clear(tasks, before)
        except BaseException:
            await asyncio.shield(self._clear(tasks, before))
            raise
        cut = [n for n, task in enumerate(tasks) if task.cancelled()]
        for n in cut:
            sections[n].cut(breaker.reason if breaker else "")
        ended = tuple(task.result() for task in tasks if not task.cancelled())
        if not cut:  # Else the strays may be theirs, who had no time to end them.
            ended = _blame(ended, strays.found)
        return Round(ended, tuple(commands[n] for n in cut), breaker)

    async def _run(self, command: str, section: Section) -> Ended:
        try:
            done = await run(self._order(command, section))
        except CannotStart as error:
            return Ended(command, Outcome.INFRA, f"`{command}` can't be started: {error}")
        section.end(done)
        disks = Disks(
            free_bytes=measure_free(self.checkout.path),
            scratch_bytes=measure_free(self.checkout.scratch),
        )
        return Ended(command, *judge(command, done, disks=disks), done)

    def _order(self, command: str, section: Section) -> Order:
        slot, _, path = self.checkout.mark.partition("=")
        environment = compose_environment(os.environ, scratch=self.checkout.scratch)
        return Order(
            argv=("sh", "-c", command),
            cwd=self.checkout.path,
            env={**environment, slot: path},
            timeout_s=self.timeout_s,
            # What bears the mark is ended with the command: the slot's own is on those beside it.
            mark=f"{_MARK}={path}{section.name.strip()}",
            merge=True,
            score=GATE_SCORE,
            output_cap_bytes=_MEMORY_BYTES,
            log=section,
            log_cap_bytes=section.room_bytes,
        )

    async def _clear(self, tasks: Sequence["asyncio.Task[Ended]"], before: set[Process]) -> Proof:
        """End all that goes on; also what has left its group and its environment behind.

        Where somebody stands does not tell which command started it, so all have ended by then.
        """
        for task in tasks:
            if not task.cancelling():  # A second word would stop it from ending its processes.
                task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return await end(
            lambda: [one for one in dwelling(self.checkout.path) if one not in before],
            grace_s=0.0,
        )


async def _watch(tasks: Sequence["asyncio.Task[Ended]"], is_over: IsOver) -> Ended | None:
    """Wait for all, or for the one that makes the others useless, and return that."""
    pending = set(tasks)
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if pending and await is_over(task.result()):
                return task.result()
    return None


def _blame(ended: tuple[Ended, ...], strays: Sequence[str]) -> tuple[Ended, ...]:
    """Hold strays against the first that would have passed; the others are at fault already."""
    passed = [one for one in ended if one.outcome is Outcome.PASSED]
    if not strays or not passed:
        return ended
    who = f"`{'` or `'.join(one.command for one in passed)}`"
    unclean = replace(passed[0], outcome=Outcome.UNCLEAN, reason=f"{who} {describe_left(strays)}")
    return tuple(unclean if one is passed[0] else one for one in ended)
