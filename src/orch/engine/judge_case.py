"""A case: one commit before its judge, what it is called, and how the judge's session starts."""

import re
from dataclasses import dataclass, replace
from typing import Final

from orch.core.attempt import Attempt
from orch.core.effects import RunJudge
from orch.core.project import Project
from orch.core.settings import READ_ONLY, AgentProfile, ProjectSettings
from orch.core.task import Task
from orch.engine.parts import Parts, profile_of
from orch.ports.agent import Agent, LaunchOrder, Mode
from orch.ports.judge_room import JudgeRoom
from orch.ports.session_host import SessionSpec

_SESSION: Final = re.compile(r"(?P<case>.+\.\d+\.judge-[0-9a-f]{7}-\d+)-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One commit before its judge; `name` is that of its room, and begins that of its sessions."""

    effect: RunJudge
    task: Task
    attempt: Attempt
    project: Project
    settings: ProjectSettings

    @property
    def name(self) -> str:
        """Name the case by its attempt, commit and order, so that it is found without a record."""
        return case_name(self.effect)

    @property
    def tail(self) -> str:
        """Name what is kept of it among the attempt's artifacts."""
        return self.name.rpartition(".")[2]

    @property
    def agent(self) -> str:
        """Name the profile that judges: the project's judge, or who did the work."""
        return self.settings.landing.judge_agent or self.attempt.agent

    def session(self, n: int) -> str:
        """Name the session that asks for the nth time."""
        return f"{self.name}-{n}"

    def prompt_name(self, n: int) -> str:
        """Name the prompt of that session."""
        return f"{self.tail}-{n}.md"


def case_name(effect: RunJudge) -> str:
    """Name what is judged: no name of an attempt's session, so nobody takes it for one."""
    return f"{effect.task_id}.{effect.attempt}.judge-{effect.head[:7]}-{effect.serial}"


def case_of(session: str) -> str:
    """Tell whose case a session is for; "" if it is not a judge's."""
    found = _SESSION.fullmatch(session)
    return found["case"] if found else ""


def judge_profile(parts: Parts, case: Case) -> AgentProfile:
    """Take the profile's right to write, and all that it may do unasked."""
    profile = profile_of(case.settings, case.agent)
    mode = _mode(parts.agent_of(profile), profile)
    return replace(profile, permission_mode=READ_ONLY, allowed_tools=(), tty=False, mode=mode)


def _mode(agent: Agent, profile: AgentProfile) -> Mode:
    """Drive it without a screen where that can be done: nobody looks at a judge's."""
    if profile.mode == Mode.ACP and Mode.ACP in agent.modes:
        return Mode.ACP
    return Mode.HEADLESS if Mode.HEADLESS in agent.modes else agent.modes[0]


def judge_order(parts: Parts, case: Case, *, room: JudgeRoom, n: int, prompt: str) -> LaunchOrder:
    """Say what a judge's session is started for; it gets no token, so it can report nothing."""
    task, profile = case.task, judge_profile(parts, case)
    prompt_file = parts.artifacts.path(task.id, case.attempt.n, name=case.prompt_name(n))
    own = {
        "ORCH_ROLE": "judge",
        "ORCH_COMMIT": case.effect.head,
        "ORCH_TASK_ID": task.id,
        "ORCH_TASK_TITLE": task.title,
        "ORCH_ATTEMPT": str(case.attempt.n),
        "ORCH_PROJECT": case.project.name,
        "ORCH_WORKSPACE": room.files,
        "ORCH_PROMPT_FILE": prompt_file,
    }
    return LaunchOrder(
        task=task,
        profile=profile,
        workspace=room.path,
        prompt=prompt,
        prompt_file=prompt_file,
        environment=tuple(own.items()),
        mode=_mode(parts.agent_of(profile), profile),
        home=parts.artifacts.home(task.id, f"{profile.name}-{case.tail}-{n}"),
        inherited=parts.inherited,
    )


def judge_session(parts: Parts, case: Case, *, order: LaunchOrder, n: int) -> SessionSpec:
    """Put down the files that the program wants, and say how it is started."""
    profile = order.profile
    launch = parts.agent_of(profile).launch(order)
    parts.artifacts.place(launch.files, copies=launch.copies, links=launch.links)
    return SessionSpec(
        name=case.session(n),
        token=case.attempt.token,
        argv=launch.argv,
        cwd=order.workspace,
        env=launch.environment,
        stdio=launch.stdio.value,
        stdin=launch.stdin,
        transcript_cap_bytes=int(parts.configuration.host().transcript_mb * 1024 * 1024),
        memory_bytes=None if profile.memory_mb is None else int(profile.memory_mb * 1_000_000),
        processes=profile.processes,
        cpu=profile.cpu,
    )
