"""Session effects: start the agent in its workspace, and end what is not wanted any more."""

import json
from dataclasses import dataclass

from orch.core.effects import StartSession, StopSession
from orch.core.events import SessionEnded, SessionLost, SessionRefused, SessionStarted
from orch.core.exchange import pending_words
from orch.core.prompt import Briefing, compose, follow_up
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.task import Task
from orch.engine.kept import COMMAND, DIFF, NOTE, PROMPT, TOLD
from orch.engine.orders import conversation_of, launch_order
from orch.engine.parts import Parts, profile_of
from orch.engine.piece import Piece
from orch.ports.agent import Launch
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Liveness, SessionSpec, SessionState

_GRACE_S = 5.0
_DIFF_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class SessionEffects:
    """Performs the effects that concern sessions."""

    parts: Parts

    async def start(self, effect: StartSession, task: Task) -> None:
        """Start the agent. What cannot be started holds the task; it does not use it up."""
        try:
            spec, started = await self._spec(effect, task)
            await self.parts.sessions.start(spec)
        except Permanent as error:
            reason = f"{error.reason}; {error.remedy}".rstrip("; ")
            refused = SessionRefused(
                at=self.parts.clock.now(), attempt=effect.attempt, reason=reason
            )
            await self.parts.writer.submit(task.id, refused, finishes=(effect.id,))
            return
        await self.parts.writer.submit(task.id, started, finishes=(effect.id,))

    async def stop(self, effect: StopSession, task: Task) -> None:
        """End a session of the task, and prove that nothing of it is left."""
        name = session_name(task.id, effect.attempt)
        if (await self.parts.sessions.probe(name)).liveness is not Liveness.GONE:
            ended = await self.parts.sessions.end(name, grace_s=_GRACE_S)
            if ended.left:
                raise Transient(f"processes of {name} resist: {', '.join(ended.left)}")
        await self.parts.writer.transact(lambda _: Piece(finished=(effect.id,)))

    async def _spec(self, effect: StartSession, task: Task) -> tuple[SessionSpec, SessionStarted]:
        parts, attempt = self.parts, task.attempt
        if attempt is None:
            raise Permanent(f"{task.id} has no attempt")
        settings = await parts.settings(parts.project(task.project_id))
        profile = profile_of(settings, attempt.agent)
        agent = parts.agent_of(profile)
        self._require(settings, agent.program(profile), cwd=attempt.workspace)
        told = self._write_prompt(task, settings, profile=profile)
        order = launch_order(parts, task, profile=profile)
        launch = agent.launch(order)
        parts.artifacts.place(launch.files, copies=launch.copies, links=launch.links)
        self._record(task, effect.attempt, profile=profile, launch=launch)
        name = session_name(task.id, effect.attempt)
        started = SessionStarted(
            at=parts.clock.now(),
            attempt=effect.attempt,
            session=name,
            mode=order.mode,
            conversation=order.conversation or "",
            told=told,
        )
        spec = SessionSpec(
            name=name,
            token=attempt.token,
            argv=launch.argv,
            cwd=attempt.workspace,
            env=launch.environment,
            stdio=launch.stdio.value,
            stdin=launch.stdin,
            transcript_cap_bytes=int(parts.configuration.host().transcript_mb * 1024 * 1024),
            memory_bytes=None if profile.memory_mb is None else int(profile.memory_mb * 1_000_000),
            processes=profile.processes,
            cpu=profile.cpu,
        )
        return spec, started

    def _require(self, settings: ProjectSettings, program: str, *, cwd: str) -> None:
        """Refuse a start that can't succeed: it would only use up attempts."""
        wanted = (*settings.required_tools, *([program] if program else []))
        missing = [name for name in wanted if not self.parts.has_program(name, cwd)]
        if missing:
            raise Permanent(
                f"not found on this machine: {', '.join(missing)}",
                remedy="install it or mend the profile, then `orch task unblock`",
            )

    def _write_prompt(
        self, task: Task, settings: ProjectSettings, *, profile: AgentProfile
    ) -> tuple[str, ...]:
        """Write the prompt, once for an attempt; return which messages stand in it.

        A start that is carried out again after a crash may find its session there, begun with
        the prompt of the first time: what was said since is not in it.
        """
        parts, n = self.parts, task.attempt.n if task.attempt else 1
        if parts.artifacts.read(task.id, n, name=PROMPT):
            return tuple(json.loads(parts.artifacts.read(task.id, n, name=TOLD) or b"[]"))
        told = tuple(message.id for message in task.messages if not message.trouble)
        parts.artifacts.write(task.id, n, name=TOLD, content=json.dumps(told).encode())
        briefing = self._briefing(task, settings)
        resumed = conversation_of(parts, task, profile=profile) is not None
        text = follow_up(task, briefing) if resumed else compose(task, briefing)
        parts.artifacts.write(task.id, n, name=PROMPT, content=text.encode())
        return told

    def _briefing(self, task: Task, settings: ProjectSettings) -> Briefing:
        read, n = self.parts.artifacts.read, task.attempt.n if task.attempt else 1
        earlier = tuple(
            f"attempt {one.n} ({one.agent}): {one.outcome}"
            for one in self.parts.store.attempts(task.id)
            if one.n < n and one.outcome
        )
        diff = read(task.id, n - 1, name=DIFF, limit_bytes=_DIFF_LIMIT) if n > 1 else b""
        note = read(task.id, n, name=NOTE)
        return Briefing(
            checks=settings.landing.quality_gate,
            diff=diff.decode(errors="replace"),
            note=note.decode(errors="replace"),
            earlier=earlier,
            messages=pending_words(task),
        )

    def _record(self, task: Task, n: int, *, profile: AgentProfile, launch: Launch) -> None:
        # The environment stays out: a profile may carry secrets in it.
        record = {"agent": profile.name, "argv": launch.argv, "stdio": launch.stdio.value}
        content = json.dumps(record, indent=2, ensure_ascii=False)
        self.parts.artifacts.write(task.id, n, name=COMMAND, content=content.encode())


def session_name(task_id: str, n: int) -> str:
    """Name a session by its task and attempt, so that it is found again without any record."""
    return f"{task_id}.{n}"


def attempt_of(session: str) -> tuple[str, int] | None:
    """Read a session's name back; None if it is not one of orch's tasks."""
    task_id, _, n = session.rpartition(".")
    return (task_id, int(n)) if task_id and n.isdecimal() else None


async def report_end(parts: Parts, task_id: str, *, n: int, state: SessionState) -> None:
    """Submit what is known of a session's end: how it exited, or that nobody saw it."""
    at = parts.clock.now()
    if state.exit_code is None and state.exit_signal is None:
        lost = SessionLost(at=at, attempt=n, reason=f"the session is gone: {state.how}")
        await parts.writer.submit(task_id, lost)
        return
    ended = SessionEnded(
        at=at,
        attempt=n,
        exit_code=state.exit_code,
        exit_signal=state.exit_signal,
        leftovers=(*state.leftovers, *state.left),
        cause=state.cause,
        cpu_s=state.cpu_s,
        peak_memory_bytes=state.peak_memory_bytes,
    )
    await parts.writer.submit(task_id, ended)
