"""Reads what a judge answered: leniently where it stands, strictly what it says.

A judge is shown text of strangers and may quote it. So only a block counts that names the judged
commit: nothing that the commit itself holds can know its name. What a gate printed can, for it ran
at that commit; so a block that the judge was shown as it stands is a quotation, too.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from orch.core.judge_prompt import JUDGED
from orch.core.judgement import Gravity, Remark, Ruling
from orch.core.text import plain

_LOOKED_AT: Final = 131_072
"""Characters, from the end: an answer stands there, whatever was printed before it."""

_TRIES: Final = 1_000
_SUMMARY: Final = 2_000
_REMARKS: Final = 50
_TEXT: Final = 2_000
_PATH: Final = 500
_LAST_LINE: Final = 999_999_999
_NAMED: Final = 7
"""So many characters of a commit's name are enough to name it."""

_RULINGS: Final = {
    "approve": Ruling.APPROVE,
    "approved": Ruling.APPROVE,
    "reject": Ruling.REJECT,
    "rejected": Ruling.REJECT,
    "unclear": Ruling.UNCLEAR,
}
_GRAVITIES: Final = {
    **dict.fromkeys(("error", "blocker", "critical", "high", "major"), Gravity.ERROR),
    **dict.fromkeys(("warning", "medium", "minor"), Gravity.WARNING),
    **dict.fromkeys(("note", "info", "low", "nit", "suggestion"), Gravity.NOTE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a judge answered about the commit that it was shown."""

    ruling: Ruling
    summary: str = ""
    remarks: tuple[Remark, ...] = ()


def read_answer(text: str, *, head: str, shown: str = "") -> Answer | str:
    """Read the last answer in a text that is about this commit; else say why there is none.

    What stands in `shown`, the judge's prompt, is no answer.
    """
    why = "there is no JSON object with a verdict in its answer"
    quotable = _bare(shown)
    for found, words in _objects(text[-_LOOKED_AT:]):
        if "verdict" not in found or _bare(words) in quotable:
            continue
        answer = _checked(found, head)
        if isinstance(answer, Answer):
            return answer
        why = answer
        if _names(found.get("commit"), head):
            return why  # Its last word on this commit, and it can't be read: no earlier one counts.
    return why


def _bare(text: str) -> str:
    """Leave out blanks: whoever quotes may break lines anew."""
    return "".join(text.split())


def _objects(text: str) -> Iterator[tuple[dict[str, object], str]]:
    """Find the JSON objects of a text with their words, the last first."""
    decoder = json.JSONDecoder(strict=False)
    place = len(text)
    for _ in range(_TRIES):
        place = text.rfind("{", 0, place)
        if place < 0:
            return
        try:
            found, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found, text[place:end]


def _checked(found: dict[str, object], head: str) -> Answer | str:
    word = found["verdict"]
    ruling = _RULINGS.get(word.strip().lower()) if isinstance(word, str) else None
    if ruling is None:
        return "its verdict is none of approve, reject, unclear"
    if not _names(found.get("commit"), head):
        return f"its verdict does not name the commit {head[:12]}"
    remarks = _remarks(found.get("findings", ()))
    if isinstance(remarks, str):
        return remarks
    summary = _text(found.get("summary"), _SUMMARY)
    if ruling is Ruling.REJECT and not summary and not remarks:
        return "it rejects without saying why"
    if ruling is Ruling.APPROVE and any(one.gravity is Gravity.ERROR for one in remarks):
        return "it approves and finds an error at once"
    return Answer(ruling=ruling, summary=summary, remarks=remarks)


def _names(commit: object, head: str) -> bool:
    named = commit.strip().lower() if isinstance(commit, str) else ""
    return len(named) >= _NAMED and head.startswith(named)


def _remarks(findings: object) -> tuple[Remark, ...] | str:
    if findings is None:
        return ()
    if not isinstance(findings, list | tuple):
        return "its findings are no list"
    remarks = [_remark(one) for one in findings]
    # The grave ones first: what is cut off weighs least.
    grave_first = sorted(filter(None, remarks), key=lambda one: list(Gravity).index(one.gravity))
    return tuple(grave_first[:_REMARKS])


def _remark(finding: object) -> Remark | None:
    if isinstance(finding, str):
        return Remark(text=_text(finding, _TEXT)) if _text(finding, _TEXT) else None
    if not isinstance(finding, dict):
        return None
    text = _text(finding.get("text", finding.get("message")), _TEXT)
    if not text:
        return None
    gravity = _text(finding.get("severity"), _PATH).lower()
    return Remark(
        text=text,
        path=_path(finding.get("path", finding.get("file"))),
        line=_line(finding.get("line")),
        gravity=_GRAVITIES.get(gravity, Gravity.WARNING),
    )


def _path(value: object) -> str:
    path = _text(value, _PATH).replace("\n", " ").removeprefix("./")
    return path.removeprefix(f"{JUDGED}/")


def _line(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= _LAST_LINE else None


def _text(value: object, limit: int) -> str:
    """Take text, fit to be shown: no control sequences, nothing that is not Unicode."""
    if not isinstance(value, str):
        return ""
    unicode = value[: limit * 4].encode("utf-8", "replace").decode()
    return plain(unicode).strip()[:limit]
