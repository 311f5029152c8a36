"""Judgements on the terminal: the word, the reasons, the findings with file and line."""

import time

from orch.cli.client import Row
from orch.cli.text import age, one_line, style

_COLOURS = {"approve": "green", "reject": "red", "unclear": "yellow"}
_WORDS = {"approve": "approved", "reject": "rejected", "unclear": "not judged"}


def judgement_line(judgement: Row) -> str:
    """Write in one line who judged which commit, and how."""
    verdict = str(judgement["verdict"])
    word = style(_WORDS.get(verdict, verdict), _COLOURS.get(verdict, ""))
    stale = "" if judgement["counts"] else " (of an earlier state)"
    said = f": {one_line(judgement['summary'])}" if judgement["summary"] else ""
    by = f"by judge {one_line(judgement['agent'])}, {age(time.time() - judgement['at'])} ago"
    return f"{judgement['head'][:12]} {word} {by}{stale}{said}"


def finding_lines(judgement: Row) -> list[str]:
    """Write each finding in one line, as compilers do."""
    lines = []
    for one in judgement["findings"]:
        place = f"{one['path']}:{one['line']}" if one["path"] and one["line"] else one["path"]
        told = f"{one['severity']}: {one['text']}"
        lines.append(one_line(f"{place}: {told}" if place else told))
    return lines
