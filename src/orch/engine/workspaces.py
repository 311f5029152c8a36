"""Workspace effects: prepare it, look at what a session left, give it back."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orch.core.effects import CollectEvidence, PrepareWorkspace, ReleaseWorkspace
from orch.core.events import (
    AgentClaimedDone,
    AgentFailed,
    AgentHeld,
    TaskClosed,
    WorkspaceFailed,
    WorkspaceReady,
    WorkspaceReleased,
)
from orch.core.ladder import limit_ends, resumes
from orch.core.landing import Person
from orch.core.settings import CommitPolicy, ProjectSettings, WorkspaceTable
from orch.core.signs import Trouble
from orch.core.task import FINAL, Status, Task
from orch.core.text import plain
from orch.engine.kept import DIFF, ENVIRONMENT, NOTE, RESULT
from orch.engine.parts import Parts, profile_of, workspace_ref
from orch.engine.sight import Sight
from orch.ports.agent import End, Ending, Word
from orch.ports.errors import Permanent
from orch.ports.store import TaskQuery
from orch.ports.workspace import MERGE, Findings, PrepareOrder, WorkspaceRef, WorkspaceSettings

_TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class WorkspaceEffects:
    """Performs the effects that concern workspaces."""

    parts: Parts

    async def prepare(self, effect: PrepareWorkspace, task: Task) -> None:
        """Make the workspace; a set-up that fails costs the attempt, not the task."""
        parts = self.parts
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        order = PrepareOrder(
            project=project,
            task_id=task.id,
            slug=task.slug,
            attempt=effect.attempt,
            branch=task.branch,
            base=task.base,
            settings=workspace_settings(settings.workspace),
            identity=Person(settings.identity.name, settings.identity.email),
            renew=effect.attempt > 1,
            merge=task.conflicted,
        )
        at = parts.clock.now()
        try:
            ready = await parts.workspaces.prepare(order)
        except Permanent as error:
            words = f"{error.reason}; {error.remedy}" if error.remedy else error.reason
            failed = WorkspaceFailed(at=at, attempt=effect.attempt, reason=words)
            await parts.writer.submit(task.id, failed, finishes=(effect.id,))
            return
        environment = "\n".join(f"{name}={value}" for name, value in ready.environment)
        parts.artifacts.write(
            task.id, effect.attempt, name=ENVIRONMENT, content=environment.encode()
        )
        parts.artifacts.write(task.id, effect.attempt, name=NOTE, content=ready.note.encode())
        event = WorkspaceReady(
            at=parts.clock.now(),
            attempt=effect.attempt,
            path=ready.path,
            branch=ready.branch,
            base_commit=ready.base_commit,
        )
        await parts.writer.submit(task.id, event, finishes=(effect.id,))

    async def collect(self, effect: CollectEvidence, task: Task) -> None:
        """Turn what the session left into a claim or a failure."""
        parts = self.parts
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        ref = workspace_ref(project, task)
        ending = _caused(await self._ending(task, settings), task)
        findings = await parts.workspaces.inspect(ref, scope=task.scope)
        if _committed_for(ending, findings, settings=settings, conflicted=task.conflicted):
            findings = await self._commit(ref, task, settings=settings)
        await parts.workspaces.publish(ref)
        await self._keep(task, findings, ending=ending)
        at = parts.clock.now()
        if ending.word is Word.HELD and ending.trouble is not None:
            held = _held(effect.attempt, ending, at=at, consent=settings.limits.resume)
            await parts.writer.submit(task.id, held, finishes=(effect.id,))
            return
        reason, detail = refutation(ending, findings, commit=settings.commit)
        children = parts.store.tasks(TaskQuery(parent=task.id))
        if reason:
            event = _without_work(
                ending,
                AgentFailed(at=at, attempt=effect.attempt, reason=reason, detail=detail),
                children=children,
            )
            await parts.writer.submit(task.id, event, finishes=(effect.id,))
            return
        claimed = AgentClaimedDone(
            at=at,
            attempt=effect.attempt,
            head=findings.head,
            commits=findings.ahead,
            summary=ending.summary,
            children_open=any(child.status not in FINAL for child in children),
        )
        await parts.writer.submit(task.id, claimed, finishes=(effect.id,))

    async def release(self, effect: ReleaseWorkspace, task: Task) -> None:
        """Save what no branch holds, then remove the workspace."""
        parts = self.parts
        project = parts.project(task.project_id)
        settings = await parts.settings(project)
        if task.attempt is None or not task.attempt.workspace:
            saved: tuple[str, ...] = ()
        else:
            kept = await parts.workspaces.release(
                workspace_ref(project, task), settings=workspace_settings(settings.workspace)
            )
            saved = tuple(one.ref for one in kept)
        if task.is_final:
            # With its conversations go the copies of a person's credentials.
            await asyncio.to_thread(parts.artifacts.clear_homes, task.id)
        event = WorkspaceReleased(at=parts.clock.now(), saved=saved)
        await parts.writer.submit(task.id, event, finishes=(effect.id,))

    async def _ending(self, task: Task, settings: ProjectSettings) -> Ending:
        attempt = task.attempt
        if attempt is None or (attempt.exit_code is None and attempt.exit_signal is None):
            return Ending(word=Word.DONE, summary="marked complete by a person")
        if attempt.reported == "done":
            return Ending(word=Word.DONE, summary=attempt.said)
        profile = profile_of(settings, attempt.agent)
        page = await self.parts.sessions.read(
            attempt.session, offset=-_TAIL_BYTES, limit=_TAIL_BYTES
        )
        tail = plain(page.data).splitlines()
        sight = Sight(self.parts, task, profile=profile)
        await sight.catch_up(live=False)
        return self.parts.agent_of(profile).ending(
            End(
                exit_code=attempt.exit_code,
                exit_signal=attempt.exit_signal,
                tail=tail,
                signs=tuple(sight.signs),
            )
        )

    async def _commit(
        self, ref: WorkspaceRef, task: Task, *, settings: ProjectSettings
    ) -> Findings:
        author = Person(settings.identity.name, settings.identity.email)
        await self.parts.workspaces.commit_leftovers(ref, author=author, message=task.title)
        return await self.parts.workspaces.inspect(ref, scope=task.scope)

    async def _keep(self, task: Task, findings: Findings, *, ending: Ending) -> None:
        if task.attempt is None:
            return
        write = self.parts.artifacts.write
        write(task.id, task.attempt.n, name=DIFF, content=findings.diff.encode())
        result = f"{ending.word}\n{ending.reason}\n{ending.summary}\n"
        write(task.id, task.attempt.n, name=RESULT, content=result.encode())


def _caused(ending: Ending, task: Task) -> Ending:
    """Put what ended the session from outside before what its adapter makes of the exit."""
    cause = task.attempt.cause if task.attempt else ""
    if not cause or ending.word is not Word.GAVE_UP:
        return ending
    return replace(ending, reason=cause, summary=f"{ending.reason}\n{ending.summary}".strip())


def _held(n: int, ending: Ending, *, at: float, consent: bool) -> AgentHeld:
    trouble = ending.trouble or Trouble.OTHER
    until = limit_ends(trouble, ending.until, now=at, n=n)
    return AgentHeld(
        at=at,
        attempt=n,
        reason=ending.reason,
        trouble=trouble,
        until=until,
        resumes=resumes(trouble, until, consent=consent),
    )


def _without_work(
    ending: Ending, failed: AgentFailed, *, children: Sequence[Task]
) -> AgentFailed | TaskClosed:
    """Say what it means that a session brought no work of its own.

    To have others do it may be all that its task was: then the task waits for its children, and
    is done once they are.
    """
    if ending.word is not Word.DONE or failed.reason != NO_CHANGES:
        return failed
    done = [child.id for child in reversed(children) if child.status is Status.DONE]
    if any(child.status not in FINAL for child in children):
        return replace(failed, children_open=True)
    if not done:
        return failed
    return TaskClosed(at=failed.at, note=f"led {', '.join(done)}")


def _committed_for(
    ending: Ending, findings: Findings, *, settings: ProjectSettings, conflicted: bool
) -> bool:
    """Tell whether orch commits what is left over.

    So is the merge that a change was sent back for: the lane sees markers that are left in it, and
    says so. It can't see that nobody looked at a conflict that leaves none.
    """
    if settings.commit is not CommitPolicy.ORCH or ending.word is not Word.DONE:
        return False
    if findings.unfinished:
        merged = conflicted and findings.unfinished == MERGE
        return merged and not findings.untouched and not findings.detached
    return bool(findings.dirty) and not findings.detached


NO_CHANGES = "no changes"
"""Why a claim without any commit is refuted."""


def refutation(ending: Ending, findings: Findings, *, commit: CommitPolicy) -> tuple[str, str]:
    """Say why the evidence refutes a claim, and in detail; empty if it bears it out.

    The agent's word can only lose: without commits, with a tree that is not clean, outside the
    scope or in the middle of a rebase there is nothing that could be checked.
    """
    uncommitted = findings.dirty and commit is CommitPolicy.AGENT
    checks = (
        (ending.word is Word.GAVE_UP, ending.reason, (ending.summary,)),
        (
            bool(findings.untouched),
            "nobody decided what becomes of some files that conflict; git add or git rm does",
            findings.untouched,
        ),
        (bool(findings.unfinished), f"a {findings.unfinished} was left unfinished", ()),
        (findings.detached, "the work is not on the task's branch", (findings.head,)),
        (bool(findings.out_of_scope), "files outside its scope changed", findings.out_of_scope),
        (not findings.ahead or not findings.changed, NO_CHANGES, findings.dirty),
        (bool(uncommitted), "changes were left uncommitted", findings.dirty),
    )
    return next(
        ((reason, "\n".join(detail)) for refuted, reason, detail in checks if refuted), ("", "")
    )


def workspace_settings(table: WorkspaceTable) -> WorkspaceSettings:
    """Hand the configuration's table to the port."""
    return WorkspaceSettings(
        setup=table.setup,
        teardown=table.teardown,
        copy=table.copy,
        keep=table.keep,
        warm=table.warm,
        ports=table.ports,
        setup_timeout_s=table.setup_timeout,
    )
