"""A judge at its usage limit: until when, and how often that was so before."""

from orch.core.judgement import Limit
from orch.core.judging import bound_to
from orch.core.ladder import LIMITS, limit_ends, resumes
from orch.engine.judge_case import Case
from orch.ports.agent import Ending, Word


def limit_of(case: Case, ending: Ending, *, now: float) -> Limit | None:
    """Say whether a limit ended a judge, and until when, as of an agent that does the work."""
    trouble = ending.trouble
    if ending.word is not Word.HELD or trouble not in LIMITS:
        return None
    until = limit_ends(trouble, ending.until, now=now, n=1 + held_before(case))
    consent = case.settings.limits.resume
    return Limit(until=until, resumes=resumes(trouble, until, consent=consent))


def held_before(case: Case) -> int:
    """Count how often in a row a limit kept a judge from its word on this very case."""
    last = case.task.judgement
    return last.held if last and last.bound == bound_to(case.task, case.effect.head) else 0
