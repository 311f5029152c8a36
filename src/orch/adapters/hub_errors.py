"""Says what a failure of git means to a person: try again, or change something."""

from typing import Final

from orch.core.project import Project
from orch.ports.errors import Permanent, Transient
from orch.system.git import GitError, GitTimeout, redact

_SHOWN_BRANCHES: Final = 12

_LASTING: Final = (
    ("Authentication failed", "check your credentials with: git ls-remote ADDRESS"),
    ("could not read Username", "store credentials for it, for instance with: git ls-remote"),
    ("could not read Password", "store credentials for it, for instance with: git ls-remote"),
    ("terminal prompts disabled", "store credentials for it, for instance with: git ls-remote"),
    ("Permission denied (publickey", "load your key with: ssh-add"),
    ("Host key verification failed", "confirm the host's key once with: ssh HOST"),
    ("does not appear to be a git repository", "correct the address with: git remote set-url"),
    ("does not exist", "correct the address with: git remote set-url"),
    ("Repository not found", "correct the address with: git remote set-url"),
    ("dubious ownership", "git config --global --add safe.directory PATH"),
    ("not a git repository", "run orch init again with the folder of the repository"),
    ("bad object", "look at the repository with: git fsck"),
    ("loose object", "look at the repository with: git fsck"),
)
_EMPTY_WORDS: Final = (
    "fatal: Could not read from remote repository",
    "Please make sure you have the correct access rights",
    "and the repository exists",
)


def explain(error: GitError, *, doing: str) -> Transient | Permanent:
    """Turn a failure of git into what a port may raise; all work is as it was before the call."""
    if isinstance(error, GitTimeout):
        return Transient(f"{doing}: {error.stderr}")
    said = _last_words(error.stderr)
    if "No space left on device" in error.stderr:
        return Permanent(f"{doing}: the disk is full", remedy="free some space, then: orch gc")
    for sign, remedy in _LASTING:
        if sign in error.stderr:
            return Permanent(f"{doing}: {said}", remedy=remedy)
    return Transient(f"{doing}: {said or error}")


def refuse_missing(project: Project, base: str, *, listing: str) -> Permanent:
    """Say that the base branch is not there; `listing` is what `ls-remote --heads` printed."""
    place = redact(project.remote or project.path)
    heads = [line.partition("refs/heads/")[2] for line in listing.splitlines()]
    if not heads:
        return Permanent(
            f"{place} has no commits yet, so there is nothing to start from",
            remedy="make a first commit: git commit --allow-empty -m 'Begin'",
        )
    names = ", ".join(heads[:_SHOWN_BRANCHES])
    more = f" and {len(heads) - _SHOWN_BRANCHES} more" if len(heads) > _SHOWN_BRANCHES else ""
    return Permanent(
        f"{place} has no branch {base!r}; it has {names}{more}",
        remedy="make it again, or name another: landing.base_branch of .orch/config.toml, --into",
    )


def _last_words(stderr: str) -> str:
    """Pick the line that tells: git says `fatal:` or `error:` before the reason.

    Where ssh has said why already, git adds only that it could not read.
    """
    said = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in said if not line.startswith(_EMPTY_WORDS)] or said
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
    return (telling or lines or [""])[0]
