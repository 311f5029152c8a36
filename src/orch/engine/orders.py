"""Launch orders: what a session is started for, made anew from the rows whenever it is needed."""

from orch.core.attempt import Attempt
from orch.core.project import Project
from orch.core.settings import AgentProfile
from orch.core.task import Task
from orch.engine.kept import ENVIRONMENT, PROMPT, SIGNS
from orch.engine.parts import Parts
from orch.ports.agent import Agent, LaunchOrder, Mode
from orch.ports.errors import Permanent


def launch_order(parts: Parts, task: Task, *, profile: AgentProfile) -> LaunchOrder:
    """Say what the session of a task's current attempt is started for.

    The same for as long as the attempt lasts, so that a reader made from it later reads the
    session as the first one did. Raises `Permanent` if there is no attempt or no such mode.
    """
    attempt = task.attempt
    if attempt is None:
        raise Permanent(f"{task.id} has no attempt")
    agent = parts.agent_of(profile)
    prompt = parts.artifacts.read(task.id, attempt.n, name=PROMPT, limit_bytes=10_000_000)
    prompt_file = parts.artifacts.path(task.id, attempt.n, name=PROMPT)
    return LaunchOrder(
        task=task,
        profile=profile,
        workspace=attempt.workspace,
        prompt=prompt.decode(errors="replace"),
        prompt_file=prompt_file,
        environment=_environment(parts, task, attempt=attempt),
        mode=mode_of(agent, profile),
        home=parts.artifacts.home(task.id, profile.name),
        conversation=conversation_of(parts, task, profile=profile),
        inherited=parts.inherited,
        hook_command=(*parts.hook_command, agent.adapter) if parts.hook_command else (),
    )


def mode_of(agent: Agent, profile: AgentProfile) -> Mode:
    """Say how the agent is driven. Raises `Permanent` if it can't be driven that way."""
    if not profile.mode:
        return agent.modes[0]
    for mode in agent.modes:
        if mode == profile.mode:
            return mode
    raise Permanent(
        f"agent {profile.name} ({agent.adapter}) has no mode {profile.mode}",
        remedy=f"set agents.{profile.name}.mode to one of: {', '.join(agent.modes)}",
    )


def conversation_of(parts: Parts, task: Task, *, profile: AgentProfile) -> str | None:
    """Find the conversation that the current attempt goes on with.

    That of the attempt before, by the same agent; not if that one was itself resumed and brought
    nothing: then a fresh start carries what was done.
    """
    n = task.attempt.n if task.attempt else 1
    before = next((one for one in parts.store.attempts(task.id) if one.n == n - 1), None)
    if before is None or before.agent != profile.name or not before.conversation:
        return None
    if before.resumed and task.same_failures:
        return None
    return before.conversation


def _environment(parts: Parts, task: Task, *, attempt: Attempt) -> tuple[tuple[str, str], ...]:
    project: Project = parts.project(task.project_id)
    lines = parts.artifacts.read(task.id, attempt.n, name=ENVIRONMENT).decode().splitlines()
    own = {
        "ORCH_TASK_ID": task.id,
        "ORCH_TASK_KEY": task.key or "",
        "ORCH_TASK_SLUG": task.slug,
        "ORCH_TASK_TITLE": task.title,
        "ORCH_ATTEMPT": str(attempt.n),
        "ORCH_WORKER_NAME": attempt.worker,
        "ORCH_PROJECT": project.name,
        "ORCH_BASE": task.base,
        "ORCH_BRANCH": task.branch,
        "ORCH_PROMPT_FILE": parts.artifacts.path(task.id, attempt.n, name=PROMPT),
        "ORCH_SIGNS": parts.artifacts.path(task.id, attempt.n, name=SIGNS),
        "ORCH_TOKEN": parts.session_token(f"{task.id}.{attempt.n}", attempt.token),
    }
    given = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
    return (*given, *own.items())
