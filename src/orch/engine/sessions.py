"""Session effects: start the agent in its workspace, and end what is not wanted any more."""

import json
from dataclasses import dataclass

from orch.core.effects import StartSession, StopSession
from orch.core.events import SessionEnded, SessionLost, SessionRefused, SessionStarted
from orch.core.project import Project
from orch.core.prompt import Briefing, compose
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.task import Task
from orch.engine.parts import Parts, profile_of
from orch.engine.piece import Piece
from orch.engine.workspaces import ENVIRONMENT, NOTE
from orch.ports.agent import Launch, LaunchOrder
from orch.ports.errors import Permanent, Transient
from orch.ports.session_host import Liveness, SessionSpec, SessionState

PROMPT, COMMAND, DIFF = "prompt.md", "command.json", "diff.patch"
_GRACE_S = 5.0
_DIFF_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class SessionEffects:
    """Performs the effects that concern sessions."""

    parts: Parts

    async def start(self, effect: StartSession, task: Task) -> None:
        """Start the agent. What cannot be started holds the task; it does not use it up."""
        try:
            spec = await self._spec(effect, task)
            await self.parts.sessions.start(spec)
        except Permanent as error:
            reason = f"{error.reason}; {error.remedy}".rstrip("; ")
            refused = SessionRefused(
                at=self.parts.clock.now(), attempt=effect.attempt, reason=reason
            )
            await self.parts.writer.submit(task.id, refused, finishes=(effect.id,))
            return
        started = SessionStarted(
            at=self.parts.clock.now(), attempt=effect.attempt, session=spec.name
        )
        await self.parts.writer.submit(task.id, started, finishes=(effect.id,))

    async def stop(self, effect: StopSession, task: Task) -> None:
        """End a session of the task, and prove that nothing of it is left."""
        name = session_name(task.id, effect.attempt)
        if (await self.parts.sessions.probe(name)).liveness is not Liveness.GONE:
            ended = await self.parts.sessions.end(name, grace_s=_GRACE_S)
            if ended.left:
                raise Transient(f"processes of {name} resist: {', '.join(ended.left)}")
        await self.parts.writer.transact(lambda _: Piece(finished=(effect.id,)))

    async def _spec(self, effect: StartSession, task: Task) -> SessionSpec:
        parts, attempt = self.parts, task.attempt
        if attempt is None:
            raise Permanent(f"{task.id} has no attempt")
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        profile = profile_of(settings, attempt.agent)
        agent = parts.agent_of(profile)
        self._require(settings, agent.program(profile), cwd=attempt.workspace)
        text = self._prompt(task, settings)
        prompt_file = parts.artifacts.write(
            task.id, effect.attempt, name=PROMPT, content=text.encode()
        )
        launch = agent.launch(
            LaunchOrder(
                task=task,
                profile=profile,
                workspace=attempt.workspace,
                prompt=text,
                prompt_file=prompt_file,
                environment=self._environment(task, project, prompt_file=prompt_file),
            )
        )
        self._record(task, effect.attempt, profile=profile, launch=launch)
        return SessionSpec(
            name=session_name(task.id, effect.attempt),
            token=attempt.token,
            argv=launch.argv,
            cwd=attempt.workspace,
            env=launch.environment,
            stdio=launch.stdio.value,
            stdin=launch.stdin,
            transcript_cap_bytes=int(parts.configuration.host().transcript_mb * 1024 * 1024),
        )

    def _require(self, settings: ProjectSettings, program: str, *, cwd: str) -> None:
        """Refuse a start that can't succeed: it would only use up attempts."""
        wanted = (*settings.required_tools, *([program] if program else []))
        missing = [name for name in wanted if not self.parts.has_program(name, cwd)]
        if missing:
            raise Permanent(
                f"not found on this machine: {', '.join(missing)}",
                remedy="install it or mend the profile, then `orch task unblock`",
            )

    def _prompt(self, task: Task, settings: ProjectSettings) -> str:
        read, n = self.parts.artifacts.read, task.attempt.n if task.attempt else 1
        earlier = tuple(
            f"attempt {one.n} ({one.agent}): {one.outcome}"
            for one in self.parts.store.attempts(task.id)
            if one.n < n and one.outcome
        )
        diff = read(task.id, n - 1, name=DIFF, limit_bytes=_DIFF_LIMIT) if n > 1 else b""
        note = read(task.id, n, name=NOTE)
        briefing = Briefing(
            checks=settings.landing.quality_gate,
            diff=diff.decode(errors="replace"),
            note=note.decode(errors="replace"),
            earlier=earlier,
        )
        return compose(task, briefing)

    def _environment(
        self, task: Task, project: Project, *, prompt_file: str
    ) -> tuple[tuple[str, str], ...]:
        attempt = task.attempt
        n = attempt.n if attempt else 0
        lines = self.parts.artifacts.read(task.id, n, name=ENVIRONMENT).decode().splitlines()
        own = {
            "ORCH_TASK_ID": task.id,
            "ORCH_TASK_KEY": task.key or "",
            "ORCH_TASK_SLUG": task.slug,
            "ORCH_TASK_TITLE": task.title,
            "ORCH_ATTEMPT": str(n),
            "ORCH_WORKER_NAME": attempt.worker if attempt else "",
            "ORCH_PROJECT": project.name,
            "ORCH_BASE": task.base,
            "ORCH_BRANCH": task.branch,
            "ORCH_PROMPT_FILE": prompt_file,
        }
        given = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
        return (*given, *own.items())

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
    )
    await parts.writer.submit(task_id, ended)
