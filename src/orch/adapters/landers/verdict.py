"""Reads what `git push --porcelain` said: landed, overtaken, refused, or nothing certain."""

import re
from dataclasses import dataclass
from enum import StrEnum

from orch.adapters.landers.plumbing import last_lines
from orch.system.git import GitOutput

_OVERTAKEN = re.compile(r"stale info|fetch first|non-fast-forward|needs force|remote ref updated")
_UNCERTAIN = re.compile(
    r"failed to update ref|cannot lock ref|failed to lock|unable to create|incorrect old value"
    r"|reference already exists|unpacker error|internal server error|remote failed to report"
    r"|no space|timed? ?out|index-pack failed|shallow update",
    re.IGNORECASE,
)
_AUTHENTICATION = re.compile(
    r"authentication failed|permission denied|could not read (?:username|password)|terminal prompts"
    r"|access denied|\b40[13]\b|host key verification",
    re.IGNORECASE,
)
_CHECKED_OUT = "branch is currently checked out"


class Said(StrEnum):
    """What a push came to."""

    ARRIVED = "arrived"
    OVERTAKEN = "overtaken"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a push came to, and why, in a sentence without credentials."""

    said: Said
    reason: str = ""


def read_push(out: GitOutput) -> Verdict:
    """Judge a push of exactly one ref.

    Only the target's own word counts as a refusal. Where it said nothing of the ref (the network
    failed, the far end died), what became of the push is uncertain.
    """
    stderr = out.stderr.decode("utf-8", "replace")
    line = next((x for x in out.text.splitlines() if re.match(r"[ +\-*!=]\t", x)), None)
    if line is None:
        kind = "who orch is was not accepted" if _AUTHENTICATION.search(stderr) else "no answer"
        return Verdict(Said.UNCERTAIN, f"{kind}: {last_lines(stderr)}")
    flag, _, rest = line.partition("\t")
    summary = rest.partition("\t")[2]
    if flag != "!":
        return Verdict(Said.ARRIVED, summary)
    if _OVERTAKEN.search(summary):
        return Verdict(Said.OVERTAKEN, summary)
    if _UNCERTAIN.search(summary) or not summary.startswith("[remote rejected]"):
        return Verdict(Said.UNCERTAIN, f"{summary}: {last_lines(stderr)}")
    return Verdict(Said.REFUSED, _refusal(summary, stderr))


def _refusal(summary: str, stderr: str) -> str:
    """Say who refused, in the target's own words."""
    why = summary.removeprefix("[remote rejected]").strip().strip("()")
    if _CHECKED_OUT in why:
        return (
            f"the target refused: {why}. It is a repository with a checkout; let it have none "
            "(git config core.bare true), or allow it: git config receive.denyCurrentBranch "
            "updateInstead"
        )
    spoken = [
        line.partition("remote:")[2].strip() for line in stderr.splitlines() if "remote:" in line
    ]
    words = last_lines("\n".join(spoken), 10) if any(spoken) else ""
    return f"the target refused ({why})" + (f": {words}" if words else "")
