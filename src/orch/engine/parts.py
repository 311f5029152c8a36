"""What the engine works with: the ports, put together by the daemon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orch.core.project import Project
from orch.core.settings import AgentProfile, ProjectSettings
from orch.core.task import Task
from orch.engine.kill_points import Step, no_step
from orch.engine.writer import Writer
from orch.ports.agent import Agent
from orch.ports.artifacts import Artifacts
from orch.ports.clock import Clock
from orch.ports.configuration import Configuration
from orch.ports.errors import Permanent
from orch.ports.gate import Gate
from orch.ports.herald import Herald, NoHerald
from orch.ports.judge_room import JudgeRooms, NoJudgeRooms
from orch.ports.lander import Lander
from orch.ports.session_host import SessionHost
from orch.ports.store import Registry, Store
from orch.ports.workspace import WorkspaceRef, Workspaces


def _everything(name: str, cwd: str) -> bool:
    """Take it that the host has every program; the start will tell."""
    del name, cwd
    return True


def _no_token(session: str, fence: str) -> str:
    """Give sessions no token; they are known by their processes."""
    del session, fence
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every port that the engine calls, with the one writer.

    `has_program` asks the host whether a shell in a folder would find a program. `inherited` is
    the environment that agents may take what they need from, `hook_command` what hooks run, and
    `session_token` makes the token of a session from its name and its attempt's fence.
    """

    host_id: str
    store: Store
    registry: Registry
    writer: Writer
    clock: Clock
    configuration: Configuration
    agents: Mapping[str, Agent]
    artifacts: Artifacts
    sessions: SessionHost
    workspaces: Workspaces
    gate: Gate
    lander: Lander
    inherited: tuple[tuple[str, str], ...] = ()
    hook_command: tuple[str, ...] = ()
    session_token: Callable[[str, str], str] = _no_token
    has_program: Callable[[str, str], bool] = _everything
    step: Step = no_step
    herald: Herald = field(default_factory=NoHerald)
    judge_rooms: JudgeRooms = field(default_factory=NoJudgeRooms)

    def project(self, project_id: str) -> Project:
        """Load a project; raises `Permanent` if it was removed."""
        for project in self.registry.projects():
            if project.id == project_id:
                return project
        raise Permanent(
            f"project {project_id} is not registered any more",
            remedy="run `orch init` in its repository",
        )

    async def settings(self, project: Project) -> ProjectSettings:
        """Return what holds for a project now."""
        return await self.configuration.project(project)

    def agent_of(self, profile: AgentProfile) -> Agent:
        """Find the adapter that reads a profile; raises `Permanent` if there is none."""
        if profile.adapter in self.agents:
            return self.agents[profile.adapter]
        raise Permanent(
            f"agent {profile.name} uses adapter {profile.adapter}, which is not known",
            remedy=f"adapters: {', '.join(sorted(self.agents))}",
        )


def profile_of(settings: ProjectSettings, name: str) -> AgentProfile:
    """Find a profile by name; raises `Permanent` that lists what there is."""
    found = settings.profile(name)
    if found is not None:
        return found
    known = ", ".join(profile.name for profile in settings.agents) or "none"
    raise Permanent(
        f"there is no agent {name} in the configuration",
        remedy=f"configured agents: {known}; add an [agents.{name}] table to .orch/config.toml",
    )


def workspace_ref(project: Project, task: Task) -> WorkspaceRef:
    """Point at the workspace of a task's current attempt."""
    attempt = task.attempt
    if attempt is None or not attempt.workspace:
        raise Permanent(f"{task.id} has no workspace", remedy=f"orch task retry {task.id}")
    return WorkspaceRef(
        project=project,
        task_id=task.id,
        attempt=attempt.n,
        path=attempt.workspace,
        branch=attempt.branch,
        base_commit=attempt.base_commit,
    )
