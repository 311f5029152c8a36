"""Decides on which branch a project's work starts and lands."""

from collections.abc import Sequence
from dataclasses import dataclass

from orch.daemon.settings.effective import Effective
from orch.daemon.settings.layer import DEFAULT
from orch.daemon.settings.nearest import hint, nearest
from orch.daemon.settings.problem import Problem
from orch.system.git import Git
from orch.system.repository import Repository

USUAL = ("main", "master")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """The branches that there are: local ones, those known of remotes, and the remote's default."""

    local: Sequence[str]
    remote: Sequence[str]
    remote_default: str

    @property
    def all(self) -> list[str]:
        """List each name once, local ones first."""
        return list(dict.fromkeys([*self.local, *self.remote]))


async def list_branches(repository: Repository) -> Branches:
    """Ask git for the branches, as far as they are known here; no remote is contacted."""
    git = Git(repository.top, as_person=True)
    head = await git.run("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    listed = await git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes")
    return Branches(
        local=repository.branches,
        remote=[name for name in listed.split("\n") if name not in ("", "HEAD")],
        remote_default=head.text.removeprefix("refs/remotes/origin/"),
    )


def choose_branch(
    repository: Repository, branches: Branches, *, settings: Effective
) -> str | Problem:
    """Return the base branch: the configured one, else what the repository suggests.

    That is the default of the remote, `main` or `master`, or the branch that is checked out.
    """
    origin = settings.origins["landing.base_branch"]
    configured = settings.project.landing.base_branch
    if origin.source != DEFAULT:
        if configured in branches.all or (repository.empty and configured == repository.branch):
            return configured
        return Problem(
            source=origin.source,
            line=origin.line,
            key="landing.base_branch",
            what=f"the base branch {configured} does not exist",
            remedy=hint(nearest(configured, branches.all)) or f"git branch {configured}",
        )
    usual = [name for name in USUAL if name in branches.all]
    current = [repository.branch] if repository.branch else []
    candidates = [branches.remote_default, *usual, *current]
    found = next((name for name in candidates if name in branches.all or name in current), None)
    if found is not None:
        return found
    return Problem(
        source=str(repository.top),
        what="HEAD is detached, and there is no branch main or master to land on",
        remedy="check out the branch that work shall land on (git switch BRANCH), then: orch init",
    )
